// How much memory a test holds.

#ifndef PAGELAB_TEST_SUPPORT_HEAP_H_
#define PAGELAB_TEST_SUPPORT_HEAP_H_

#include <malloc.h>

#include <cstdint>

namespace pagelab {

// Bytes that malloc() has given out. 0 with another malloc(), as that of the
// address sanitizer.
inline int64_t HeapBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
}

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_HEAP_H_
