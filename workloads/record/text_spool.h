#ifndef PAGELAB_WORKLOADS_RECORD_TEXT_SPOOL_H_
#define PAGELAB_WORKLOADS_RECORD_TEXT_SPOOL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/base/output_stream.h"

namespace pagelab {

// Text that waits until it is known what stands before it: in a temporary
// file, so that memory use does not depend on its length. The first failure
// sticks; CopyTo() reports it.
class TextSpool {
 public:
  static absl::StatusOr<TextSpool> Create();
  TextSpool(TextSpool&& other) noexcept;
  TextSpool& operator=(TextSpool&&) = delete;
  ~TextSpool();

  // To append to; Settle() now and then writes it away when it has grown.
  std::string& text() { return text_; }
  void Settle() {
    if (text_.size() >= kMostInMemory) [[unlikely]]
      WriteAway();
  }

  // Everything from the beginning. Nothing may be appended afterwards.
  absl::Status CopyTo(OutputStream& out);

 private:
  static constexpr size_t kMostInMemory = size_t{1} << 20;

  explicit TextSpool(int file) : file_(file) {}
  void WriteAway();

  int file_;
  uint64_t written_ = 0;
  std::string text_;
  absl::Status status_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_RECORD_TEXT_SPOOL_H_
