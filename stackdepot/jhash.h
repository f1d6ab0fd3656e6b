// The kernel's hash of word arrays: Bob Jenkins' lookup3.

#ifndef PAGELAB_STACKDEPOT_JHASH_H_
#define PAGELAB_STACKDEPOT_JHASH_H_

#include <cstdint>

#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"

namespace pagelab {

// Kernel counterpart: jhash2() (page-ext-owner-depot.md 16, vector 1).
uint32_t Jhash2(absl::Span<const uint32_t> words, uint32_t initval);

// Jhash2 of the frames as 32-bit words, low half first, on any host.
// Kernel counterpart: hash_stack().
uint32_t HashFrames(absl::Span<const SimAddress> frames, uint32_t seed);

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_JHASH_H_
