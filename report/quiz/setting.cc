#include "pagelab/report/quiz/setting.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

#include "pagelab/alloc/buddy.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/exercise/exercise_recorder.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

constexpr Pfn kBegin{0x1000};
// Each draw has a fair chance to be telling.
constexpr int kMostTries = 500;

class MemoryMaker {
 public:
  MemoryMaker(Random& random, const RandomMemory& memory)
      : random_(random), memory_(memory) {}

  ExerciseStart Make() {
    ExerciseStart start;
    start.begin = kBegin;
    start.pages = memory_.pages;
    start.pageblock_order = memory_.pageblock_order;
    Fill(kBegin, Order(std::countr_zero(memory_.pages)));
    const Order step = memory_.pageblock_order;
    const Pfn end = kBegin + PageCount(memory_.pages);
    for (Pfn pfn = kBegin; pfn < end; pfn += PageCount(step.pages())) {
      start.pageblocks.push_back({.begin = pfn,
                                  .end = pfn + PageCount(step.pages()),
                                  .type = TypeOf(pfn)});
    }
    for (auto& [key, blocks] : lists_) {
      Shuffle(blocks);
      start.lists.free.push_back(
          {.order = key.first, .type = key.second, .blocks = blocks});
    }
    return start;
  }

 private:
  Migratetype TypeOf(Pfn pfn) const {
    const uint64_t index =
        (pfn - kBegin).value() >> memory_.pageblock_order.value();
    return memory_.types[std::min<uint64_t>(index, memory_.types.size() - 1)];
  }

  // True if the whole region became one free block.
  bool Fill(Pfn pfn, Order order) {
    const bool may_end = order <= memory_.pageblock_order;
    const double draw = random_.UniformDouble();
    if (may_end && draw < memory_.free && order <= memory_.largest_free) {
      lists_[{order, TypeOf(pfn)}].push_back(pfn);
      return true;
    }
    if (order == Order(0) || (may_end && draw > 1 - memory_.used)) return false;
    const Order half(order.value() - 1);
    const Pfn upper = pfn + PageCount(half.pages());
    const bool lower_free = Fill(pfn, half);
    // Two free buddies would have merged.
    if (lower_free && may_end) return false;
    Fill(upper, half);
    return false;
  }

  void Shuffle(std::vector<Pfn>& blocks) {
    for (size_t i = blocks.size(); i > 1; --i) {
      std::swap(blocks[i - 1], blocks[random_.Uniform(i)]);
    }
  }

  Random& random_;
  const RandomMemory& memory_;
  std::map<std::pair<Order, Migratetype>, std::vector<Pfn>> lists_;
};

std::string PageblocksText(const ExerciseStart& start) {
  std::string text;
  const bool same =
      std::all_of(start.pageblocks.begin(), start.pageblocks.end(),
                  [&](const TypedPageblocks& range) {
                    return range.type == start.pageblocks.front().type;
                  });
  if (same) {
    return "All pageblocks are " +
           std::string(ToString(start.pageblocks.front().type)) + ".\n";
  }
  for (const TypedPageblocks& range : start.pageblocks) {
    text += "  pageblock " + PfnText(range.begin) + ": " +
            std::string(ToString(range.type)) + "\n";
  }
  return text;
}

std::string LimitsText(const ExerciseStart& start) {
  std::string text;
  if (start.high > 0) {
    text += "Watermarks: min " + std::to_string(start.min) + ", low " +
            std::to_string(start.low) + ", high " + std::to_string(start.high) +
            " pages. Nothing can be reclaimed.\n";
  }
  if (start.pcp_high_max > 0) {
    text += "Per-cpu lists: batch " + std::to_string(start.batch) + ", high " +
            std::to_string(start.pcp_high_max) + "; ";
    text += start.lists.pcp.empty()
                ? "all are empty.\n"
                : "head first:\n" + ListsText(start.lists.pcp);
  } else {
    text += "Per-cpu lists keep nothing, as at early boot.\n";
  }
  return text;
}

