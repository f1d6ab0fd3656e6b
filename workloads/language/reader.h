#ifndef PAGELAB_WORKLOADS_LANGUAGE_READER_H_
#define PAGELAB_WORKLOADS_LANGUAGE_READER_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "pagelab/workloads/language/json_value.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// More errors than these in one file are not reported.
inline constexpr size_t kMaxReportedErrors = 20;

// Collects what is wrong with one document while the field tables read it, and
// knows which part they are in.
class Reader {
 public:
  // `file` is for messages.
  explicit Reader(std::string file) : file_(std::move(file)) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  const std::string& file() const { return file_; }

  // Files that lead here, each naming the next one as its base.
  const std::vector<std::string>& named_by() const { return named_by_; }
  void set_named_by(std::vector<std::string> files) {
    named_by_ = std::move(files);
  }

  // A value that came from a command line instead of a file: a number may
  // stand where text is wanted.
  bool from_setting() const { return from_setting_; }
  void set_from_setting(bool value) { from_setting_ = value; }

  // "<path of the current part>: <what>", at a place in the file.
  void Error(TextPosition position, std::string_view what);
  void Error(const JsonValue& value, std::string_view what) {
    Error(value.position(), what);
  }
  // "must be <expected>, got <value>".
  void ErrorExpected(const JsonValue& value, std::string_view expected);
  // Lines as Status() makes them, from a file that this one names.
  void AddStatus(TextPosition position, const absl::Status& status);

  bool ok() const { return errors_.empty(); }
  size_t nr_errors() const { return errors_.size(); }
  // One line an error, in the order of the file: "file:line:column: what".
  absl::Status status() const;
  // The same without "file:line:column: ", for values that have no file.
  absl::Status status_without_positions() const;

  // While it lives, errors are about a part of the part before.
  class Scope {
   public:
    Scope(Reader& reader, std::string_view key);
    Scope(Reader& reader, size_t index);
    ~Scope() { reader_.path_.resize(length_before_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Reader& reader_;
    size_t length_before_;
  };

 private:
  struct Entry {
    TextPosition position;
    std::string what;
  };
  std::vector<Entry> sorted() const;
  absl::Status StatusOf(bool positions) const;

  std::string file_;
  std::vector<std::string> named_by_;
  bool from_setting_ = false;
  std::string path_;
  std::vector<Entry> errors_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_LANGUAGE_READER_H_
