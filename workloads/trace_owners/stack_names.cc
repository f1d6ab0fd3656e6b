#include "pagelab/workloads/trace_owners/stack_names.h"

#include <algorithm>
#include <array>
#include <vector>

#include "pagelab/workloads/trace_owners/stack_table.h"

namespace pagelab {
namespace {

// page-ext-owner-depot.md 4.6.
constexpr size_t kPageOwnerFrames = 16;

// The function that holds the tracepoint mm_page_alloc, in several kernels.
constexpr std::array<std::string_view, 4> kEntries = {
    "__alloc_pages_noprof", "__alloc_frozen_pages_noprof", "__alloc_pages",
    "__alloc_pages_nodemask"};

// " func+0x1a/0x2b [mod]" without the offset and size.
std::string_view NameOf(std::string_view line) {
  return line.substr(1, line.find('+') - 1);
}

std::vector<std::string_view> Names(std::string_view stack) {
  std::vector<std::string_view> names;
  while (!stack.empty()) {
    const size_t newline = std::min(stack.find('\n'), stack.size() - 1);
    names.push_back(NameOf(stack.substr(0, newline)));
    stack.remove_prefix(newline + 1);
  }
  return names;
}

// From the allocator's entry on; everything, where it has none.
void DropInnerFrames(std::vector<std::string_view>& names) {
  const auto entry = std::find_first_of(names.begin(), names.end(),
                                        kEntries.begin(), kEntries.end());
  if (entry != names.end()) names.erase(names.begin(), entry);
}

}  // namespace

bool SameCallChain(std::string_view dumped, std::string_view traced) {
  std::vector<std::string_view> dump = Names(dumped);
  std::vector<std::string_view> trace = Names(traced);
  const bool cut = dump.size() >= kPageOwnerFrames;
  DropInnerFrames(dump);
  DropInnerFrames(trace);
  // Both were cut at about the same place.
  if (cut && dump.size() > trace.size() &&
      trace.size() >= size_t{StackTable::kMaxFrames}) {
    dump.resize(trace.size());
  }
  if (cut && trace.size() > dump.size()) trace.resize(dump.size());
  return dump == trace;
}

}  // namespace pagelab
