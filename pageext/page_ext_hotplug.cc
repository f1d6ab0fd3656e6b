// What page_ext does when memory comes and goes (page-ext-owner-depot.md 1.7).

#include <vector>

#include "pagelab/pageext/page_ext.h"

namespace pagelab {

bool PageExt::GoingOnline(ExecutionContext& context, PfnRange range,
                          NodeId node) {
  if (!active_ || range.empty()) return true;
  const uint64_t boot_bytes = total_bytes_;
  const uint64_t last = state_.memory->SectionOf(range.end - PageCount(1));
  std::vector<uint64_t> made;
  bool made_all = true;
  for (uint64_t s = state_.memory->SectionOf(range.begin);
       made_all && s <= last; ++s) {
    if (page_ext_[s] != 0) continue;
    made_all = InitSection(context, s, node).ok();
    if (made_all) made.push_back(s);
  }
  total_bytes_ = boot_bytes;
  if (made_all) return true;
  for (const uint64_t section : made) FreeTable(context, section);
  return false;
}

void PageExt::CancelOnline(ExecutionContext& context, PfnRange range) {
  Offline(context, range);
}

void PageExt::Offline(ExecutionContext& context, PfnRange range) {
  InvalidateSections(range);
  // Here the kernel waits until nobody reads an entry any more. One thread
  // runs a machine: nobody does.
  FreeSections(context, range);
}

}  // namespace pagelab
