// How a host function says that it is a function of the simulated kernel.

#ifndef PAGELAB_STACKDEPOT_KERNEL_FUNCTION_H_
#define PAGELAB_STACKDEPOT_KERNEL_FUNCTION_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

// In front of the definition of a free function that is neither inline nor a
// template. It keeps its frame and its name: never inlined, cloned or split,
// and apart from everything else. The file is compiled with
// PAGELAB_KERNEL_FUNCTION_OPTIONS (stackdepot/CMakeLists.txt), or a call in
// tail position would lose the caller's frame.
#ifdef __clang__
#define PAGELAB_KERNEL_FUNCTION                                    \
  [[gnu::noinline, gnu::section("pagelab_kernel_text"), gnu::used, \
    clang::disable_tail_calls]]
#else
#define PAGELAB_KERNEL_FUNCTION \
  [[gnu::noinline, gnu::noipa, gnu::section("pagelab_kernel_text"), gnu::used]]
#endif

// Bounds of the section, from the linker.
extern "C" {
[[gnu::visibility("hidden")]] extern const char __start_pagelab_kernel_text[];
[[gnu::visibility("hidden")]] extern const char __stop_pagelab_kernel_text[];
}

namespace pagelab {

// A place where a simulated kernel function calls another one.
struct KernelCall {
  std::string_view callee;
  // Of the return address, from the start of the caller.
  uint64_t offset = 0;
};

// What the symbol table knows of a host function. A program lists all
// functions marked PAGELAB_KERNEL_FUNCTION.
struct KernelFunction {
  std::string_view name;
  // The host's function: HostAddress(&function).
  uintptr_t host = 0;
  // Simulated, in bytes; not the host's.
  uint64_t size = 0;
  // Return address of the call by which this function enters the allocator,
  // whichever of the allocator's functions that is.
  uint64_t allocator_call = 0;
  // Calls of other functions in the list.
  absl::Span<const KernelCall> calls;
  std::string_view module = {};
};

template <typename Result, typename... Args>
uintptr_t HostAddress(Result (*function)(Args...)) {
  return reinterpret_cast<uintptr_t>(function);
}

// [begin, end) of host addresses.
struct HostTextRange {
  uintptr_t begin = 0;
  uintptr_t end = 0;
};

// Where the functions marked PAGELAB_KERNEL_FUNCTION lie. Links only into a
// program that has some.
inline HostTextRange KernelFunctionSection() {
  return {reinterpret_cast<uintptr_t>(__start_pagelab_kernel_text),
          reinterpret_cast<uintptr_t>(__stop_pagelab_kernel_text)};
}

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_KERNEL_FUNCTION_H_
