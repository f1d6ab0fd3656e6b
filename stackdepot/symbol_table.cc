#include "pagelab/stackdepot/symbol_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/stackdepot/frame_text.h"

namespace pagelab {
namespace {

constexpr uint64_t kFunctionAlignment = 16;

constexpr std::array<TextRange, 3> kSections = {kKernelText, kIrqEntryText,
                                                kModuleText};

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

// On x86-64 the hard-interrupt range holds the assembly stubs of exceptions
// and interrupts and no C function. Recorded dumps confirm it: every stack
// with asm_exc_page_fault in it ends there, also those of faults taken by the
// kernel, which the trace of the same machine shows with their callers.
// handle_softirqs() is not in the soft-interrupt range; __do_softirq() is.
SymbolTable::Section SymbolTable::SectionFor(std::string_view name,
                                             std::string_view module) {
  if (!module.empty()) return kModules;
  const bool is_entry =
      StartsWith(name, "asm_exc_") || StartsWith(name, "asm_sysvec_") ||
      name == "asm_common_interrupt" || name == "asm_spurious_interrupt" ||
      name == "__do_softirq";
  return is_entry ? kIrqEntry : kText;
}

absl::StatusOr<SymbolId> SymbolTable::AddFunction(std::string_view name,
                                                  uint64_t size,
                                                  std::string_view module) {
  PAGELAB_RETURN_IF_ERROR(CheckSymbolName("function", name));
  if (!module.empty()) {
    PAGELAB_RETURN_IF_ERROR(CheckSymbolName("module", module));
  }
  return Add({.name = std::string(name),
              .module = std::string(module),
              .size = size,
              .section = SectionFor(name, module)});
}

absl::StatusOr<SymbolId> SymbolTable::Add(Symbol symbol) {
  const auto id = static_cast<SymbolId>(symbols_.size());
  std::string key = KeyOf(symbol);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    return found->second;
  }
  std::vector<SymbolId>& section = sections_[symbol.section];
  const TextRange& range = kSections[symbol.section];
  const SimAddress after =
      section.empty() ? range.begin : At(section.back()).end();
  symbol.start = (after + kFunctionAlignment - 1) & ~(kFunctionAlignment - 1);
  if (symbol.start >= range.end || symbol.size > range.end - symbol.start) {
    return absl::ResourceExhaustedError(fmt::format(
        "function \"{}\" of {:#x} bytes does not fit: {:#x} bytes of its part "
        "of the simulated kernel's text are left",
        symbol.name, symbol.size,
        symbol.start < range.end ? range.end - symbol.start : 0));
  }
  section.push_back(id);
  by_key_.emplace(std::move(key), id);
  symbols_.push_back(std::move(symbol));
  return id;
}

std::string SymbolTable::KeyOf(const Symbol& symbol) {
  std::string key = symbol.name;
  key += symbol.bare_address ? '=' : '/';
  AppendHex(key, symbol.size);
  key += ' ';
  key += symbol.module;
  return key;
}

SimAddress SymbolTable::StartOf(SymbolId symbol) const {
  return At(symbol).start;
}

std::string_view SymbolTable::NameOf(SymbolId symbol) const {
  return At(symbol).name;
}

// --- frames ---

absl::StatusOr<SimAddress> SymbolTable::AddressOf(const SymbolicFrame& frame) {
  const bool inside =
      frame.offset < frame.size || (frame.offset == 0 && frame.size == 0);
  if (!inside) {
    return InvalidInput(fmt::format(
        "stack frame \"{}+{:#x}/{:#x}\": the offset must be below the size",
        frame.name, frame.offset, frame.size));
  }
  PAGELAB_ASSIGN_OR_RETURN(const SymbolId symbol,
                           AddFunction(frame.name, frame.size, frame.module));
  return StartOf(symbol) + frame.offset;
}

absl::StatusOr<SimAddress> SymbolTable::InternFrame(std::string_view text) {
  if (const auto found = interned_.find(ToAbsl(text));
      found != interned_.end()) {
    return found->second;
  }
  SimAddress address = 0;
  if (const auto value = ParseHexAddress(text); value.has_value()) {
    PAGELAB_ASSIGN_OR_RETURN(
        const SymbolId symbol,
        Add({.name = fmt::format("{:#x}", *value), .bare_address = true}));
    address = StartOf(symbol);
  } else {
    PAGELAB_ASSIGN_OR_RETURN(const SymbolicFrame frame, ParseFrame(text));
    PAGELAB_ASSIGN_OR_RETURN(address, AddressOf(frame));
  }
  interned_.emplace(text, address);
  return address;
}

const SymbolTable::Symbol* SymbolTable::Find(SimAddress address) const {
  for (size_t i = 0; i < kSections.size(); ++i) {
    if (!kSections[i].Contains(address)) continue;
    const std::vector<SymbolId>& section = sections_[i];
    const auto after = std::partition_point(
        section.begin(), section.end(),
        [this, address](SymbolId id) { return At(id).start <= address; });
    if (after == section.begin()) return nullptr;
    const Symbol& symbol = At(*(after - 1));
    return address < symbol.end() ? &symbol : nullptr;
  }
  return nullptr;
}

void SymbolTable::AppendSymbol(std::string& out, SimAddress address) const {
  const Symbol* symbol = Find(address);
  if (symbol == nullptr) {
    out += "0x";
    AppendHex(out, address);
    return;
  }
  out += symbol->name;
  if (symbol->bare_address) return;
  out += "+0x";
  AppendHex(out, address - symbol->start);
  out += "/0x";
  AppendHex(out, symbol->size);
  if (symbol->module.empty()) return;
  out += " [";
  out += symbol->module;
  out += ']';
}

std::string SymbolTable::ToText(SimAddress address) const {
  std::string text;
  AppendSymbol(text, address);
  return text;
}

void SymbolTable::AppendTrace(std::string& out,
                              absl::Span<const SimAddress> frames,
                              int spaces) const {
  for (const SimAddress frame : frames) {
    out.append(static_cast<size_t>(spaces) + 1, ' ');
    AppendSymbol(out, frame);
    out += '\n';
  }
}

// --- call sites ---

uint64_t SymbolTable::KeyOf(SymbolId caller, SymbolId callee) {
  return static_cast<uint64_t>(caller) << 32 | static_cast<uint64_t>(callee);
}

absl::Status SymbolTable::AddCallSite(SymbolId caller, SymbolId callee,
                                      uint64_t offset) {
  const Symbol& function = At(caller);
  // A return address is behind a call, so never the function's first byte.
  if (offset == 0 || offset >= function.size) {
    return InvalidInput(fmt::format(
        "{} calls {} at offset {:#x}: must be above 0 and below the size {:#x}",
        function.name, NameOf(callee), offset, function.size));
  }
  const uint64_t key = KeyOf(caller, callee);
  const SimAddress address = function.start + offset;
  const auto [entry, added] = call_site_by_key_.emplace(key, address);
  if (added) call_sites_.push_back({.key = key, .address = address});
  if (entry->second == address) return absl::OkStatus();
  return InvalidInput(fmt::format(
      "{} calls {} at offset {:#x} and at {:#x}: one call site a "
      "pair of functions",
      function.name, NameOf(callee), entry->second - function.start, offset));
}

std::optional<SimAddress> SymbolTable::CallSite(SymbolId caller,
                                                SymbolId callee) const {
  const auto found = call_site_by_key_.find(KeyOf(caller, callee));
  if (found == call_site_by_key_.end()) return std::nullopt;
  return found->second;
}

// --- checkpoints ---

void SymbolTable::TruncateTo(Mark mark) {
  PAGELAB_CHECK_LE(mark.nr_symbols, symbols_.size());
  PAGELAB_CHECK_LE(mark.nr_call_sites, call_sites_.size());
  if (mark.nr_symbols < symbols_.size()) interned_.clear();
  while (symbols_.size() > mark.nr_symbols) {
    by_key_.erase(KeyOf(symbols_.back()));
    sections_[symbols_.back().section].pop_back();
    symbols_.pop_back();
  }
  while (call_sites_.size() > mark.nr_call_sites) {
    call_site_by_key_.erase(call_sites_.back().key);
    call_sites_.pop_back();
  }
}

}  // namespace pagelab
