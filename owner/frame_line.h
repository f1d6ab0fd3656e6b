#ifndef PAGELAB_OWNER_FRAME_LINE_H_
#define PAGELAB_OWNER_FRAME_LINE_H_

#include <string>

#include "pagelab/owner/owner_text_profile.h"
#include "pagelab/stackdepot/symbol_table.h"

namespace pagelab {

// Appends a frame of a stack as a line of a record or report, newline
// included.
void AppendFrameLine(std::string& out, SimAddress frame,
                     const SymbolTable& symbols, FrameStyle style);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_FRAME_LINE_H_
