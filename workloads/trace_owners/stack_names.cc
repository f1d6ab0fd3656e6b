#include "pagelab/workloads/trace_owners/stack_names.h"

#include <algorithm>
#include <array>
#include <vector>

#include "pagelab/owner/own_frame.h"
#include "pagelab/workloads/trace_owners/stack_table.h"

namespace pagelab {
namespace {

// page-ext-owner-depot.md 4.6.
constexpr size_t kPageOwnerFrames = 16;

// The function that holds the tracepoint mm_page_alloc, in several kernels.
constexpr std::array<std::string_view, 4> kEntries = {
    "__alloc_pages_noprof", "__alloc_frozen_pages_noprof", "__alloc_pages",
    "__alloc_pages_nodemask"};

std::vector<std::string_view> Names(std::string_view stack) {
  std::vector<std::string_view> names = FramesOf(stack);
  for (std::string_view& name : names) name = SymbolOf(name);
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