std::string SentenceOf(const ExerciseOperation& operation) {
  const std::string order = std::to_string(operation.order.value());
  switch (operation.kind) {
    case OperationKind::kAlloc:
      return "alloc_pages(" + ToString(operation.gfp) + ", " + order + ")";
    case OperationKind::kFree:
      return "__free_pages(" + PfnText(operation.pfn) + ", " + order + ")";
    case OperationKind::kDrain:
      return "the per-cpu lists are drained";
  }
  return "";
}

}  // namespace

ExerciseStart RandomStart(Random& random, const RandomMemory& memory) {
  return MemoryMaker(random, memory).Make();
}

bool IsFreeBlock(const ExerciseStart& start, Pfn pfn, Order order) {
  const auto block = FindBlock(start.lists.free, pfn);
  return block.has_value() && block->pfn == pfn && block->order == order;
}

std::optional<Pfn> RandomUsedBlock(Random& random, const ExerciseStart& start,
                                   Order order, const BlockFilter& wanted) {
  std::vector<Pfn> found;
  const PageCount step(order.pages());
  const Pfn end = start.begin + PageCount(start.pages);
  for (Pfn pfn = start.begin; pfn < end; pfn += step) {
    bool used = true;
    for (Pfn frame = pfn; frame < pfn + step; ++frame) {
      used = used && !FindBlock(start.lists.free, frame).has_value() &&
             !FindBlock(start.lists.pcp, frame).has_value();
    }
    if (used && wanted(pfn, order)) found.push_back(pfn);
  }
  if (found.empty()) return std::nullopt;
  return OneOf(random, found);
}

std::string ListsText(const std::vector<ExerciseList>& lists) {
  if (lists.empty()) return "  all lists are empty\n";
  std::string text;
  for (const ExerciseList& list : lists) {
    text += "  " + NameOf(list) + ": " + BlocksText(list.blocks) + "\n";
  }
  return text;
}

std::string SettingText(const Exercise& exercise) {
  const ExerciseStart& start = exercise.start;
  const Pfn last = start.begin + PageCount(start.pages - 1);
  std::string text = "One zone DMA32, page frames " + PfnText(start.begin) +
                     " to " + PfnText(last) + ", in pageblocks of " +
                     std::to_string(start.pageblock_order.pages()) +
                     " pages (order " +
                     std::to_string(start.pageblock_order.value()) + ").\n";
  text += PageblocksText(start);
  text += "Free lists, head first; all other frames are in use:\n" +
          ListsText(start.lists.free);
  for (const FrameRange& range : start.movable) {
    text += "In use and movable (on an LRU list): " + PfnText(range.begin) +
            " to " + PfnText(range.end - PageCount(1)) + "\n";
  }
  text += LimitsText(start);
  text += "Then:\n";
  for (const ExerciseOperation& operation : exercise.operations) {
    text += "  " + SentenceOf(operation) + "\n";
  }
  return text;
}

absl::StatusOr<QuizSituation> FindSituation(Random& random,
                                            const MakeRandom& make,
                                            const IsTelling& is_telling) {
  for (int i = 0; i < kMostTries; ++i) {
    QuizSituation situation{.exercise = make(random), .run = {}};
    // A draw that has no such operation.
    if (situation.exercise.operations.empty()) continue;
    PAGELAB_ASSIGN_OR_RETURN(situation.run,
                             RunExercise("quiz", situation.exercise));
    if (is_telling(situation)) return situation;
  }
  return absl::InternalError("no random memory shows what is asked about");
}

std::vector<const ExplainedStep*> StepsOf(const ExerciseRun& run,
                                          StepKind kind) {
  std::vector<const ExplainedStep*> steps;
  for (const ExplainedStep& step : run.steps) {
    if (step.step.kind == kind) steps.push_back(&step);
  }
  return steps;
}

std::string WhyOf(const std::vector<const ExplainedStep*>& steps) {
  std::string why;
  for (const ExplainedStep* step : steps) {
    if (!why.empty()) why += "; ";
    why += step->why;
  }
  return why;
}

Question QuestionOn(QuizTopic topic, const QuizSituation& situation) {
  Question question;
  question.topic = topic;
  question.setting = SettingText(situation.exercise);
  question.exercise = situation.exercise;
  return question;
}

}  // namespace pagelab
