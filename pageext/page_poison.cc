#include "pagelab/pageext/page_poison.h"

#include <algorithm>
#include <bit>
#include <string>

#include "pagelab/alloc/dump_page.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/pageext/direct_map.h"
#include "pagelab/pageext/free_frames.h"
#include "pagelab/pageext/hex_dump.h"
#include "pagelab/pageext/shared_flags.h"

namespace pagelab {
namespace {

// At most so many reports in that time.
constexpr uint32_t kReportBurst = 10;
constexpr Nanoseconds kReportInterval(5'000'000'000);

using Bytes = absl::Span<const std::byte>;

// From the first byte that is not poison to the last; empty if all are.
Bytes Corrupted(Bytes frame) {
  const auto changed = [](std::byte byte) { return byte != kPagePoison; };
  const auto first = std::find_if(frame.begin(), frame.end(), changed);
  if (first == frame.end()) return {};
  const auto last = std::find_if(frame.rbegin(), frame.rend(), changed);
  return frame.subspan(static_cast<size_t>(first - frame.begin()),
                       static_cast<size_t>(last.base() - first));
}

bool IsSingleBit(Bytes corrupted) {
  return corrupted.size() == 1 && std::popcount(std::to_integer<unsigned>(
                                      corrupted.front() ^ kPagePoison)) == 1;
}

}  // namespace

PagePoison::PagePoison(const Dependencies& dependencies, bool enabled,
                       const DebugPageallocProfile& profile)
    : state_(dependencies.state),
      hooks_(dependencies.hooks),
      log_(dependencies.log),
      enabled_(enabled),
      profile_(profile) {}

PagePoison::~PagePoison() { hooks_.Remove(*this); }

absl::Status PagePoison::Start() {
  if (!enabled_ || profile_.page_ext_clients) return absl::OkStatus();
  PAGELAB_RETURN_IF_ERROR(hooks_.Add(HookPlace::kPagePoison, *this));
  active_ = true;
  ForEachFreeRange(
      state_, [this](PfnRange range) { state_.memory->PoisonFrames(range); });
  return absl::OkStatus();
}

void PagePoison::AddClient(PageExt& page_ext) {
  if (!profile_.page_ext_clients) return;
  page_ext_ = &page_ext;
  page_ext.AddClient({.name = "page_poisoning",
                      .size = 0,
                      .need_shared_flags = true,
                      .need = [this] { return enabled_; },
                      .init = [this](ExecutionContext&) -> absl::Status {
                        if (!enabled_) return absl::OkStatus();
                        PAGELAB_RETURN_IF_ERROR(
                            hooks_.Add(HookPlace::kPagePoison, *this));
                        active_ = true;
                        return absl::OkStatus();
                      }});
}

void PagePoison::OnFree(ExecutionContext& /*context*/, Pfn head, Order order) {
  const PfnRange block{head, head + PageCount(order.pages())};
  state_.memory->PoisonFrames(block);
  if (page_ext_ == nullptr) return;
  for (Pfn pfn = block.begin; pfn < block.end; ++pfn) {
    AssignSharedFlag(*page_ext_, pfn, profile_.poison_bit, true);
  }
}

void PagePoison::OnAlloc(ExecutionContext& context, Pfn head, Order order,
                         Gfp /*gfp*/) {
  const Pfn end = head + PageCount(order.pages());
  for (Pfn pfn = head; pfn < end; ++pfn) {
    if (TakePoisoned(pfn)) Check(context, pfn);
  }
}

bool PagePoison::TakePoisoned(Pfn pfn) {
  if (page_ext_ == nullptr) return true;
  if (!TestSharedFlag(*page_ext_, pfn, profile_.poison_bit)) return false;
  AssignSharedFlag(*page_ext_, pfn, profile_.poison_bit, false);
  return true;
}

// Kernel counterpart: check_poison_mem().
void PagePoison::Check(const ExecutionContext& context, Pfn pfn) {
  const std::byte* frame = state_.memory->WrittenSincePoison(pfn);
  if (frame == nullptr) return;
  const Bytes corrupted = Corrupted(Bytes(frame, kPageSize));
  if (corrupted.empty()) return;
  ++state_of_log_.corruptions;
  if (!ReportAllowed(context.now)) return;
  log_.Printk(IsSingleBit(corrupted) ? "pagealloc: single bit error"
                                     : "pagealloc: memory corruption");
  const uint64_t address =
      DirectMapAddress(pfn, static_cast<uint64_t>(corrupted.data() - frame));
  for (const std::string& line : HexDumpLines(address, corrupted)) {
    log_.Printk(line);
  }
  PrintLines(log_, DumpPage(state_, pfn, "pagealloc: corrupted page details"));
}

// The interval starts with the first report after a pause.
bool PagePoison::ReportAllowed(Nanoseconds now) {
  ReportLimit& limit = state_of_log_.limit;
  if (limit.shown > 0 && now > limit.window_end) {
    if (limit.suppressed > 0) {
      std::string line = "check_poison_mem: ";
      AppendDecimal(line, limit.suppressed);
      log_.Printk(line + " callbacks suppressed");
    }
    limit = {};
  }
  if (limit.shown == kReportBurst) {
    ++limit.suppressed;
    return false;
  }
  if (limit.shown++ == 0) limit.window_end = now + kReportInterval;
  return true;
}

}  // namespace pagelab
