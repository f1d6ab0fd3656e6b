#ifndef PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_LINE_H_
#define PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_LINE_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// One line of a snapshot, read word by word from the left. Every error names
// the word it is about; the last call that failed leaves the line unusable.
class SnapshotLine {
 public:
  // `file` must outlive the line.
  SnapshotLine(const std::string& file, int number, std::string_view text)
      : file_(file), number_(number), text_(text) {}

  int number() const { return number_; }
  bool done() const { return at_ >= text_.size(); }

  // The next word, without the blank before it.
  absl::StatusOr<std::string_view> Word(std::string_view what);
  // The rest of the line, the blank before it skipped.
  std::string_view Rest();
  // The next word must be `word`.
  absl::Status Expect(std::string_view word);
  absl::Status ExpectEnd();

  // Whether the next word is "key=value".
  bool NextIs(std::string_view key) const;
  // The value of the next word, which must be "key=value".
  absl::StatusOr<std::string_view> Value(std::string_view key);
  // The next word, which must be "key=value" with whatever key.
  absl::StatusOr<std::pair<std::string, std::string>> Field();
  // All remaining words, each "key=value".
  absl::StatusOr<SnapshotFields> Fields();
  absl::StatusOr<std::vector<Pfn>> Pfns();

  // Numbers: decimal with or without sign, or hexadecimal after 0x. Out of
  // T's range is an error.
  template <typename T>
  absl::Status Number(std::string_view what, T& value) {
    PAGELAB_ASSIGN_OR_RETURN(const std::string_view word, Word(what));
    return Convert(word, what, value);
  }
  // "key=number".
  template <typename T>
  absl::Status NumberOf(std::string_view key, T& value) {
    PAGELAB_ASSIGN_OR_RETURN(const std::string_view word, Value(key));
    return Convert(word, key, value);
  }
  absl::Status NumberOf(std::string_view key, PageCount& value);

  // About the word that was taken last.
  absl::Status Error(std::string_view what) const;

 private:
  template <typename T>
  absl::Status Convert(std::string_view word, std::string_view what, T& value) {
    int64_t wide = 0;
    constexpr bool kUnsigned64 =
        sizeof(T) == sizeof(uint64_t) && std::numeric_limits<T>::is_signed == 0;
    PAGELAB_RETURN_IF_ERROR(ParseNumber(word, what, kUnsigned64, wide));
    if constexpr (!kUnsigned64) {
      if (wide < int64_t{std::numeric_limits<T>::min()} ||
          wide > int64_t{std::numeric_limits<T>::max()}) {
        return OutOfRange(word, what);
      }
    }
    value = static_cast<T>(wide);
    return absl::OkStatus();
  }
  absl::Status ParseNumber(std::string_view word, std::string_view what,
                           bool as_unsigned, int64_t& value) const;
  absl::Status OutOfRange(std::string_view word, std::string_view what) const;

  const std::string& file_;
  int number_;
  std::string_view text_;
  size_t at_ = 0;
  // Start of the word taken last.
  size_t word_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_LINE_H_
