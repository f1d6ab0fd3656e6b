#ifndef PAGELAB_PAGEEXT_HEX_DUMP_H_
#define PAGELAB_PAGEEXT_HEX_DUMP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace pagelab {

// The lines in which the kernel prints bytes: 16 to a line, each as two hex
// digits, then the same as text, dots for what ASCII cannot print. `address` is
// that of the first byte.
// Kernel counterpart: print_hex_dump() with DUMP_PREFIX_ADDRESS, rows of 16 and
// groups of 1, with ASCII.
std::vector<std::string> HexDumpLines(uint64_t address,
                                      absl::Span<const std::byte> bytes);

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_HEX_DUMP_H_
