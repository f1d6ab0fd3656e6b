#include "pagelab/workloads/conclusion/conclusion.h"

#include <cmath>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/conclusion/quantities.h"

namespace pagelab {
namespace {

bool IsFormat(std::string_view format) {
  return format.empty() || format == "%" || format == "size" || format == "1" ||
         format == "2";
}

std::string WithSign(double value, const std::string& size) {
  return value < 0 ? "-" + size : size;
}

std::string Show(const Quantum& quantum, std::string_view format) {
  if (const auto* text = std::get_if<std::string>(&quantum)) return *text;
  const double value = std::get<double>(quantum);
  const double size = std::fabs(value);
  if (format == "%")
    return WithSign(value, fmt::format("{:.0f} %", size * 100));
  if (format == "1") return WithSign(value, fmt::format("{:.1f}", size));
  if (format == "2") return WithSign(value, fmt::format("{:.2f}", size));
  if (format == "size") {
    constexpr double kPagesPerMiB = 256;
    return WithSign(value, fmt::format("{:.1f} MiB", size / kPagesPerMiB));
  }
  return WithSign(value, Grouped(static_cast<uint64_t>(size + 0.5)));
}

}  // namespace

absl::StatusOr<Conclusion> Conclusion::Parse(std::string_view text) {
  Conclusion conclusion;
  while (!text.empty()) {
    Piece& piece = conclusion.pieces_.emplace_back();
    const size_t open = text.find('{');
    piece.text = std::string(text.substr(0, open));
    if (open == std::string_view::npos) break;
    const size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      return InvalidInput("'{' without '}' after \"" + piece.text + "\"");
    }
    std::string_view inner = text.substr(open + 1, close - open - 1);
    // A colon in quotes is part of a text.
    const size_t quote = inner.rfind('\'');
    const size_t colon = inner.rfind(':');
    if (colon != std::string_view::npos &&
        (quote == std::string_view::npos || colon > quote)) {
      piece.format = std::string(inner.substr(colon + 1));
      inner = inner.substr(0, colon);
    }
    if (!IsFormat(piece.format)) {
      return InvalidInput("unknown format \"" + piece.format +
                          "\": a colon is followed by 1, 2, % or size");
    }
    PAGELAB_ASSIGN_OR_RETURN(Expression expression, Expression::Parse(inner));
    piece.expression.push_back(std::move(expression));
    text.remove_prefix(close + 1);
  }
  for (const QuantityName& name : conclusion.Names()) {
    PAGELAB_RETURN_IF_ERROR(CheckQuantity(name));
  }
  return conclusion;
}

std::vector<QuantityName> Conclusion::Names() const {
  std::vector<QuantityName> names;
  for (const Piece& piece : pieces_) {
    for (const Expression& expression : piece.expression) {
      expression.CollectNames(names);
    }
  }
  return names;
}

absl::Status Conclusion::Check(Machine& machine) const {
  for (const QuantityName& name : Names()) {
    PAGELAB_RETURN_IF_ERROR(CheckOnMachine(machine, name));
  }
  return absl::OkStatus();
}

absl::Status Conclusion::NoteCapture(std::string_view capture, Machine& machine,
                                     const RunReport& report) {
  for (const QuantityName& name : Names()) {
    if (name.capture != capture) continue;
    PAGELAB_ASSIGN_OR_RETURN(noted_[name.text()],
                             ValueOf(machine, report, name));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Conclusion::Text(Machine& machine,
                                             const RunReport& report) const {
  const auto lookup = [&](const QuantityName& name) -> absl::StatusOr<Quantum> {
    if (name.capture.empty()) return ValueOf(machine, report, name);
    const auto noted = noted_.find(name.text());
    if (noted != noted_.end()) return noted->second;
    return InvalidInput("nothing was captured as \"" + name.capture + "\"");
  };
  std::string text;
  for (const Piece& piece : pieces_) {
    text += piece.text;
    for (const Expression& expression : piece.expression) {
      PAGELAB_ASSIGN_OR_RETURN(const Quantum value,
                               expression.Evaluate(lookup));
      text += Show(value, piece.format);
    }
  }
  return text;
}

}  // namespace pagelab
