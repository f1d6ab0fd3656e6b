#ifndef PAGELAB_OWNER_DUMP_SCAN_DUMP_H_
#define PAGELAB_OWNER_DUMP_SCAN_DUMP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pagelab {

// Who gets a dump's text, piece by piece.
class PieceReader {
 public:
  virtual ~PieceReader() = default;
  // Takes whole records off the front of `text`, which lies `offset` bytes
  // behind the beginning of the input, and returns how many bytes it took; the
  // rest comes again, with more behind it. With `last` nothing does, and
  // everything must be taken.
  virtual size_t Take(std::string_view text, uint64_t offset, bool last) = 0;
};

struct ScanOptions {
  // Told by the calling thread now and then: bytes read of how many, which is
  // 0 where nobody knows.
  std::function<void(uint64_t done, uint64_t total)> progress;
  // Asked by all threads: true ends the scan before its end, not an error.
  std::function<bool()> stop;
  // Told by a thread that cannot read, so that no reader waits for its text.
  std::function<void()> failed;
};

// How many readers ScanDump() can make use of on this machine.
int ScanThreads();

// So many of them, each made from these arguments.
template <typename Reader, typename... Arguments>
std::vector<std::unique_ptr<Reader>> MakeReaders(
    const Arguments&... arguments) {
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < ScanThreads(); ++i) {
    readers.push_back(std::make_unique<Reader>(arguments...));
  }
  return readers;
}

// What a scan takes them as.
template <typename Base, typename Reader>
std::vector<Base*> PointersTo(
    const std::vector<std::unique_ptr<Reader>>& readers) {
  std::vector<Base*> pointers;
  for (const auto& reader : readers) pointers.push_back(reader.get());
  return pointers;
}

// Reads the input once, in pieces that begin behind an empty line or at the
// start of the input. A plain file is shared out among the readers, each with
// a thread of its own; anything else goes to the first. What a reader sees is
// in ascending order, and no record is in two pieces. "-" is standard input;
// compressed input is decompressed. A text without an empty line is cut at
// 1 MiB, wherever that is: a line longer than that is several to its reader,
// and frames without end are a damaged record every 64 KiB (kMaxRecordSize).
// Returns the size of the text.
// REQUIRES: a reader.
absl::StatusOr<uint64_t> ScanDump(const std::string& path,
                                  absl::Span<PieceReader* const> readers,
                                  const ScanOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_SCAN_DUMP_H_
