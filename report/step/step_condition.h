#ifndef PAGELAB_REPORT_STEP_STEP_CONDITION_H_
#define PAGELAB_REPORT_STEP_STEP_CONDITION_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"
#include "pagelab/alloc/vm_event.h"
#include "pagelab/alloc/zone.h"
#include "pagelab/workloads/condition/condition_tokens.h"

namespace pagelab {

struct StepFacts;

// One thing that may hold of an event.
struct StepAtom {
  enum class Kind : uint8_t {
    // What happened.
    kAlloc,
    kFree,
    kFailure,
    kFallback,
    kSteal,
    kRefill,
    kDrain,
    // What the free lists or the counters show, compared with the event before.
    kSplit,
    kMerge,
    kMigrate,
    kOom,
    kCounter,
    // The event's fields.
    kName,
    kNumber,
    kPfn,
    kOrder,
    kPid,
    kComm,
    kCpu,
    kNode,
    kZone,
    kType,
    kGfp,
    // The state after it.
    kFreePages,
    kUnusableIndex,
  };

  Kind kind = Kind::kAlloc;
  // kNumber to kNode, and the states.
  Bound bound = {};
  // kName, kComm.
  std::string name = {};
  // kComm, kZone, kType: the name is another one.
  bool is_not = false;
  // kZone; for states, where `of_zone`.
  ZoneType zone = ZoneType::kDma;
  bool of_zone = false;
  Migratetype type = Migratetype::kUnmovable;
  Gfp gfp = {};
  VmEvent counter = VmEvent::kPgpgin;
  // kUnusableIndex.
  Order order = {};
};

// Where to stop: "steal and order>=4 or pfn==0x400" (docs/step.md). Words and
// signs are those of Condition (workloads/shrink/condition.h), and mean the
// same of one event; but "and" here is about one event, not about a run.
class StepCondition {
 public:
  // InvalidArgument "column N: what".
  static absl::StatusOr<StepCondition> Parse(std::string_view text);

  bool Holds(const StepFacts& facts) const;
  // The facts need counts.
  bool needs_counts() const;
  // As it was written.
  const std::string& text() const { return text_; }

  // In the order of evaluation: an operator takes what was there before it.
  struct Step {
    enum class Kind : uint8_t { kAtom, kNot, kAnd, kOr };
    Kind kind = Kind::kAtom;
    StepAtom atom = {};
  };
  const std::vector<Step>& steps() const { return steps_; }

 private:
  StepCondition(std::string text, std::vector<Step> steps)
      : text_(std::move(text)), steps_(std::move(steps)) {}

  std::string text_;
  std::vector<Step> steps_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_STEP_CONDITION_H_
