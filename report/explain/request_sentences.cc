// What a request asks for, and which zones it may have it from.

#include "fmt/format.h"
#include "pagelab/alloc/request.h"
#include "pagelab/alloc/slow_path_flags.h"
#include "pagelab/base/text.h"
#include "pagelab/report/explain/alloc_sentences.h"
#include "pagelab/report/explain/request_view.h"
#include "pagelab/report/explain/watermark_sum.h"

namespace pagelab {
namespace {

std::string WhyThatType(const AllocatorState& state, Gfp gfp) {
  if (state.policy.page_group_by_mobility_disabled) {
    return "as memory is too small to be grouped by mobility";
  }
  if (gfp.HasAny(gfp::kMovable)) return "by __GFP_MOVABLE";
  if (gfp.HasAny(gfp::kReclaimable)) return "by __GFP_RECLAIMABLE";
  return "as neither __GFP_MOVABLE nor __GFP_RECLAIMABLE is set";
}

std::string ZonelistText(const AllocatorState& state, const RequestView& view) {
  std::string out;
  for (const Zoneref& ref : view.control.zonelist) {
    if (ref.zone_index > view.control.highest_zoneidx) continue;
    out += (out.empty() ? "" : ", then ") + ZoneText(state, *ref.zone);
  }
  return out.empty() ? "none" : out;
}

}  // namespace

RequestView ViewOf(const SeenAllocation& seen) {
  const AllocatorState& state = seen.state;
  RequestView view;
  AllocRequest request{.gfp = seen.event.gfp, .order = seen.event.order};
  const auto look = [&] {
    view.control = ControlFor(state, seen.context, request, seen.event.gfp);
    view.fast_flags = FastPathFlags(
        RouteFor(NodeFor(state, seen.context, request.node), seen.event.gfp),
        seen.event.gfp);
  };
  look();
  if (!seen.event.failed) {
    view.zone = &state.ZoneOf(*state.memory->PageAt(seen.event.pfn));
    // A request for a node of its own that names another one than the CPU's.
    bool is_listed = false;
    for (const Zoneref& ref : view.control.zonelist) {
      is_listed |= ref.zone == view.zone;
    }
    if (!is_listed) {
      request.node = view.zone->node;
      look();
    }
  }
  view.slow_flags = SlowPathFlags(state, view.control);
  const AllocFlags reserves = ReserveFlags(seen.context, seen.event.gfp);
  if (reserves.value() != 0) {
    view.slow_flags = reserves.With(CmaFlag(state, view.control.type))
                          .With(AllocFlags(view.slow_flags.value() &
                                           alloc_flag::kKswapd.value()));
  }
  return view;
}

std::vector<Sentence> RequestSentences(const SeenAllocation& seen) {
  const AllocatorState& state = seen.state;
  const MmPageAlloc& event = seen.event;
  const RequestView view = ViewOf(seen);
  std::vector<Sentence> out;
  const std::string gfp = ToString(event.gfp);
  out.push_back(
      {fmt::format("{} (pid {}) on CPU {} asks for a block of order {} ({}) "
                   "with {}: migratetype {}, {}.",
                   seen.context.task->comm_text(), seen.context.task->pid,
                   seen.context.cpu.value(), event.order.value(),
                   Counted(event.order.pages(), "page"),
                   gfp.empty() ? "no gfp flags" : gfp,
                   ToString(event.migratetype), WhyThatType(state, event.gfp)),
       "gfp_migratetype()", "page-allocator.md 6.4"});
  if (seen.context.task->in_tracker) {
    out.push_back(
        {"page_owner asks for it itself, while it records another "
         "allocation: the task is marked in_page_owner, so that this one is "
         "not recorded in turn but gets the dummy stack.",
         "save_stack()", "page-ext-owner-depot.md 4.6"});
  }
  out.push_back(
      {fmt::format(
           "It may use zones up to {}; the zones to try are, in this order: "
           "{}.",
           ToString(static_cast<ZoneType>(view.control.highest_zoneidx)),
           ZonelistText(state, view)),
       "gfp_zone()", "page-allocator.md 6.3, 3.3"});
  return out;
}

}  // namespace pagelab
