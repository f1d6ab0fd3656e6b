// speedscope's own JSON.

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/export/export_formats.h"
#include "pagelab/report/export/frame_name.h"
#include "pagelab/report/export/json_text.h"
#include "pagelab/report/export/owner_stacks.h"
#include "pagelab/report/export/picture_words.h"

namespace pagelab {
namespace {

constexpr std::string_view kSchema =
    "https://www.speedscope.app/file-format-schema.json";

// The frames of all stacks, each once.
class SharedFrames {
 public:
  explicit SharedFrames(Redaction redaction) : redactor_(redaction) {}

  uint64_t NumberOf(const std::string& frame) {
    std::string name = FrameName(redactor_.Frame(frame));
    const auto [at, added] = numbers_.try_emplace(name, names_.size());
    if (added) names_.push_back(std::move(name));
    return at->second;
  }
  const std::vector<std::string>& names() const { return names_; }

 private:
  Redactor redactor_;
  absl::flat_hash_map<std::string, uint64_t> numbers_;
  std::vector<std::string> names_;
};

std::string_view UnitName(StackUnit unit) {
  switch (unit) {
    case StackUnit::kPages:
      return "pages";
    case StackUnit::kAllocations:
      return "allocations";
    case StackUnit::kBytes:
      return "bytes";
  }
  return "";
}

}  // namespace

absl::Status ExportSpeedscope(const MemoryPicture& picture,
                              const ExportOptions& options, OutputStream& out) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<OwnerStack> stacks,
                           SumOwnerStacks(picture, {}));
  SharedFrames frames(options.redaction);
  std::string samples;
  std::string weights;
  uint64_t total = 0;
  for (const OwnerStack& stack : stacks) {
    samples += samples.empty() ? "[" : ",[";
    for (size_t i = 0; i < stack.frames.size(); ++i) {
      if (i != 0) samples += ',';
      AppendDecimal(samples, frames.NumberOf(stack.frames[i]));
    }
    if (stack.frames.empty()) {
      AppendDecimal(samples, frames.NumberOf(std::string(kNoStack)));
    }
    samples += ']';
    const uint64_t amount = AmountOf(stack.count, options.unit);
    if (!weights.empty()) weights += ',';
    AppendDecimal(weights, amount);
    total += amount;
  }
  std::string text = "{\"$schema\":";
  AppendJsonText(text, kSchema);
  text += ",\"exporter\":\"pagelab\",\"name\":";
  AppendJsonText(text, TitleOf(picture, options.redaction));
  text += ",\"activeProfileIndex\":0,\"shared\":{\"frames\":[";
  for (size_t i = 0; i < frames.names().size(); ++i) {
    text += i == 0 ? "{\"name\":" : ",{\"name\":";
    AppendJsonText(text, frames.names()[i]);
    text += '}';
  }
  text += "]},\"profiles\":[{\"type\":\"sampled\",\"name\":";
  AppendJsonText(text, std::string(UnitName(options.unit)) + " in use");
  text += options.unit == StackUnit::kBytes ? ",\"unit\":\"bytes\""
                                            : ",\"unit\":\"none\"";
  text += ",\"startValue\":0,\"endValue\":" + std::to_string(total);
  out.Append(text);
  out.Append(",\"samples\":[" + samples + "],\"weights\":[" + weights);
  out.Append("]}]}\n");
  return out.status();
}

}  // namespace pagelab
