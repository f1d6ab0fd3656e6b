#include <pthread.h>

#include "pagelab/stackdepot/unwinder.h"

namespace pagelab {

#if defined(__x86_64__)
namespace {

// What the frame pointer of a function points at.
struct Frame {
  const Frame* caller;
  uintptr_t return_address;
};

// The end of this thread's stack: frames lie below it. 0: nobody knows.
uintptr_t StackEnd() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* begin = nullptr;
  size_t size = 0;
  const bool known = pthread_attr_getstack(&attributes, &begin, &size) == 0;
  pthread_attr_destroy(&attributes);
  return known ? reinterpret_cast<uintptr_t>(begin) + size : 0;
}

class FramePointerWalk final : public Unwinder {
 public:
  size_t Capture(absl::Span<uintptr_t> out) const override {
    thread_local const uintptr_t end = StackEnd();
    if (end == 0) return 0;
    const auto* frame = static_cast<const Frame*>(__builtin_frame_address(0));
    size_t count = 0;
    // Code without frame pointers at the bottom of the stack, the C library's,
    // leaves anything in the register: only a chain that climbs is followed.
    while (count < out.size()) {
      const uintptr_t return_address = frame->return_address;
      if (return_address == 0) break;
      out[count++] = return_address;
      const Frame* caller = frame->caller;
      const auto address = reinterpret_cast<uintptr_t>(caller);
      if (caller <= frame || address % alignof(Frame) != 0 ||
          address > end - sizeof(Frame)) {
        break;
      }
      frame = caller;
    }
    return count;
  }
};

}  // namespace

const Unwinder* FramePointerUnwinder() {
  static const FramePointerWalk unwinder;
  return &unwinder;
}

#else

const Unwinder* FramePointerUnwinder() { return nullptr; }

#endif

}  // namespace pagelab
