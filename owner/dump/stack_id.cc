#include "pagelab/owner/dump/stack_id.h"

#include <xxhash.h>

#include "pagelab/base/text.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {
namespace {

// Without ".isra.0" and the like; a name may begin with a dot.
std::string_view WithoutSuffixes(std::string_view function) {
  return function.substr(0, function.find('.', 1));
}

}  // namespace

std::string StackKey(std::string_view frames, StackIdentity identity) {
  std::string key;
  for (const std::string_view frame : FramesOf(frames)) {
    key += ' ';
    if (identity == StackIdentity::kFrames) {
      key += frame;
    } else {
      key += WithoutSuffixes(SymbolOf(frame));
      const std::string_view module = ModuleOf(frame);
      if (!module.empty()) {
        key += " [";
        key += module;
        key += ']';
      }
    }
    key += '\n';
  }
  return key;
}

uint64_t StackId(std::string_view frames, StackIdentity identity) {
  const std::string key = StackKey(frames, identity);
  return XXH3_64bits(key.data(), key.size());
}

std::string StackIdText(uint64_t id) {
  std::string text;
  AppendHexZeroPadded(text, id, kMaxHexDigits);
  return text;
}

}  // namespace pagelab
