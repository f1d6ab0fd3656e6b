#ifndef PAGELAB_SIM_SYMBOL_CALL_SITES_H_
#define PAGELAB_SIM_SYMBOL_CALL_SITES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "pagelab/pageext/code_tag.h"
#include "pagelab/stackdepot/host_stack.h"
#include "pagelab/stackdepot/symbol_table.h"

namespace pagelab {

// Finds the calls that lead to the allocator in a request's stack, and names
// their places in the source by the symbol table.
//
// Functions whose name ends in "_noprof" are helpers: in the kernel they are
// what the allocation macros wrap, and have no tag of their own.
// Thread-compatible.
class SymbolCallSites final : public CallSites {
 public:
  // Outlives it.
  explicit SymbolCallSites(const SymbolTable& symbols) : symbols_(symbols) {}

  // For requests of StackKind::kHost; without this they have no calls.
  void UseHostStacks(const HostStacks& host) { host_ = host; }

  // Where a function is in the source. Lines of its calls are made up: one for
  // every 16 bytes of its code after `line`.
  void AddSource(std::string_view function, std::string_view module,
                 std::string_view file, uint32_t line);
  bool HasSource(std::string_view function, std::string_view module) const;

  // CallSites. A function without a source has the file "unknown", and the
  // call's offset for a line.
  size_t CallsOf(const ExecutionContext& context,
                 absl::Span<SimAddress> calls) const override;
  std::optional<CodeTag> TagOf(SimAddress call) const override;

  static bool IsHelper(std::string_view function);

 private:
  struct Place {
    std::string file;
    uint32_t line = 0;
  };
  using FunctionKey = std::pair<std::string, std::string>;

  const SymbolTable& symbols_;
  HostStacks host_;
  std::map<FunctionKey, Place> sources_;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_SYMBOL_CALL_SITES_H_
