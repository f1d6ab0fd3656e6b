#include "pagelab/workloads/language/reader.h"

#include <algorithm>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {

Reader::Scope::Scope(Reader& reader, std::string_view key)
    : reader_(reader), length_before_(reader.path_.size()) {
  if (!reader.path_.empty()) reader.path_ += '.';
  reader.path_ += key;
}

Reader::Scope::Scope(Reader& reader, size_t index)
    : reader_(reader), length_before_(reader.path_.size()) {
  reader.path_ += '[';
  AppendDecimal(reader.path_, index);
  reader.path_ += ']';
}

void Reader::Error(TextPosition position, std::string_view what) {
  std::string text = path_;
  if (!text.empty()) text += ": ";
  text += what;
  errors_.push_back(Entry{position, std::move(text)});
}

void Reader::ErrorExpected(const JsonValue& value, std::string_view expected) {
  std::string what = "must be ";
  what += expected;
  what += ", got ";
  what += value.Describe();
  Error(value, what);
}

void Reader::AddStatus(TextPosition position, const absl::Status& status) {
  Error(position, FromAbsl(status.message()));
}

std::vector<Reader::Entry> Reader::sorted() const {
  std::vector<Entry> result = errors_;
  std::stable_sort(result.begin(), result.end(),
                   [](const Entry& a, const Entry& b) {
                     if (a.position.line != b.position.line) {
                       return a.position.line < b.position.line;
                     }
                     return a.position.column < b.position.column;
                   });
  return result;
}

absl::Status Reader::StatusOf(bool positions) const {
  if (errors_.empty()) return absl::OkStatus();
  std::string message;
  size_t nr_shown = 0;
  for (const Entry& entry : sorted()) {
    if (nr_shown == kMaxReportedErrors) {
      message += "\n" + (file_.empty() ? "" : file_ + ": ") + "and " +
                 std::to_string(errors_.size() - nr_shown) + " more errors";
      break;
    }
    if (nr_shown++ > 0) message += '\n';
    if (positions) {
      message += ToString(
          SourcePosition{file_, entry.position.line, entry.position.column});
      message += ": ";
    }
    message += entry.what;
  }
  return InvalidInput(message);
}

absl::Status Reader::status() const { return StatusOf(true); }

absl::Status Reader::status_without_positions() const {
  return StatusOf(false);
}

}  // namespace pagelab
