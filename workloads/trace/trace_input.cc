#include "pagelab/workloads/trace/trace_input.h"

#include <cstring>

namespace pagelab {

bool TraceInput::Refill() {
  if (!end_of_input_) {
    const size_t left = static_cast<size_t>(end_ - at_);
    std::memmove(buffer_.get(), at_, left);
    buffer_offset_ += static_cast<size_t>(at_ - buffer_.get());
    at_ = buffer_.get();
    char* end = buffer_.get() + left;
    while (static_cast<size_t>(end - at_) < kLookahead) {
      const absl::StatusOr<size_t> size =
          input_->Read(absl::MakeSpan(end, buffer_.get() + kBufferSize));
      if (!size.ok()) {
        status_ = size.status();
        end_of_input_ = true;
        break;
      }
      end_of_input_ = *size == 0;
      if (end_of_input_) break;
      end += *size;
    }
    end_ = end;
  }
  return at_ != end_;
}

}  // namespace pagelab
