#include "pagelab/report/explain/run_overview.h"

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

bool IsFailure(const AllocatorEvent& event) {
  const auto* alloc = event.As<MmPageAlloc>();
  return alloc != nullptr && alloc->failed;
}

RunOverview::Remarkable Remark(const AllocatorEvent& event) {
  return {.event = event.number,
          .comm = event.comm,
          .pid = event.pid,
          .order = EventOrder(event)};
}

void Count(const AllocatorEvent& event, RunOverview& overview) {
  overview.nr_events = event.number;
  ++overview.by_kind[event.fields.index()];
  if (IsFailure(event)) {
    if (++overview.nr_failures <= RunOverview::kMost) {
      overview.failures.push_back(Remark(event));
      overview.failures.back().type = event.As<MmPageAlloc>()->migratetype;
    }
    return;
  }
  const auto* fallback = event.As<MmPageAllocExtfrag>();
  if (fallback == nullptr) return;
  ++(fallback->change_ownership ? overview.nr_claims : overview.nr_steals);
  if (overview.fallbacks.size() == RunOverview::kMost) return;
  RunOverview::Remarkable remark = Remark(event);
  remark.type = fallback->alloc_migratetype;
  remark.from = fallback->fallback_migratetype;
  remark.is_claim = fallback->change_ownership;
  overview.fallbacks.push_back(std::move(remark));
}

void AppendFailures(std::string& out, const RunOverview& overview) {
  if (overview.nr_failures == 0) {
    out += "\nNo request failed.\n";
    return;
  }
  out +=
      fmt::format("\n{} failed:\n", Counted(overview.nr_failures, "request"));
  for (size_t i = 0; i < overview.failures.size(); ++i) {
    const RunOverview::Remarkable& failure = overview.failures[i];
    out += fmt::format("  --failure {:<3} event {:<8} {}/{}: order {}, {}\n",
                       i + 1, failure.event, failure.comm, failure.pid,
                       failure.order.value(), ToString(failure.type));
  }
  if (overview.nr_failures > overview.failures.size()) {
    out += fmt::format("  and {} more\n", Grouped(overview.nr_failures -
                                                  overview.failures.size()));
  }
}

void AppendFallbacks(std::string& out, const RunOverview& overview) {
  const uint64_t total = overview.nr_claims + overview.nr_steals;
  if (total == 0) {
    out += "\nNo block was taken from another migratetype.\n";
    return;
  }
  out += fmt::format(
      "\n{} taken from another migratetype: {} with the pageblock claimed, {} "
      "only stolen:\n",
      total == 1 ? "1 block was" : Grouped(total) + " blocks were",
      Grouped(overview.nr_claims), Grouped(overview.nr_steals));
  for (const RunOverview::Remarkable& fallback : overview.fallbacks) {
    out += fmt::format("  --event {:<8} {}/{}: order {}, {} from {}, {}\n",
                       fallback.event, fallback.comm, fallback.pid,
                       fallback.order.value(), ToString(fallback.type),
                       ToString(fallback.from),
                       fallback.is_claim ? "claimed" : "stolen");
  }
  if (total > overview.fallbacks.size()) {
    out += fmt::format("  and {} more\n",
                       Grouped(total - overview.fallbacks.size()));
  }
}

}  // namespace

std::string_view EventKindName(size_t kind) {
  static const std::array<AllocatorEvent::Fields,
                          std::variant_size_v<AllocatorEvent::Fields>>
      kFields = {MmPageAlloc{},       MmPageFree{},
                 MmPageFreeBatched{}, MmPageAllocZoneLocked{},
                 MmPagePcpuDrain{},   MmPageAllocExtfrag{}};
  AllocatorEvent event;
  event.fields = kFields[kind];
  return EventName(event);
}

absl::StatusOr<RunOverview> OverviewOf(RepeatedRun& run,
                                       const RunOptions& options) {
  RunOverview overview;
  PAGELAB_RETURN_IF_ERROR(
      run.Run(
             [&](const AllocatorEvent& event, const ExecutionContext&) {
               Count(event, overview);
               return true;
             },
             options)
          .status());
  return overview;
}

std::string OverviewText(const RunOverview& overview, std::string_view title,
                         std::string_view command) {
  std::string out = fmt::format("{}: {} of the allocator\n\n", title,
                                Counted(overview.nr_events, "event"));
  for (size_t kind = 0; kind < overview.by_kind.size(); ++kind) {
    out += fmt::format("{:>12}  {}\n", Grouped(overview.by_kind[kind]),
                       EventKindName(kind));
  }
  AppendFailures(out, overview);
  AppendFallbacks(out, overview);
  out += fmt::format(
      "\nTo ask on:\n"
      "  {0} --event N           why event N is as it is\n"
      "  {0} --event N --count K   K events from N on, a line each\n"
      "  {0} --failure K         why the Kth failed request got nothing\n"
      "  {0} --pfn 0xP           what became of a frame, who has it\n",
      command);
  return out;
}

absl::StatusOr<uint64_t> FindFailure(RepeatedRun& run, uint64_t number,
                                     const RunOptions& options) {
  uint64_t failures = 0;
  uint64_t found = 0;
  PAGELAB_RETURN_IF_ERROR(
      run.Run(
             [&](const AllocatorEvent& event, const ExecutionContext&) {
               if (IsFailure(event) && ++failures == number)
                 found = event.number;
               return found == 0;
             },
             options)
          .status());
  if (found != 0) return found;
  if (number == 0) {
    return InvalidInput("failure 0: failed requests are counted from 1");
  }
  return InvalidInput(
      failures == 0
          ? fmt::format("failure {}: no request of the run failed", number)
          : fmt::format("failure {}: {} of the run failed, counted from 1",
                        number, Counted(failures, "request")));
}

}  // namespace pagelab
