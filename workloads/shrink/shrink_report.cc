#include <string_view>

#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/shrink/shrink.h"

namespace pagelab {
namespace {

void AppendCount(std::string& out, uint64_t count, std::string_view what) {
  if (!out.empty()) out += ", ";
  out += fmt::format("{} {}{}", Grouped(count), what, count == 1 ? "" : "s");
}

std::string SizeText(const InputSize& size, bool is_trace) {
  std::string text;
  if (is_trace) {
    AppendCount(text, size.events, "event");
  } else {
    AppendCount(text, size.tasks, "task");
    AppendCount(text, size.steps, "step");
  }
  AppendCount(text, size.operations, "operation");
  return text;
}

}  // namespace

std::string ShrinkText(const ShrinkResult& result, const Condition& condition) {
  const bool is_trace = result.before.events > 0;
  std::string text =
      fmt::format("before  {}\nafter   {}\n", SizeText(result.before, is_trace),
                  SizeText(result.after, is_trace));
  text +=
      fmt::format("        until \"{}\" shows; {} run{}\n", condition.text(),
                  Grouped(result.tries), result.tries == 1 ? "" : "s");
  if (result.out_of_tries) {
    text += "        --max-tries is used up: less may do\n";
  }
  return text;
}

}  // namespace pagelab
