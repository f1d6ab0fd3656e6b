#ifndef PAGELAB_OWNER_DUMP_STACK_ID_H_
#define PAGELAB_OWNER_DUMP_STACK_ID_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace pagelab {

// What two stacks must share to count as one.
enum class StackIdentity : uint8_t {
  // Every symbol with its offset and size: the same build, on any boot.
  kFrames,
  // The names of the functions and modules: other builds as well. What a
  // compiler appends to a name (".isra.0", ".constprop.3", ".cold") is left
  // out.
  kFunctions,
};

// The stack's text as far as it counts, a line for each frame with a blank in
// front: by frames, what kernels without addresses print is its own key.
std::string StackKey(std::string_view frames, StackIdentity identity);

// A number for the stack that is the same on every boot, in every dump and
// program run: XXH3 of its key.
uint64_t StackId(std::string_view frames, StackIdentity identity);

// As 16 hexadecimal digits.
std::string StackIdText(uint64_t id);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_STACK_ID_H_
