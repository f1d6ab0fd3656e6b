#include "pagelab/workloads/scripted_stack.h"

#include <algorithm>
#include <bit>
#include <string>

#include "absl/strings/ascii.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/kernel/kernel_path.h"

namespace pagelab {
namespace {

const KernelFunction* FindKernelFunction(const StackFrame& frame) {
  for (const KernelFunction& function : KernelFunctions()) {
    if (function.name == frame.function && function.module == frame.module) {
      return &function;
    }
  }
  return nullptr;
}

SymbolicFrame Complete(const StackFrame& frame) {
  constexpr uint64_t kUsualSize = 0x100;
  SymbolicFrame whole{.name = frame.function, .module = frame.module};
  const KernelFunction* known = FindKernelFunction(frame);
  if (frame.size.has_value()) {
    whole.size = *frame.size;
  } else if (known != nullptr) {
    whole.size = known->size;
  } else {
    whole.size =
        std::max(kUsualSize, std::bit_ceil(frame.offset.value_or(0) + 1));
  }
  if (frame.offset.has_value()) {
    whole.offset = *frame.offset;
  } else if (known != nullptr && known->size == whole.size) {
    whole.offset = known->allocator_call;
  } else {
    whole.offset = whole.size / 2;
  }
  return whole;
}

}  // namespace

absl::StatusOr<std::vector<SimAddress>> ResolveStack(const Scenario& scenario,
                                                     const ScriptedStack& stack,
                                                     SymbolTable& symbols) {
  std::vector<SimAddress> frames;
  frames.reserve(stack.frames.size());
  for (const StackFrame& frame : stack.frames) {
    const absl::StatusOr<SimAddress> address =
        symbols.AddressOf(Complete(frame));
    if (!address.ok()) {
      return InvalidInputAt(scenario.At(frame.position),
                            FromAbsl(address.status().message()));
    }
    frames.push_back(*address);
  }
  return frames;
}

std::vector<SimAddress> OwnStack(std::string_view task_name,
                                 SymbolTable& symbols) {
  std::string function;
  for (const char c : task_name) function += absl::ascii_isalnum(c) ? c : '_';
  if (function.empty() || absl::ascii_isdigit(function[0])) {
    function.insert(0, 1, '_');
  }
  function += "_thread+0x80/0x100 [scenario]";
  std::vector<SimAddress> frames;
  for (const std::string_view frame :
       {std::string_view("alloc_pages_mpol_noprof+0x8a/0x1d0"),
        std::string_view(function), std::string_view("kthread+0xbb/0xe0"),
        std::string_view("ret_from_fork+0x2f/0x50"),
        std::string_view("ret_from_fork_asm+0x1a/0x30")}) {
    const absl::StatusOr<SimAddress> address = symbols.InternFrame(frame);
    if (!address.ok()) return {};
    frames.push_back(*address);
  }
  return frames;
}

}  // namespace pagelab
