#include "pagelab/owner/dump/filter_token.h"

#include <algorithm>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
// A "|" may be in a word, as in GFP_KERNEL|__GFP_ZERO; two end it.
constexpr std::string_view kWordEnds = " \t\r\n()!&=<>~\"'";

struct Symbol {
  std::string_view text;
  FilterTokenKind kind;
};

// Longer ones first.
constexpr Symbol kSymbols[] = {
    {"==", FilterTokenKind::kComparison}, {"!=", FilterTokenKind::kComparison},
    {"<=", FilterTokenKind::kComparison}, {">=", FilterTokenKind::kComparison},
    {"!~", FilterTokenKind::kComparison}, {"&&", FilterTokenKind::kAnd},
    {"||", FilterTokenKind::kOr},         {"=", FilterTokenKind::kComparison},
    {"<", FilterTokenKind::kComparison},  {">", FilterTokenKind::kComparison},
    {"~", FilterTokenKind::kComparison},  {"!", FilterTokenKind::kNot},
    {"(", FilterTokenKind::kOpen},        {")", FilterTokenKind::kClose},
};

}  // namespace

absl::Status FilterLexer::Error(size_t position, std::string_view what) const {
  const std::string_view before = text_.substr(0, position);
  const size_t newline = before.rfind('\n');
  const size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  return InvalidInputAt(
      {.file = "expression",
       .line =
           static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
       .column = static_cast<int>(position - line_begin) + 1},
      what);
}

bool FilterLexer::TakeSymbol(FilterToken& token) {
  for (const Symbol& symbol : kSymbols) {
    if (!text_.substr(at_).starts_with(symbol.text)) continue;
    token.kind = symbol.kind;
    token.text = symbol.text;
    at_ += symbol.text.size();
    return true;
  }
  return false;
}

absl::Status FilterLexer::TakeQuoted(FilterToken& token) {
  const char quote = text_[at_++];
  token.kind = FilterTokenKind::kQuoted;
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] == '\\') {
      ++at_;
      if (at_ == text_.size()) break;
      if (text_[at_] != quote && text_[at_] != '\\') {
        return Error(at_ - 1, std::string("expected \\\\ or \\") + quote +
                                  " behind the backslash");
      }
    }
    token.text += text_[at_++];
  }
  if (at_ == text_.size()) {
    return Error(token.position,
                 std::string("this text has no closing ") + quote);
  }
  ++at_;
  return absl::OkStatus();
}

void FilterLexer::TakeWord(FilterToken& token) {
  const size_t end =
      std::min(text_.find_first_of(kWordEnds, at_), text_.size());
  const std::string_view word = text_.substr(at_, end - at_);
  token.kind = FilterTokenKind::kWord;
  token.text = word.substr(0, word.find("||"));
  at_ += token.text.size();
}

absl::Status FilterLexer::Next(FilterToken& token) {
  token = {};
  at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
  token.position = at_;
  if (at_ == text_.size() || TakeSymbol(token)) return absl::OkStatus();
  switch (text_[at_]) {
    case '"':
    case '\'':
      return TakeQuoted(token);
    case '&':
      return Error(at_, "expected &&, not a single &");
    case '|':
      return Error(at_, "expected ||, not a single |");
    default:
      TakeWord(token);
      return absl::OkStatus();
  }
}

}  // namespace pagelab
