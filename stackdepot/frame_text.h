// The text of one stack frame.

#ifndef PAGELAB_STACKDEPOT_FRAME_TEXT_H_
#define PAGELAB_STACKDEPOT_FRAME_TEXT_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/stackdepot/symbol_table.h"

namespace pagelab {

// "name+0xoffset/0xsize [module]"; everything behind the name may be missing.
// The views are into `text`.
absl::StatusOr<SymbolicFrame> ParseFrame(std::string_view text);

// The value of "0x1f"; nothing when that is not what it is.
std::optional<uint64_t> ParseHexAddress(std::string_view text);

// Whether a function or module may be called that.
absl::Status CheckSymbolName(std::string_view what, std::string_view name);

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_FRAME_TEXT_H_
