#ifndef PAGELAB_OWNER_SORT_ORDERED_READER_H_
#define PAGELAB_OWNER_SORT_ORDERED_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/owner/sort/compat_fields.h"
#include "pagelab/owner/sort/group_table.h"

namespace pagelab {

// Gives out an input line by line, as fgets() does.
class LineSource {
 public:
  explicit LineSource(InputStream& input);

  // Writes up to `room` - 1 bytes, up to and with a newline, and a NUL behind
  // them. Returns the number of bytes before that one; 0 at the end.
  absl::StatusOr<size_t> Read(char* out, size_t room);

 private:
  InputStream& input_;
  std::vector<char> buffer_;
  std::string_view unread_;
};

// Reads a dump from front to back as the kernel's tool does, with its buffer of
// 128 KiB and what follows from that (page-owner-sort.md 2.1).
// Thread-compatible.
class OrderedReader {
 public:
  struct Options {
    // How many blocks are stored before another one is too many.
    uint64_t capacity = 0;
    // Gets the messages of -d, if there is one.
    std::function<void(std::string_view)> debug;
    // Told bytes read now and then.
    std::function<void(uint64_t)> progress;
  };

  OrderedReader(const SortPlan& plan, Options options);

  absl::Status Read(InputStream& input);

  GroupTable& table() { return table_; }
  uint64_t stored() const { return stored_; }
  bool too_many() const { return too_many_; }

 private:
  // False if no more blocks can be stored.
  bool Add(std::string_view text, AllocatorBits pfn_bits);
  void TellMessages();

  const Options options_;
  GroupTable table_;
  std::string messages_;
  CompatFields fields_;
  // Of the block stored last, for generations that count equal neighbours as
  // one.
  std::string last_text_;
  const bool joins_neighbours_;
  uint64_t blocks_ = 0;
  uint64_t stored_ = 0;
  bool too_many_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_ORDERED_READER_H_
