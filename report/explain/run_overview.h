#ifndef PAGELAB_REPORT_EXPLAIN_RUN_OVERVIEW_H_
#define PAGELAB_REPORT_EXPLAIN_RUN_OVERVIEW_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/report/history/repeated_run.h"

namespace pagelab {

// What there is to be explained in a run.
struct RunOverview {
  // Of a request that failed, or that another type's block served.
  struct Remarkable {
    uint64_t event = 0;
    std::string comm;
    int32_t pid = 0;
    Order order;
    Migratetype type = Migratetype::kUnmovable;
    // Of a fallback: from which type, and whether the pageblock changed its.
    Migratetype from = Migratetype::kUnmovable;
    bool is_claim = false;
  };

  uint64_t nr_events = 0;
  // By AllocatorEvent::fields.index().
  std::array<uint64_t, std::variant_size_v<AllocatorEvent::Fields>> by_kind{};
  uint64_t nr_failures = 0;
  uint64_t nr_claims = 0;
  uint64_t nr_steals = 0;
  // The first kMost of each.
  static constexpr size_t kMost = 10;
  std::vector<Remarkable> failures;
  std::vector<Remarkable> fallbacks;
};

// "mm_page_alloc": the events that RunOverview::by_kind counts.
std::string_view EventKindName(size_t kind);

// Runs the scenario once.
absl::StatusOr<RunOverview> OverviewOf(RepeatedRun& run,
                                       const RunOptions& options = {});

// `command`: how to ask on, "pagelab explain hello".
std::string OverviewText(const RunOverview& overview, std::string_view title,
                         std::string_view command);

// The number of the event of failure `number`, counted from 1. InvalidArgument,
// with how many there are, if there is no such failure.
absl::StatusOr<uint64_t> FindFailure(RepeatedRun& run, uint64_t number,
                                     const RunOptions& options = {});

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_RUN_OVERVIEW_H_
