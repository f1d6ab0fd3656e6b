#include "pagelab/report/explain/explanation.h"

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "pagelab/base/text.h"

namespace pagelab {

std::string SentenceText(const Sentence& sentence) {
  std::string rule = sentence.kernel_function;
  if (!rule.empty() && !sentence.spec.empty()) rule += "; ";
  rule += sentence.spec;
  return rule.empty() ? sentence.text
                      : fmt::format("{} [{}]", sentence.text, rule);
}

std::string Wrapped(std::string_view text, std::string_view first,
                    std::string_view next, size_t width) {
  std::string out;
  std::string line(first);
  bool is_empty = true;
  for (const absl::string_view word : absl::StrSplit(ToAbsl(text), ' ')) {
    if (!is_empty && line.size() + 1 + word.size() > width) {
      out += line + "\n";
      line = next;
      is_empty = true;
    }
    if (!is_empty) line += ' ';
    line.append(word.data(), word.size());
    is_empty = false;
  }
  return out + line + "\n";
}

std::string ExplanationText(const Explanation& explanation, size_t width) {
  constexpr uint64_t kNanosecondsPerMicrosecond = 1000;
  constexpr uint64_t kMicrosecondsPerSecond = 1'000'000;
  const AllocatorEvent& event = explanation.event;
  const uint64_t micros = event.when.value() / kNanosecondsPerMicrosecond;
  std::string out =
      Wrapped(fmt::format("event {}, {}.{:06} s, CPU {}, {}/{}: {}: {}",
                          event.number, micros / kMicrosecondsPerSecond,
                          micros % kMicrosecondsPerSecond, event.cpu.value(),
                          event.comm, event.pid, EventName(event),
                          explanation.event_text),
              "", "  ", width);
  for (const Sentence& sentence : explanation.sentences) {
    out += "\n" + Wrapped(SentenceText(sentence), "- ", "  ", width);
  }
  return out;
}

std::string ExplanationLines(const std::vector<Explanation>& explanations) {
  std::string out;
  for (const Explanation& explanation : explanations) {
    out += fmt::format("{:>8}  {:<25}  {}\n", explanation.event.number,
                       EventName(explanation.event), explanation.line);
  }
  return out;
}

}  // namespace pagelab
