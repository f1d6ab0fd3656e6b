#include "pagelab/owner/frame_line.h"

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr int kAddressDigits = 16;

}  // namespace

void AppendFrameLine(std::string& out, SimAddress frame,
                     const SymbolTable& symbols, FrameStyle style) {
  out += ' ';
  if (style == FrameStyle::kAddress) {
    out += "[<";
    AppendHexZeroPadded(out, frame, kAddressDigits);
    out += ">] ";
  }
  symbols.AppendSymbol(out, frame);
  out += '\n';
}

}  // namespace pagelab
