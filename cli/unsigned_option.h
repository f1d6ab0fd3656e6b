#ifndef PAGELAB_CLI_UNSIGNED_OPTION_H_
#define PAGELAB_CLI_UNSIGNED_OPTION_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>

namespace pagelab {

// Whole numbers of [least, most], decimal, or hexadecimal after 0x. For
// ->transform(), before other checks: CLI11 alone takes 010 for 8, and a number
// that is too large for the largest there is.
CLI::Validator UnsignedOption(
    uint64_t least = 0, uint64_t most = std::numeric_limits<uint64_t>::max());

}  // namespace pagelab

#endif  // PAGELAB_CLI_UNSIGNED_OPTION_H_
