#include "pagelab/owner/page_owner.h"

#include <algorithm>
#include <array>

#include "pagelab/base/check.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/frame_line.h"

namespace pagelab {
namespace {

constexpr uint32_t kMaxStackDepth = 64;
// Where the record is while it is part of struct page_ext: behind the flags.
constexpr uint32_t kOffsetInsidePageExt = 8;

// As many as there is room for; returns how many.
size_t CopyFrames(absl::Span<const SimAddress> from,
                  absl::Span<SimAddress> to) {
  const size_t count = std::min(from.size(), to.size());
  std::copy_n(from.begin(), count, to.begin());
  return count;
}

}  // namespace

PageOwner::PageOwner(const Dependencies& dependencies, bool enabled,
                     const PageOwnerProfile& profile, uint32_t record_size)
    : state_(dependencies.state),
      hooks_(dependencies.hooks),
      page_ext_(dependencies.page_ext),
      depot_(dependencies.depot),
      symbols_(dependencies.symbols),
      pages_(dependencies.pages),
      log_(dependencies.log),
      profile_(profile),
      enabled_(enabled),
      offset_(kOffsetInsidePageExt),
      record_size_(record_size),
      tail_mask_(profile.rules.records_tails ? -1 : 0),
      set_bits_(profile.rules.set_bits()) {
  PAGELAB_CHECK_LE(profile_.stack_depth, kMaxStackDepth);
  client_ = page_ext_.AddClient(
      {.name = "page_owner",
       .size = rules().inside_page_ext ? 0 : record_size,
       .need_shared_flags = true,
       .need = [this] { return enabled_; },
       .init = [this](ExecutionContext& context) { return Init(context); }});
}

PageOwner::~PageOwner() { hooks_.Remove(*this); }

void PageOwner::LateInit() {
  if (!inited_) log_.Printk("page_owner is disabled");
}

// --- stacks ---

size_t PageOwner::CaptureCallers(const ExecutionContext& context,
                                 absl::Span<SimAddress> frames) const {
  if (context.stack_kind == StackKind::kHost) {
    return host_.Capture(symbols_, frames);
  }
  return CopyFrames(context.frames, frames);
}

size_t PageOwner::CaptureAlloc(const ExecutionContext& context,
                               absl::Span<SimAddress> frames) const {
  const std::vector<SimAddress>& own = own_[0].frames;
  const size_t depth = CopyFrames(own, frames);
  return depth + CaptureCallers(context, frames.subspan(depth));
}

// Section 4.6.
StackHandle PageOwner::SaveNewStack(ExecutionContext& context, Event event,
                                    Gfp gfp) {
  const OwnFrames& own = own_[static_cast<size_t>(event)];
  std::array<SimAddress, kMaxStackDepth> frames;
  const absl::Span<SimAddress> all(frames.data(), profile_.stack_depth);
  const size_t depth = CopyFrames(own.frames, all);
  const absl::Span<const SimAddress> trace =
      all.first(depth + CaptureCallers(context, all.subspan(depth)));
  if (rules().guard != RecursionGuard::kTaskMark) {
    return SaveTrace(context, own, trace, gfp);
  }
  context.task->in_tracker = true;
  const StackHandle stack = depot_.Save(context, trace, gfp);
  context.task->in_tracker = false;
  return stack.valid() ? stack : failure_;
}

// With a guard that looks at addresses: what the depot allocates has this very
// chain of calls below it.
StackHandle PageOwner::SaveTrace(ExecutionContext& context,
                                 const OwnFrames& own,
                                 absl::Span<const SimAddress> trace, Gfp gfp) {
  const auto seen = std::count(trace.begin(), trace.end(), own.guard_address);
  if (seen >= (rules().guard == RecursionGuard::kAddressTwice ? 2 : 1)) {
    return dummy_;
  }
  const absl::Span<const SimAddress> below =
      trace.subspan(std::min<size_t>(profile_.tracker_frames, trace.size()));
  std::array<SimAddress, kMaxStackDepth + kMaxStackDepth> chain;
  const size_t depth = own.nested.size();
  std::copy(own.nested.begin(), own.nested.end(), chain.begin());
  std::copy(below.begin(), below.end(), chain.begin() + depth);
  ExecutionContext nested = context;
  nested.stack_kind = StackKind::kScripted;
  nested.frames = absl::MakeConstSpan(chain.data(), depth + below.size());
  const StackHandle stack = depot_.Save(nested, trace, gfp);
  return stack.valid() ? stack : failure_;
}

StackHandle PageOwner::InternAlloc(ExecutionContext& context, Gfp gfp) {
  return SaveStack(context, Event::kAlloc, gfp);
}

StackHandle PageOwner::InternFree(ExecutionContext& context) {
  return SaveStack(context, Event::kFree, kFreeStackGfp);
}

// --- counts ---

void PageOwner::CountPagesSlowly(ExecutionContext& context, StackHandle stack,
                                 Gfp gfp, int32_t nr_base_pages) {
  if (!stack.valid()) return;
  if (depot_.Refcount(stack) == StackDepot::kRefcountSaturated) {
    depot_.SetRefcount(stack, 1);
    AddToList(context, stack, gfp);
  }
  depot_.AddRefcount(stack, nr_base_pages);
}

void PageOwner::UncountPagesSlowly(StackHandle stack, int32_t nr_base_pages) {
  if (stack == early_ || !stack.valid()) return;
  if (depot_.AddRefcount(stack, -int64_t{nr_base_pages}) != 0) return;
  std::string line = "dec_stack_record_count: refcount went to 0 for ";
  AppendDecimal(line, stack.value());
  line += " handle";
  log_.Printk(line);
}

void PageOwner::AddToList(ExecutionContext& context, StackHandle stack,
                          Gfp gfp) {
  if (list_.free_nodes == 0) {
    context.task->in_tracker = true;
    const AllocSiteScope slab(context, AllocSite::kSlab);
    const std::optional<Pfn> page = pages_.AllocBlock(
        context,
        NestedGfp(gfp).With(depot_.profile().pool_gfp).With(gfp::kComp),
        Order(0), NodeId());
    context.task->in_tracker = false;
    if (!page.has_value()) return;
    ++list_.pages;
    list_.free_nodes =
        static_cast<uint32_t>(kPageSize / profile_.list_node_bytes);
  }
  --list_.free_nodes;
  list_.stacks.push_back(stack);
}

int64_t PageOwner::BasePagesOf(StackHandle stack) const {
  return stack.valid() ? int64_t{depot_.Refcount(stack)} - 1 : 0;
}

// --- what the files read ---

PageOwner::Entry PageOwner::EntryAt(Pfn pfn) const {
  Entry entry;
  const std::byte* data = page_ext_.Peek(pfn);
  if (data == nullptr) return entry;
  const uint64_t flags = *reinterpret_cast<const uint64_t*>(data);
  entry.is_recorded = (flags & rules().owner_bit) != 0;
  entry.is_allocated = (flags & rules().set_bits()) == rules().set_bits();
  entry.record = Decode(data + offset_);
  return entry;
}

bool PageOwner::IsEarly(Pfn pfn, const PageOwnerRecord& record) const {
  if (!has_inline_frames()) return StackHandle(record.handle) == early_;
  return InlineFramesAt(pfn) == absl::MakeConstSpan(early_frames_);
}

void PageOwner::AppendStack(std::string& out, StackHandle handle) const {
  AppendFrames(out, depot_.Fetch(handle));
}

void PageOwner::AppendStackOf(std::string& out, Pfn pfn,
                              const PageOwnerRecord& record) const {
  if (has_inline_frames()) {
    AppendFrames(out, InlineFramesAt(pfn));
  } else {
    AppendStack(out, StackHandle(record.handle));
  }
}

void PageOwner::AppendFrames(std::string& out,
                             absl::Span<const SimAddress> frames) const {
  for (const SimAddress frame : frames) {
    AppendFrameLine(out, frame, symbols_, profile_.text->frame);
  }
}

PageOwner::Checkpoint PageOwner::Save() const {
  return {.inited = inited_,
          .offset = offset_,
          .dummy = dummy_,
          .failure = failure_,
          .early = early_,
          .list = list_,
          .count_threshold = count_threshold_};
}

void PageOwner::Restore(const Checkpoint& checkpoint) {
  inited_ = checkpoint.inited;
  offset_ = checkpoint.offset;
  dummy_ = checkpoint.dummy;
  failure_ = checkpoint.failure;
  early_ = checkpoint.early;
  list_ = checkpoint.list;
  count_threshold_ = checkpoint.count_threshold;
}

}  // namespace pagelab
