#include <fmt/format.h>

#include <optional>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/bench/recorded_steps.h"
#include "pagelab/bench/slot_pool.h"

namespace pagelab {
namespace {

constexpr size_t kMaxColumns = 100;

// What a get asks for.
struct Kind {
  Gfp gfp;
  Order order;
  friend bool operator==(const Kind&, const Kind&) = default;
};

size_t IndexOf(std::vector<Kind>& kinds, const Kind& kind) {
  size_t i = 0;
  while (i < kinds.size() && !(kinds[i] == kind)) ++i;
  if (i == kinds.size()) kinds.push_back(kind);
  return i;
}

// Words that are separated by blanks, with the line they are in.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> Next() {
    SkipBlanks();
    if (rest_.empty()) return std::nullopt;
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \n"));
    rest_.remove_prefix(word.size());
    return word;
  }
  int line() const { return line_; }

 private:
  void SkipBlanks() {
    while (!rest_.empty()) {
      if (rest_.front() == '#') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.front() == '\n') {
        ++line_;
        rest_.remove_prefix(1);
      } else if (rest_.front() == ' ') {
        rest_.remove_prefix(1);
      } else {
        return;
      }
    }
  }

  std::string_view rest_;
  int line_ = 1;
};

class StepsParser {
 public:
  StepsParser(std::string_view name, std::string_view text)
      : name_(name), words_(text) {}

  absl::StatusOr<RecordedSteps> Parse() {
    while (const auto word = words_.Next()) {
      line_ = words_.line();
      PAGELAB_RETURN_IF_ERROR(ParseWord(*word));
    }
    if (recorded_.steps.empty()) return Wrong("no steps");
    if (!slots_.all_returned()) return Wrong("a block that is never put");
    recorded_.nr_slots = slots_.nr_slots();
    return std::move(recorded_);
  }

 private:
  absl::Status Wrong(std::string_view what) const {
    return InvalidInput(fmt::format("{}:{}: {}", name_, line_, what));
  }

  absl::Status ParseWord(std::string_view word) {
    if (word == "kind") return ParseKind();
    const auto number = ParseUint64(word.substr(1));
    if (!number.ok()) return Wrong(fmt::format("\"{}\" is no step", word));
    if (word.front() == '+') return Get(*number);
    if (word.front() == '-') return Put(*number);
    return Wrong(fmt::format("\"{}\" is no step", word));
  }

  absl::Status ParseKind() {
    const auto order = ParseUint64(words_.Next().value_or(""));
    const auto mask = ParseUint64(words_.Next().value_or(""));
    if (!order.ok() || *order > kMaxPageOrder || !mask.ok() ||
        *mask > UINT32_MAX) {
      return Wrong("expected: kind ORDER MASK");
    }
    kinds_.push_back({.gfp = Gfp(static_cast<uint32_t>(*mask)),
                      .order = Order(static_cast<int>(*order))});
    return absl::OkStatus();
  }

  absl::Status Get(uint64_t kind) {
    if (kind >= kinds_.size()) {
      return Wrong(fmt::format("there is no kind {}", kind));
    }
    const uint32_t slot = slots_.Take();
    if (slot == held_.size()) held_.emplace_back();
    held_[slot] = kinds_[kind];
    Add(slot, kinds_[kind], /*put=*/false);
    return absl::OkStatus();
  }

  absl::Status Put(uint64_t slot) {
    if (slot >= held_.size() || !held_[slot].has_value()) {
      return Wrong(fmt::format("slot {} is empty", slot));
    }
    Add(static_cast<uint32_t>(slot), *held_[slot], /*put=*/true);
    held_[slot].reset();
    slots_.Return(static_cast<uint32_t>(slot));
    return absl::OkStatus();
  }

  void Add(uint32_t slot, const Kind& kind, bool put) {
    recorded_.steps.push_back(
        {.slot = slot, .gfp = kind.gfp, .order = kind.order, .put = put});
  }

  const std::string_view name_;
  WordReader words_;
  // Where the last word that says what to do is.
  int line_ = 1;
  RecordedSteps recorded_;
  SlotPool slots_;
  std::vector<Kind> kinds_;
  // What is in a slot.
  std::vector<std::optional<Kind>> held_;
};

}  // namespace

std::string PrintSteps(const RecordedSteps& recorded) {
  std::vector<Kind> kinds;
  std::string steps;
  size_t columns = 0;
  for (const TrafficStep& step : recorded.steps) {
    const std::string word =
        step.put ? fmt::format("-{}", step.slot)
                 : fmt::format("+{}", IndexOf(kinds, {step.gfp, step.order}));
    if (columns + 1 + word.size() > kMaxColumns) {
      steps += '\n';
      columns = 0;
    }
    if (columns > 0) steps += ' ';
    steps += word;
    columns += 1 + word.size();
  }
  std::string text;
  for (const Kind& kind : kinds) {
    text +=
        fmt::format("kind {} {:#x}\n", kind.order.value(), kind.gfp.value());
  }
  return text + steps + "\n";
}

absl::StatusOr<RecordedSteps> ParseSteps(std::string_view name,
                                         std::string_view text) {
  return StepsParser(name, text).Parse();
}

}  // namespace pagelab
