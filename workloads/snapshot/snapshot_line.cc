#include "pagelab/workloads/snapshot/snapshot_line.h"

#include "absl/strings/str_cat.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/trace/text_cursor.h"

namespace pagelab {
namespace {

std::string Quoted(std::string_view text) {
  constexpr size_t kMost = 40;
  const bool cut = text.size() > kMost;
  return absl::StrCat("\"", ToAbsl(text.substr(0, kMost)), cut ? "..." : "",
                      "\"");
}

}  // namespace

absl::Status SnapshotLine::Error(std::string_view what) const {
  return InvalidInputAt({file_, number_, static_cast<int>(word_) + 1}, what);
}

absl::StatusOr<std::string_view> SnapshotLine::Word(std::string_view what) {
  word_ = at_;
  if (done()) {
    return Error(absl::StrCat("the line ends here, missing: ", ToAbsl(what)));
  }
  const size_t end = std::min(text_.find(' ', at_), text_.size());
  const std::string_view word = text_.substr(at_, end - at_);
  at_ = end + 1;
  if (word.empty()) {
    return Error(absl::StrCat("a blank too many, missing: ", ToAbsl(what)));
  }
  return word;
}

std::string_view SnapshotLine::Rest() {
  word_ = at_;
  const std::string_view rest = done() ? std::string_view() : text_.substr(at_);
  at_ = text_.size();
  return rest;
}

absl::Status SnapshotLine::Expect(std::string_view word) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string_view found, Word(word));
  if (found == word) return absl::OkStatus();
  return Error(absl::StrCat("must be ", ToAbsl(word), ", got ", Quoted(found)));
}

absl::Status SnapshotLine::ExpectEnd() {
  word_ = at_;
  if (done()) return absl::OkStatus();
  return Error(absl::StrCat("the line should end here, got ",
                            Quoted(text_.substr(at_))));
}

bool SnapshotLine::NextIs(std::string_view key) const {
  return !done() && text_.size() - at_ > key.size() &&
         text_.substr(at_, key.size()) == key && text_[at_ + key.size()] == '=';
}

absl::StatusOr<std::string_view> SnapshotLine::Value(std::string_view key) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string_view word,
                           Word(absl::StrCat(ToAbsl(key), "=...")));
  if (word.size() > key.size() && word.substr(0, key.size()) == key &&
      word[key.size()] == '=') {
    return word.substr(key.size() + 1);
  }
  return Error(
      absl::StrCat("must be ", ToAbsl(key), "=..., got ", Quoted(word)));
}

absl::StatusOr<std::pair<std::string, std::string>> SnapshotLine::Field() {
  PAGELAB_ASSIGN_OR_RETURN(const std::string_view word, Word("key=value"));
  const size_t equals = word.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return Error(absl::StrCat("must be key=value, got ", Quoted(word)));
  }
  return std::make_pair(std::string(word.substr(0, equals)),
                        std::string(word.substr(equals + 1)));
}

absl::StatusOr<SnapshotFields> SnapshotLine::Fields() {
  SnapshotFields fields;
  while (!done()) {
    PAGELAB_ASSIGN_OR_RETURN(auto field, Field());
    fields.push_back(std::move(field));
  }
  return fields;
}

absl::StatusOr<std::vector<Pfn>> SnapshotLine::Pfns() {
  std::vector<Pfn> pfns;
  while (!done()) {
    PAGELAB_ASSIGN_OR_RETURN(const std::string_view word, Word("a pfn"));
    TextCursor cursor(word);
    uint64_t value = 0;
    if (!cursor.TakeHex(value) || !cursor.done()) {
      return Error(absl::StrCat("must be a pfn in hexadecimal without 0x, got ",
                                Quoted(word)));
    }
    pfns.push_back(Pfn(value));
  }
  return pfns;
}

absl::Status SnapshotLine::NumberOf(std::string_view key, PageCount& value) {
  uint64_t pages = 0;
  PAGELAB_RETURN_IF_ERROR(NumberOf(key, pages));
  value = PageCount(pages);
  return absl::OkStatus();
}

absl::Status SnapshotLine::ParseNumber(std::string_view word,
                                       std::string_view what, bool as_unsigned,
                                       int64_t& value) const {
  TextCursor cursor(word);
  const bool negative = !as_unsigned && cursor.TakeChar('-');
  uint64_t magnitude = 0;
  if (!cursor.TakeNumber(magnitude) || !cursor.done()) {
    return Error(
        absl::StrCat(ToAbsl(what), " must be a number, got ", Quoted(word)));
  }
  if (!as_unsigned && magnitude > uint64_t{INT64_MAX}) {
    return OutOfRange(word, what);
  }
  value = static_cast<int64_t>(magnitude);
  if (negative) value = -value;
  return absl::OkStatus();
}

absl::Status SnapshotLine::OutOfRange(std::string_view word,
                                      std::string_view what) const {
  return Error(absl::StrCat(ToAbsl(what), " is out of range: ", ToAbsl(word)));
}

}  // namespace pagelab
