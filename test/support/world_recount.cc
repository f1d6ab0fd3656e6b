#include "pagelab/test/support/world_recount.h"

#include <map>

#include "fmt/format.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/stat_totals.h"
#include "pagelab/alloc/verify.h"

namespace pagelab {
namespace {

// fn(head, pages) for every allocated block.
template <class Fn>
void ForEachAllocated(const Machine& machine, Fn fn) {
  const AllocatorState& state = machine.state();
  for (Pfn pfn(0); pfn < state.memory->max_pfn();) {
    const FrameExtent extent = ExtentAt(state, pfn);
    if (extent.kind == FrameExtent::Kind::kAllocated) {
      fn(extent.range.begin, extent.range.size().value());
    }
    pfn = extent.range.end;
  }
}

class Recount {
 public:
  Recount(KernelWorld& world, std::vector<std::string>& findings)
      : world_(world), state_(world.machine().state()), findings_(findings) {
    ForEachAllocated(world.machine(),
                     [this](Pfn head, uint64_t pages) { Count(head, pages); });
  }

  void Compare() {
    for (const NodeStat stat :
         {NodeStat::kInactiveAnon, NodeStat::kActiveAnon,
          NodeStat::kInactiveFile, NodeStat::kActiveFile,
          NodeStat::kUnevictable, NodeStat::kAnonPages, NodeStat::kFilePages,
          NodeStat::kShmem, NodeStat::kDirty, NodeStat::kWriteback,
          NodeStat::kAnonTransparentHugepages}) {
      const uint64_t kept = TotalOf(state_, stat);
      if (kept == counted_[stat]) continue;
      findings_.push_back(fmt::format("{} {}, counted {}", ToString(stat), kept,
                                      counted_[stat]));
    }
  }

  uint64_t allocated() const { return allocated_; }

 private:
  void Count(Pfn head, uint64_t pages) {
    allocated_ += pages;
    const Page& page = *state_.memory->PageAt(head);
    const FolioUse use = world_.frames().Get(head);
    if (page.flags.Has(page_flag::kLru)) {
      counted_[static_cast<NodeStat>(Index(LruListOf(page.flags)))] += pages;
      if (use.kind == FolioKind::kNone) {
        findings_.push_back(fmt::format(
            "pfn {:#x}: on an LRU list, and nobody's", head.value()));
      }
    }
    switch (use.kind) {
      case FolioKind::kAnonymous:
        counted_[NodeStat::kAnonPages] += pages;
        if (pages > 1) {
          counted_[NodeStat::kAnonTransparentHugepages] += pages;
        }
        break;
      case FolioKind::kShmem:
        counted_[NodeStat::kShmem] += pages;
        counted_[NodeStat::kFilePages] += pages;
        break;
      case FolioKind::kPageCache:
        counted_[NodeStat::kFilePages] += pages;
        if (page.flags.Has(page_flag::kDirty)) {
          counted_[NodeStat::kDirty] += pages;
        }
        if (page.flags.Has(page_flag::kWriteback)) {
          counted_[NodeStat::kWriteback] += pages;
        }
        break;
      default:
        break;
    }
  }

  KernelWorld& world_;
  const AllocatorState& state_;
  std::vector<std::string>& findings_;
  std::map<NodeStat, uint64_t> counted_;
  uint64_t allocated_ = 0;
};

}  // namespace

uint64_t AllocatedPages(const Machine& machine) {
  uint64_t all = 0;
  ForEachAllocated(machine, [&all](Pfn, uint64_t pages) { all += pages; });
  return all;
}

std::vector<std::string> RecountWorld(KernelWorld& world,
                                      uint64_t allocated_before) {
  std::vector<std::string> findings = Verify(world.machine().state());
  Recount recount(world, findings);
  recount.Compare();
  const uint64_t expected = allocated_before + world.held().value();
  if (recount.allocated() != expected) {
    findings.push_back(fmt::format("{} pages are allocated, {} have an owner",
                                   recount.allocated(), expected));
  }
  return findings;
}

}  // namespace pagelab
