// The host's own call stack.

#ifndef PAGELAB_STACKDEPOT_UNWINDER_H_
#define PAGELAB_STACKDEPOT_UNWINDER_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"

namespace pagelab {

class Unwinder {
 public:
  virtual ~Unwinder() = default;
  // Fills `out` with return addresses, innermost first, and returns how many
  // it got. The first may be the unwinder's own. Thread-safe.
  virtual size_t Capture(absl::Span<uintptr_t> out) const = 0;
};

// By unwind tables, so that no build flag is needed; about 10 ns a frame.
const Unwinder& LibunwindUnwinder();

// By the chain of frame pointers, about 1 ns a frame. Code that is built
// without them ends the chain where it is called: everything here is built with
// them. Null on other processors than x86-64.
const Unwinder* FramePointerUnwinder();

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_UNWINDER_H_
