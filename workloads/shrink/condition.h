#ifndef PAGELAB_WORKLOADS_SHRINK_CONDITION_H_
#define PAGELAB_WORKLOADS_SHRINK_CONDITION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"
#include "pagelab/alloc/zone.h"
#include "pagelab/workloads/condition/condition_tokens.h"

namespace pagelab {

// One thing that a run may show.
struct ConditionAtom {
  enum class Kind : uint8_t {
    // Events: they happen at a moment.
    kFailure,
    kFallback,
    // A fallback that took over the pageblock.
    kSteal,
    kOom,
    // A tracepoint, or a counter of /proc/vmstat that grew.
    kEvent,
    // States: they hold for a while.
    kFreePages,
    kUnusableIndex,
  };

  Kind kind = Kind::kFailure;
  // What narrows an event down; all must hold.
  std::vector<Bound> orders = {};
  Gfp gfp = {};
  std::optional<ZoneType> zone = {};
  // kEvent.
  std::string name = {};
  // kFreePages, kUnusableIndex.
  Bound bound = {};
  Order order = {};

  bool is_event() const { return kind < Kind::kFreePages; }
};

// What an input must show: "failure order>=9 and free_pages>1000 or oom"
// (docs/shrink.md). A list of cases, one of which is enough. A case is shown at
// the moment when one of its events happens, the others have happened before,
// and its states hold; a case without events as soon as its states hold.
class Condition {
 public:
  using Case = std::vector<ConditionAtom>;

  // InvalidArgument "column N: what".
  static absl::StatusOr<Condition> Parse(std::string_view text);

  const std::vector<Case>& cases() const { return cases_; }
  // As it was written.
  const std::string& text() const { return text_; }

 private:
  Condition(std::string text, std::vector<Case> cases)
      : text_(std::move(text)), cases_(std::move(cases)) {}

  std::string text_;
  std::vector<Case> cases_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_CONDITION_H_
