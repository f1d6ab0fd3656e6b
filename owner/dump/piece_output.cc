#include "pagelab/owner/dump/piece_output.h"

#include <utility>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

// Some pieces of the usual size.
constexpr size_t kMaxPiece = size_t{16} << 20;
constexpr size_t kMaxWaiting = size_t{64} << 20;

}  // namespace

void PieceOutput::Append(const std::string& text) {
  out_.Append(text);
  if (out_.ok()) return;
  stopped_ = true;
  advanced_.SignalAll();
}

void PieceOutput::Write(uint64_t begin, std::string& text) {
  if (text.empty()) return;
  absl::MutexLock lock(&mutex_);
  while (begin != next_ && text.size() > kMaxPiece && !stopped()) {
    advanced_.Wait(&mutex_);
  }
  if (begin != next_ && !stopped()) return;
  if (!stopped()) Append(text);
  text.clear();
}

void PieceOutput::Finish(uint64_t begin, uint64_t end, std::string& text) {
  if (begin == end) return;
  absl::MutexLock lock(&mutex_);
  while (begin != next_ && waiting_size_ > kMaxWaiting && !stopped()) {
    advanced_.Wait(&mutex_);
  }
  if (stopped()) {
    text.clear();
    return;
  }
  if (begin != next_) {
    waiting_size_ += text.size();
    waiting_.emplace(begin, Piece{end, std::exchange(text, {})});
    return;
  }
  Append(text);
  text.clear();
  next_ = end;
  while (!waiting_.empty() && waiting_.begin()->first == next_) {
    Piece& piece = waiting_.begin()->second;
    Append(piece.text);
    waiting_size_ -= piece.text.size();
    next_ = piece.end;
    waiting_.erase(waiting_.begin());
  }
  advanced_.SignalAll();
}

void PieceOutput::Stop() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  advanced_.SignalAll();
}

void PieceOutput::StartInput() {
  absl::MutexLock lock(&mutex_);
  PAGELAB_CHECK(waiting_.empty() || stopped());
  waiting_.clear();
  waiting_size_ = 0;
  next_ = 0;
}

}  // namespace pagelab
