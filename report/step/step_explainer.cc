#include "pagelab/report/step/step_explainer.h"

#include <string>
#include <utility>

namespace pagelab {
namespace {

StepExplanation WordsOf(const Explanation& explanation) {
  StepExplanation words;
  words.line = explanation.line;
  if (!words.line.empty()) words.line += '.';
  for (const Sentence& sentence : explanation.sentences) {
    if (!words.text.empty()) words.text += ' ';
    words.text += sentence.text;
    words.reasons += SentenceText(sentence) + "\n\n";
  }
  if (words.text.empty()) words.text = words.line;
  return words;
}

}  // namespace

StepExplainer::StepExplainer(const AllocatorState& state, uint64_t first,
                             uint64_t last, Sink sink)
    : explainer_(state, {.first = first, .last = last},
                 [sink = std::move(sink)](const Explanation& explanation) {
                   sink(explanation.event.number, WordsOf(explanation));
                 }) {}

}  // namespace pagelab
