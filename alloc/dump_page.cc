#include "pagelab/alloc/dump_page.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "pagelab/alloc/page_walk.h"

namespace pagelab {
namespace {

constexpr uint64_t kVmemmapBase = 0xffffea0000000000;
constexpr uint64_t kStructPageSize = 64;
constexpr uint64_t kListPoisonNext = 0xdead000000000100;
constexpr uint64_t kListPoisonPrev = 0xdead000000000122;
constexpr uint64_t kTailMapping = 0xdead000000000400;
constexpr uint32_t kPageTypeBuddy = 0xf0000000;
constexpr uint32_t kPageTypeGuard = 0xf3000000;
constexpr uint32_t kPageTypeSlab = 0xf5000000;
// Also a mapcount of 0: the field holds the count less one.
constexpr uint32_t kPageTypeNone = 0xffffffff;

using Kind = FrameExtent::Kind;
// struct page as eight 64-bit words.
using RawPage = std::array<uint64_t, 8>;

// struct page of `pfn` as a kernel would have it.
struct FrameView {
  Pfn pfn;
  // The first frame of the block that holds it; itself where there is none.
  Pfn head;
  Kind kind = Kind::kReserved;
  Order order;
  bool compound = false;
  int32_t refcount = 0;
  uint64_t flags_word = 0;
  bool slab = false;
  MemcgWord memcg;

