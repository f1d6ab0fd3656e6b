// The symbols of the simulated kernel: names for addresses and back.

#ifndef PAGELAB_STACKDEPOT_SYMBOL_TABLE_H_
#define PAGELAB_STACKDEPOT_SYMBOL_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/stackdepot/text_layout.h"

namespace pagelab {

// A symbol, in order of arrival.
enum class SymbolId : uint32_t {};

// One line of a stack trace, taken apart.
struct SymbolicFrame {
  std::string_view name;
  uint64_t offset = 0;
  // 0: not known. Then `offset` is 0 too.
  uint64_t size = 0;
  // Empty: the kernel itself.
  std::string_view module;
};

// Assigns every function a place in the simulated kernel's text, in order of
// arrival and so the same in every run. Interrupt entries, recognised by name,
// go to kIrqEntryText, modules to kModuleText, the rest to kKernelText.
// Copyable; a copy gives the same addresses as the original.
// Thread-compatible: one machine, one thread.
//
//  T1  Symbols do not overlap and start at multiples of 16.
//  T2  A name with another size or module is another symbol.
//
// Kernel counterpart: kallsyms.
class SymbolTable {
 public:
  SymbolTable() = default;

  // The symbol with that name, size and module, new or not. An error when the
  // name is none or the text is full.
  absl::StatusOr<SymbolId> AddFunction(std::string_view name, uint64_t size,
                                       std::string_view module = {});
  SimAddress StartOf(SymbolId symbol) const;
  std::string_view NameOf(SymbolId symbol) const;

  // The address that prints as this frame; its function is added if need be.
  absl::StatusOr<SimAddress> AddressOf(const SymbolicFrame& frame);
  // As above, of text: "name+0x1f/0x90", "name+0x1f/0x90 [module]", or only
  // "name" or "name [module]" where no more is known, which prints as
  // "name+0x0/0x0". "0x1234", an address without a name, prints as it is.
  absl::StatusOr<SimAddress> InternFrame(std::string_view text);

  // "name+0x1f/0x90 [module]", or "0x<hex>" outside every symbol.
  // Kernel counterpart: %pS.
  void AppendSymbol(std::string& out, SimAddress address) const;
  std::string ToText(SimAddress address) const;
  // Each frame on a line of its own, behind `spaces` + 1 blanks.
  // Kernel counterpart: stack_trace_snprint().
  void AppendTrace(std::string& out, absl::Span<const SimAddress> frames,
                   int spaces) const;

  // Whether a stack ends there for the stack depot. Kernel counterpart:
  // in_irqentry_text().
  static bool IsIrqEntry(SimAddress address) {
    return kIrqEntryText.Contains(address);
  }

  // --- call sites: where one function calls another ---

  // An error when `offset` is not inside `caller`, or the pair has another.
  absl::Status AddCallSite(SymbolId caller, SymbolId callee, uint64_t offset);
  // The return address in `caller`.
  std::optional<SimAddress> CallSite(SymbolId caller, SymbolId callee) const;

  // --- checkpoints: the table only grows ---

  struct Mark {
    size_t nr_symbols = 0;
    size_t nr_call_sites = 0;
  };
  Mark CurrentMark() const { return {symbols_.size(), call_sites_.size()}; }
  // Forgets what came after `mark`. REQUIRES: `mark` is of this table, or of
  // the one that this is a copy of, and no longer than it.
  void TruncateTo(Mark mark);

 private:
  enum Section : uint8_t { kText, kIrqEntry, kModules, kNrSections };

  struct Symbol {
    std::string name = {};
    std::string module = {};
    SimAddress start = 0;
    uint64_t size = 0;
    Section section = kText;
    // An address without a name, printed as `name`.
    bool bare_address = false;

    SimAddress end() const { return start + (size == 0 ? 1 : size); }
  };

  struct CallSiteEntry {
    uint64_t key = 0;
    SimAddress address = 0;
  };

  static Section SectionFor(std::string_view name, std::string_view module);
  static std::string KeyOf(const Symbol& symbol);
  static uint64_t KeyOf(SymbolId caller, SymbolId callee);
  absl::StatusOr<SymbolId> Add(Symbol symbol);
  const Symbol& At(SymbolId symbol) const {
    return symbols_[static_cast<size_t>(symbol)];
  }
  const Symbol* Find(SimAddress address) const;

  std::vector<Symbol> symbols_;
  // The symbols of each section, ascending.
  std::array<std::vector<SymbolId>, kNrSections> sections_;
  absl::flat_hash_map<std::string, SymbolId> by_key_;
  std::vector<CallSiteEntry> call_sites_;
  absl::flat_hash_map<uint64_t, SimAddress> call_site_by_key_;
  // What InternFrame() answered before. A pure cache.
  absl::flat_hash_map<std::string, SimAddress> interned_;
};

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_SYMBOL_TABLE_H_
