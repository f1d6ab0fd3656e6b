#ifndef PAGELAB_REPORT_EXERCISE_EXERCISE_H_
#define PAGELAB_REPORT_EXERCISE_EXERCISE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// An exercise in page allocation: a small zone, what is asked of it, and what a
// student says happens. Plain data, as the files have it (docs/quiz.md).

// One list, head first. A list that is empty is left out.
struct ExerciseList {
  TextPosition position = {};
  Order order{};
  Migratetype type = Migratetype::kMovable;
  std::vector<Pfn> blocks = {};
  // Of each of the blocks; empty if no file has them.
  std::vector<TextPosition> block_positions = {};
};

// "order 2 Movable".
std::string NameOf(const ExerciseList& list);
// "0x1000 0x1010", "empty".
std::string BlocksText(const std::vector<Pfn>& blocks);

// What is on the lists, sorted by order and type.
struct ListedState {
  std::vector<ExerciseList> free = {};
  // Of CPU 0.
  std::vector<ExerciseList> pcp = {};
};

// A range of whole pageblocks and their type.
struct TypedPageblocks {
  TextPosition position = {};
  Pfn begin{};
  Pfn end{};
  Migratetype type = Migratetype::kMovable;
};

// Some frames, in use.
struct FrameRange {
  TextPosition position = {};
  Pfn begin{};
  Pfn end{};
};

// Where an exercise begins: one zone with one CPU.
struct ExerciseStart {
  TextPosition position = {};
  // Not empty: the state that this machine boots to, and nothing else here
  // counts.
  std::string machine = {};
  Pfn begin{0x1000};
  uint64_t pages = 64;
  Order pageblock_order{4};
  ListedState lists = {};
  // Pageblocks that are not told by a free block in them are Movable.
  std::vector<TypedPageblocks> pageblocks = {};
  // Frames in use that can be moved: on an LRU list.
  std::vector<FrameRange> movable = {};
  // Pages, as /proc/zoneinfo prints them; all 0: nothing is kept.
  uint64_t min = 0;
  uint64_t low = 0;
  uint64_t high = 0;
  // Of the per-cpu lists. Batch 1 and limits of 0, as at early boot, keep
  // nothing.
  int64_t batch = 1;
  int64_t pcp_high_min = 0;
  int64_t pcp_high_max = 0;
};

enum class OperationKind : uint8_t { kAlloc, kFree, kDrain };

struct ExerciseOperation {
  TextPosition position = {};
  OperationKind kind = OperationKind::kAlloc;
  Order order{};
  // kAlloc only.
  Gfp gfp = gfp::kKernel;
  // kFree only.
  Pfn pfn{};
};

// "alloc order 0 GFP_KERNEL", "free 0x1000 order 0", "drain".
std::string Describe(const ExerciseOperation& operation);

// What happens inside an operation, one thing after the other.
enum class StepKind : uint8_t {
  kTake,      // a block leaves a free list
  kSplit,     // a block of `order` is halved
  kFallback,  // a block of another type serves the request
  kMerge,     // two buddies become a block of `order`
  kDrain,     // a block leaves a per-cpu list for the buddy lists
  kAlloc,     // the request is served
  kFail,      // or is not
  kFree,      // a block is given back
};
inline constexpr int kNrStepKinds = 8;
// "take", "split", ...
std::string_view ToString(StepKind kind);

// One of those, in an answer or as it is. What is not given is not compared.
struct ExerciseStep {
  TextPosition position = {};
  StepKind kind = StepKind::kTake;
  // None for kFail.
  std::optional<Pfn> pfn = {};
  // kFallback: of the block that is taken.
  std::optional<Order> order = {};
  // The list's; kFallback: the type that was wanted.
  std::optional<Migratetype> type = {};
  // kFallback: the type that gives, and whether the pageblock changes type.
  std::optional<Migratetype> from = {};
  std::optional<bool> claimed = {};
};

// "split 0x1000 order 3".
std::string Describe(const ExerciseStep& step);

struct Exercise {
  std::string description = {};
  ExerciseStart start = {};
  std::vector<ExerciseOperation> operations = {};
  // Whether the place in a list counts.
  bool list_order = true;
  // Kinds that an answer's events have; empty: all.
  std::vector<StepKind> asked = {};
};

bool IsAsked(const Exercise& exercise, StepKind kind);

// What a student says: any of these.
struct ExerciseAnswer {
  // The lists at the end.
  std::optional<std::vector<ExerciseList>> free = {};
  std::optional<std::vector<ExerciseList>> pcp = {};
  // The lists after each operation.
  std::optional<std::vector<ListedState>> states = {};
  std::optional<std::vector<ExerciseStep>> events = {};
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXERCISE_EXERCISE_H_