  bool is_head() const { return pfn == head; }
  // The first page of a free block or guard has a type, and its order beside.
  uint32_t page_type() const {
    if (!is_head()) return kPageTypeNone;
    if (kind == Kind::kBuddy) return kPageTypeBuddy;
    if (kind == Kind::kGuard) return kPageTypeGuard;
    return slab ? kPageTypeSlab : kPageTypeNone;
  }
  bool is_free_head() const {
    return is_head() && (kind == Kind::kBuddy || kind == Kind::kGuard);
  }
};

uint64_t StructPageAddress(Pfn pfn) {
  return kVmemmapBase + pfn.value() * kStructPageSize;
}

uint64_t FlagsWordOf(const AllocatorState& state, const FrameView& view) {
  PageFlags flags;
  if (view.kind == Kind::kReserved) {
    flags = page_flag::kReserved;
  } else if (view.is_head() || view.compound) {
    flags = state.memory->PageAt(view.head)->flags;
  }
  const Zone* zone = state.FindZone(view.pfn);
  if (zone == nullptr) return FlagsWord(flags, NodeId(0), 0, state.page_flags);
  return FlagsWord(flags, zone->node, Index(zone->type), state.page_flags);
}

int32_t RefcountOf(const AllocatorState& state, const FrameView& view) {
  switch (view.kind) {
    case Kind::kReserved:
      return 1;
    case Kind::kAllocated:
      if (!view.is_head() && !view.compound) return 0;
      return static_cast<int32_t>(state.memory->PageAt(view.head)->refcount);
    default:
      return 0;
  }
}

FrameView ViewOf(const AllocatorState& state, Pfn pfn) {
  const FrameExtent extent = ExtentAt(state, pfn);
  FrameView view;
  view.pfn = pfn;
  view.head = pfn;
  view.kind = extent.kind;
  if (extent.kind == Kind::kInvalid) return view;
  if (extent.kind != Kind::kReserved) {
    view.order = extent.order;
    // A run of free blocks is one extent, and blocks are naturally aligned.
    view.head = extent.kind == Kind::kBuddy ? AlignDown(pfn, extent.order)
                                            : extent.range.begin;
    view.compound =
        state.memory->PageAt(view.head)->flags.Has(page_flag::kHead);
  }
  view.refcount = RefcountOf(state, view);
  view.flags_word = FlagsWordOf(state, view);
  if (view.kind == Kind::kAllocated && (view.is_head() || view.compound)) {
    const Page& head = *state.memory->PageAt(view.head);
    view.slab = head.flags.Has(page_flag::kSlab);
    view.memcg = head.memcg();
  }
  return view;
}

RawPage RawHead(const FrameView& view) {
  const uint32_t type = view.page_type();
  const uint64_t refcount = static_cast<uint32_t>(view.refcount);
  return {view.flags_word,
          kListPoisonNext,
          kListPoisonPrev,
          0,
          0,
          view.is_free_head() ? uint64_t(view.order.value()) : 0,
          refcount << 32 | type,
          view.memcg.value()};
}

// A tail of a compound block names the first frame. The first tail also holds
// what is known of the whole block.
RawPage RawTail(const FrameView& view, bool first_tail) {
  const uint64_t flags = view.flags_word & ~uint64_t{page_flag::kHead.value()};
  const uint64_t head = StructPageAddress(view.head) | 1;
  if (!first_tail) {
    return {flags, head, 0, kTailMapping, 0, 0, kPageTypeNone, 0};
  }
  return {flags | uint64_t(view.order.value()),
          head,
          ~uint64_t{0},
          0,
          view.order.pages(),
          0,
          kPageTypeNone,
          0};
}

void AppendRaw(std::string& out, std::string_view prefix, const RawPage& raw) {
  for (size_t line = 0; line < raw.size(); line += 4) {
    fmt::format_to(std::back_inserter(out),
                   "{}{:016x} {:016x} {:016x} {:016x}\n", prefix, raw[line],
                   raw[line + 1], raw[line + 2], raw[line + 3]);
  }
}

void AppendView(std::string& out, const AllocatorState& state,
                const FrameView& view) {
  fmt::format_to(std::back_inserter(out),
                 "page: refcount:{} mapcount:0 mapping:{:016x} index:0x0 "
                 "pfn:{:#x}\n",
                 view.refcount, 0, view.pfn.value());
  if (view.compound) {
    fmt::format_to(std::back_inserter(out),
                   "head: order:{} mapcount:0 entire_mapcount:0 "
                   "nr_pages_mapped:0 pincount:0\n",
                   view.order.value());
  }
  if (view.memcg.charged()) {
    fmt::format_to(std::back_inserter(out), "memcg:{:x}\n", view.memcg.value());
  }
  out += "flags: ";
  AppendFlagsWord(out, view.flags_word, state.page_flags);
  if (state.PageblockType(view.pfn) == Migratetype::kCma) out += " CMA";
  out += '\n';
  if (view.page_type() == kPageTypeBuddy) out += "page_type: f0(buddy)\n";
  if (view.page_type() == kPageTypeGuard) out += "page_type: f3(guard)\n";
  if (view.page_type() == kPageTypeSlab) out += "page_type: f5(slab)\n";

  const bool compound_tail = view.compound && !view.is_head();
  const bool first_tail = view.pfn == view.head + PageCount(1);
  AppendRaw(out,
            "raw: ", compound_tail ? RawTail(view, first_tail) : RawHead(view));
  if (view.compound) {
    AppendRaw(out, "head: ", RawHead(view));
    AppendRaw(out, "head: ", RawTail(view, /*first_tail=*/true));
  }
}

std::string DumpView(const AllocatorState& state, const FrameView& view,
                     std::string_view reason) {
  std::string out;
  if (view.kind == Kind::kInvalid) {
    out = fmt::format("page:{:016x} is uninitialized and poisoned\n",
                      StructPageAddress(view.pfn));
  } else {
    AppendView(out, state, view);
  }
  if (!reason.empty()) {
    out += "page dumped because: ";
    out += reason;
    out += '\n';
  }
  if (state.hooks != nullptr && view.kind != Kind::kInvalid) {
    state.hooks->OnDumpPage(view.pfn, out);
  }
  return out;
}

constexpr uint32_t kBadPageBurst = 60;
constexpr Nanoseconds kBadPageInterval(60'000'000'000);

// The interval starts with the first report after a pause, and only a full
// burst looks at the clock.
bool BadPageAllowed(ReportLimit& limit, Nanoseconds now, KernelLog& log) {
  if (limit.shown == kBadPageBurst) {
    if (now < limit.window_end) {
      ++limit.suppressed;
      return false;
    }
    if (limit.suppressed != 0) {
      log.Printk(fmt::format("BUG: Bad page state: {} messages suppressed",
                             limit.suppressed));
      limit.suppressed = 0;
    }
    limit.shown = 0;
  }
  if (limit.shown++ == 0) limit.window_end = now + kBadPageInterval;
  return true;
}

}  // namespace

void PrintLines(KernelLog& log, std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    log.Printk(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string DumpPage(const AllocatorState& state, Pfn pfn,
                     std::string_view reason) {
  return DumpView(state, ViewOf(state, pfn), reason);
}

void LogPage(AllocatorState& state, Pfn pfn, std::string_view reason) {
  if (state.log != nullptr) {
    PrintLines(*state.log, DumpPage(state, pfn, reason));
  }
}

void ReportBadPage(AllocatorState& state, const ExecutionContext& context,
                   Pfn pfn, std::string_view reason) {
  if (state.log == nullptr) return;
  if (!BadPageAllowed(state.report_limits.bad_page, context.now, *state.log)) {
    return;
  }
  state.log->Printk(fmt::format("BUG: Bad page state in process {}  pfn:{:05x}",
                                context.task->comm_text(), pfn.value()));
  FrameView view = ViewOf(state, pfn);
  // The refused free took a reference of the frame it names; the count of a
  // compound block is that of its first frame.
  if (view.is_head() || !view.compound) --view.refcount;
  PrintLines(*state.log, DumpView(state, view, reason));
}

}  // namespace pagelab
