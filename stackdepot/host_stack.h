// From the host's call stack to the simulated kernel's.

#ifndef PAGELAB_STACKDEPOT_HOST_STACK_H_
#define PAGELAB_STACKDEPOT_HOST_STACK_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/stackdepot/kernel_function.h"
#include "pagelab/stackdepot/symbol_table.h"
#include "pagelab/stackdepot/unwinder.h"

namespace pagelab {

// Finds the simulated kernel's functions among host return addresses and gives
// each frame the address that its call site has in the symbol table, so that
// compiler, optimisation and load address leave no trace in a result
// (DESIGN.md decision 9). Copyable. Thread-compatible.
//
//  H1  A function reaches from its start to that of the next one in the list,
//      or to the end of the section.
class HostStackTranslator {
 public:
  // Adds the functions, in the order of the list, and their call sites to
  // `symbols`. An error when a function is listed twice, lies outside
  // `section`, calls what is not listed, or calls from outside itself.
  static absl::StatusOr<HostStackTranslator> Create(
      absl::Span<const KernelFunction> functions, HostTextRange section,
      SymbolTable& symbols);

  // Fills `out` with the simulated frames, innermost first, and returns how
  // many there are; host frames that are no kernel function are left out.
  // `symbols` is the table given to Create(), or a copy of it.
  // A call that the list of functions does not have is a failed check.
  size_t Translate(absl::Span<const uintptr_t> host, const SymbolTable& symbols,
                   absl::Span<SimAddress> out) const;

 private:
  struct Function {
    uintptr_t host = 0;
    SymbolId symbol{};
    SimAddress allocator_call = 0;
  };

  HostStackTranslator() = default;
  absl::Status AddFunction(const KernelFunction& function,
                           SymbolTable& symbols);
  const Function* Find(uintptr_t return_address) const;

  HostTextRange section_;
  // Ascending by host address.
  std::vector<Function> functions_;
};

// How requests of StackKind::kHost get their stack. Both outlive it.
struct HostStacks {
  const Unwinder* unwinder = nullptr;
  const HostStackTranslator* translator = nullptr;

  // Fills `out` with the simulated frames of its caller, innermost first, and
  // returns how many there are: none without an unwinder or translator.
  size_t Capture(const SymbolTable& symbols, absl::Span<SimAddress> out) const;
};

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_HOST_STACK_H_
