#include "pagelab/report/exercise/exercise.h"

#include <algorithm>
#include <array>

#include "pagelab/base/text.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

constexpr std::array<std::string_view, kNrStepKinds> kStepNames = {
    "take", "split", "fallback", "merge", "drain", "alloc", "fail", "free"};

std::string OrderText(Order order) {
  return "order " + std::to_string(order.value());
}

}  // namespace

std::string NameOf(const ExerciseList& list) {
  return OrderText(list.order) + " " + std::string(ToString(list.type));
}

std::string BlocksText(const std::vector<Pfn>& blocks) {
  if (blocks.empty()) return "empty";
  std::string text;
  for (const Pfn pfn : blocks) {
    if (!text.empty()) text += ' ';
    text += PfnText(pfn);
  }
  return text;
}

std::string Describe(const ExerciseOperation& operation) {
  switch (operation.kind) {
    case OperationKind::kAlloc:
      return "alloc " + OrderText(operation.order) + " " +
             ToString(operation.gfp);
    case OperationKind::kFree:
      return "free " + PfnText(operation.pfn) + " " +
             OrderText(operation.order);
    case OperationKind::kDrain:
      return "drain";
  }
  return "";
}

std::string_view ToString(StepKind kind) {
  return kStepNames[static_cast<size_t>(kind)];
}

std::string Describe(const ExerciseStep& step) {
  std::string text(ToString(step.kind));
  if (step.pfn.has_value()) text += " " + PfnText(*step.pfn);
  if (step.order.has_value()) text += " " + OrderText(*step.order);
  if (step.type.has_value()) text += " " + std::string(ToString(*step.type));
  if (step.from.has_value()) {
    text += " from " + std::string(ToString(*step.from));
  }
  if (step.claimed.has_value()) {
    text += *step.claimed ? ", pageblock claimed" : ", pageblock not claimed";
  }
  return text;
}

bool IsAsked(const Exercise& exercise, StepKind kind) {
  return exercise.asked.empty() ||
         std::find(exercise.asked.begin(), exercise.asked.end(), kind) !=
             exercise.asked.end();
}

}  // namespace pagelab
