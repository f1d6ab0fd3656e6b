#include "pagelab/alloc/contig/cma.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

// Kernel counterpart: DEFAULT_RATELIMIT_BURST and _INTERVAL.
constexpr uint32_t kReportBurst = 10;
constexpr Nanoseconds kReportInterval{5'000'000'000};

}  // namespace

CmaArea::CmaArea(PageAllocator& allocator, Description description)
    : allocator_(allocator), description_(std::move(description)) {
  state_.taken.resize(description_.frames.size().value());
}

void CmaArea::Activate(ExecutionContext& context) {
  AllocatorState& state = allocator_.state();
  PhysicalMemory& memory = *state.memory;
  const Order order = memory.pageblock_order();
  const PageCount step(order.pages());
  Zone* zone = state.FindZone(description_.frames.begin);
  PAGELAB_CHECK(zone != nullptr &&
                zone->span.begin <= description_.frames.begin &&
                description_.frames.end <= zone->span.end);
  memory.reserved().Remove(description_.frames);
  for (Pfn pfn = description_.frames.begin; pfn < description_.frames.end;
       pfn += step) {
    state.SetPageblockType(pfn, Migratetype::kCma);
    Page& page = *memory.PageAt(pfn);
    page.state = PageState::kAllocated;
    page.order_value = static_cast<uint8_t>(order.value());
    page.zone = zone->id;
    page.refcount = 1;
    zone->managed += step;
    zone->cma += step;
    allocator_.FreePages(context, &page, order);
  }
}

PageCount CmaArea::used() const {
  return PageCount(static_cast<uint64_t>(
      std::count(state_.taken.begin(), state_.taken.end(), true)));
}

// Alignment is that of the frame, not of its place in the area.
size_t CmaArea::FindHole(size_t start, size_t count, size_t align) const {
  const std::vector<bool>& taken = state_.taken;
  const size_t base = description_.frames.begin.value();
  size_t begin = start;
  for (;;) {
    begin = (base + begin + align - 1) / align * align - base;
    if (begin + count > taken.size()) return taken.size();
    const auto first = taken.begin() + static_cast<ptrdiff_t>(begin);
    const auto last = first + static_cast<ptrdiff_t>(count);
    const auto busy = std::find(first, last, true);
    if (busy == last) return begin;
    begin = static_cast<size_t>(busy - taken.begin()) + 1;
  }
}

void CmaArea::Mark(size_t begin, size_t count, bool taken) {
  const auto first = state_.taken.begin() + static_cast<ptrdiff_t>(begin);
  std::fill(first, first + static_cast<ptrdiff_t>(count), taken);
}

CmaResult CmaArea::Alloc(ExecutionContext& context, PageCount count,
                         Order align) {
  CmaResult result{.error = ContigError::kNoMemory};
  const size_t pages = count.value();
  const size_t end = state_.taken.size();
  size_t hole = end;
  if (pages > 0) hole = FindHole(0, pages, align.pages());
  while (hole < end) {
    const Pfn begin = description_.frames.begin + PageCount(hole);
    Mark(hole, pages, true);
    const ContigResult range =
        AllocContigRange(allocator_, context,
                         {.range = {begin, begin + count},
                          .type = Migratetype::kCma,
                          .gfp = gfp::kKernel});
    result = {.error = range.error, .begin = begin, .blocker = range.blocker};
    if (result.ok()) break;
    Mark(hole, pages, false);
    if (result.error != ContigError::kBusy) break;
    hole = FindHole(hole + align.pages(), pages, align.pages());
  }
  VmEvents& events = allocator_.state().events;
  events.Count(result.ok() ? VmEvent::kCmaAllocSuccess
                           : VmEvent::kCmaAllocFail);
  if (!result.ok()) ReportFailure(context, count, result.error);
  return result;
}

bool CmaArea::Release(ExecutionContext& context, PfnRange frames) {
  if (frames.empty() || frames.begin < description_.frames.begin ||
      frames.end > description_.frames.end) {
    return false;
  }
  const size_t begin = (frames.begin - description_.frames.begin).value();
  const size_t count = frames.size().value();
  for (size_t i = begin; i < begin + count; ++i) {
    if (!state_.taken[i]) return false;
  }
  FreeContigRange(allocator_, context, frames);
  Mark(begin, count, false);
  return true;
}

void CmaArea::ReportFailure(const ExecutionContext& context, PageCount count,
                            ContigError error) {
  KernelLog* log = allocator_.state().log;
  if (log == nullptr) return;
  ReportLimit& limit = state_.report_limit;
  const bool first = limit.shown == 0 && limit.suppressed == 0;
  if (first || context.now > limit.window_end) {
    if (limit.suppressed != 0) {
      log->Printk(fmt::format("__cma_alloc: {} callbacks suppressed",
                              limit.suppressed));
    }
    limit = {.window_end = context.now + kReportInterval};
  }
  if (limit.shown == kReportBurst) {
    ++limit.suppressed;
    return;
  }
  ++limit.shown;
  log->Printk(fmt::format(
      "cma: __cma_alloc: {}: alloc failed, req-size: {} pages, ret: {}",
      description_.name, count.value(), ErrorNumber(error)));
}

}  // namespace pagelab
