#include "pagelab/owner/sort/allocator_bits.h"

#include <array>

#include "pagelab/owner/sort/word_search.h"

namespace pagelab {
namespace {

constexpr std::string_view kVmallocSymbol = "__vmalloc_node_range";
constexpr std::string_view kAllocPages = "alloc_pages";

}  // namespace

AllocatorBits AllocatorOfPfnLine(std::string_view line) {
  AllocatorBits bits = 0;
  if (HasWord(line, "CMA")) bits |= kAllocatorCma;
  if (HasWord(line, "slab")) bits |= kAllocatorSlab;
  // The line is a string of C.
  if (bits != 0 && line.find('\0') != std::string_view::npos) {
    return AllocatorOfPfnLine(line.substr(0, line.find('\0')));
  }
  return bits;
}

bool IsVmalloc(std::string_view text) {
  const size_t symbol = FindWord(text, kVmallocSymbol);
  if (symbol == std::string_view::npos) return false;
  const size_t newline = text.substr(0, symbol).rfind('\n');
  size_t begin = 0;
  if (newline != std::string_view::npos) {
    // Behind the newline before that one, or at the start of the text.
    begin = text.substr(0, newline).rfind('\n') + 1;
  }
  return FindWord(text, kAllocPages, begin) < symbol;
}

VmallocSymbol FindVmalloc(std::string_view stack) {
  const size_t symbol = FindWord(stack, kVmallocSymbol);
  if (symbol == std::string_view::npos) return VmallocSymbol::kNowhere;
  if (stack.find('\n') > symbol) return VmallocSymbol::kFirstLine;
  return IsVmalloc(stack) ? VmallocSymbol::kVmalloc : VmallocSymbol::kOther;
}

AllocatorBits CombineAllocator(AllocatorBits pfn_line, bool vmalloc) {
  if (vmalloc) pfn_line |= kAllocatorVmalloc;
  return pfn_line == 0 ? kAllocatorOthers : pfn_line;
}

std::string_view AllocatorText(AllocatorBits bits) {
  // By the bits of CMA, SLAB and VMALLOC.
  static constexpr std::array<std::string_view, 8> kTexts = {
      "OTHERS ",  "CMA ",         "SLAB ",         "CMA SLAB ",
      "VMALLOC ", "CMA VMALLOC ", "SLAB VMALLOC ", "CMA SLAB VMALLOC "};
  return kTexts[(bits >> 1) & 7];
}

}  // namespace pagelab
