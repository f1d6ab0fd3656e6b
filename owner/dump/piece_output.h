#ifndef PAGELAB_OWNER_DUMP_PIECE_OUTPUT_H_
#define PAGELAB_OWNER_DUMP_PIECE_OUTPUT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pagelab/base/output_stream.h"

namespace pagelab {

// Puts what threads made of the pieces of an input into the input's order.
// Pieces are known by where they begin, follow each other without a gap from
// 0 on, and are begun in ascending order. A thread that is too far ahead
// waits, so that memory use is bounded. Thread-safe.
class PieceOutput {
 public:
  explicit PieceOutput(OutputStream& out) : out_(out) {}

  // Writes `text`, made of the beginning of the piece at `begin`, and empties
  // it, if all before it is written. Otherwise it must come again.
  void Write(uint64_t begin, std::string& text);
  // The same with all of the rest: the piece ends before `end`.
  void Finish(uint64_t begin, uint64_t end, std::string& text);

  // Nothing more can be written; nobody waits any longer.
  void Stop();
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

  // The pieces of another input follow. REQUIRES: no thread is at work.
  void StartInput();

 private:
  struct Piece {
    uint64_t end;
    std::string text;
  };

  void Append(const std::string& text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::CondVar advanced_;
  OutputStream& out_ ABSL_GUARDED_BY(mutex_);
  // The piece that is written next.
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  // Finished ones behind it, and the size of their text.
  std::map<uint64_t, Piece> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_size_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<bool> stopped_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_PIECE_OUTPUT_H_
