#include "pagelab/workloads/frag/pageblock_report.h"

#include <algorithm>
#include <tuple>

namespace pagelab {
namespace {

class Reporter {
 public:
  explicit Reporter(const PageblockMap& map) : map_(map) {
    report_.order = map.order();
    report_.knows_free_lists = map.knows_free_lists();
    report_.has_owners = map.has_owners();
    report_.total = map.nr_blocks();
    report_.free = map.wholly_free();
    for (const PageblockMap::Owner& owner : map.owners()) {
      report_.owners.push_back({.name = owner.name, .special = owner.special});
    }
  }

  void Add(uint64_t number, const PageblockUse& use) {
    ++seen_;
    for (const OwnerShare& share : use.owners) {
      report_.owners[share.owner].pages += share.pages();
      report_.owners[share.owner].unmovable += share.unmovable;
    }
    if (IsUntracked(use)) {
      ++report_.untracked;
    } else if (use.in_use() == 0) {
      ++(use.pcp == 0 ? report_.free : report_.on_pcp);
    } else if (use.is_one_block) {
      ++report_.one_block;
    } else {
      ++(use.unmovable == 0 ? report_.movable : report_.unmovable);
      CountOwners(use);
      candidates_.push_back({number, &use});
    }
  }

  PageblockReport Finish(size_t max_nearest) {
    // What nobody has listed, recorded or put aside.
    const uint64_t known = seen_ + map_.wholly_free();
    if (report_.knows_free_lists && report_.total > known) {
      report_.untracked += report_.total - known;
    }
    AddNearest(max_nearest);
    SortOwners();
    return std::move(report_);
  }

 private:
  struct Candidate {
    uint64_t number;
    const PageblockUse* use;
  };

  bool IsUntracked(const PageblockUse& use) const {
    return report_.knows_free_lists &&
           use.free + use.pcp + use.in_use() < map_.pages_per_block();
  }
  void CountOwners(const PageblockUse& use);
  void AddNearest(size_t max_nearest);
  void SortOwners();

  const PageblockMap& map_;
  PageblockReport report_;
  uint64_t seen_ = 0;
  std::vector<Candidate> candidates_;
};

// In a pageblock that could be free.
void Reporter::CountOwners(const PageblockUse& use) {
  if (use.owners.size() == 1) {
    BlockingOwner& owner = report_.owners[use.owners[0].owner];
    ++owner.blocks;
    owner.block_pages += use.owners[0].pages();
  }
  const OwnerShare* only = nullptr;
  size_t unmovable_owners = 0;
  for (const OwnerShare& share : use.owners) {
    ++report_.owners[share.owner].in_blocks;
    if (share.unmovable == 0) continue;
    ++unmovable_owners;
    only = &share;
  }
  if (unmovable_owners != 1) return;
  ++report_.owners[only->owner].compacted_blocks;
  report_.owners[only->owner].compacted_pages += only->unmovable;
}

void Reporter::AddNearest(size_t max_nearest) {
  const size_t kept = std::min(max_nearest, candidates_.size());
  std::partial_sort(
      candidates_.begin(), candidates_.begin() + static_cast<ptrdiff_t>(kept),
      candidates_.end(), [](const Candidate& a, const Candidate& b) {
        return std::tuple(a.use->unmovable, a.use->in_use(), a.number) <
               std::tuple(b.use->unmovable, b.use->in_use(), b.number);
      });
  for (size_t i = 0; i < kept; ++i) {
    const PageblockUse& use = *candidates_[i].use;
    const Pfn begin(candidates_[i].number << map_.order().value());
    NearBlock near;
    near.range = {begin, begin + PageCount(map_.pages_per_block())};
    if (use.type >= 0) near.type = map_.types()[static_cast<size_t>(use.type)];
    near.movable = use.movable;
    near.unmovable = use.unmovable;
    near.pcp = use.pcp;
    for (const OwnerShare& share : use.owners) {
      near.owners.push_back({.name = map_.owners()[share.owner].name,
                             .pages = share.pages(),
                             .unmovable = share.unmovable});
    }
    std::sort(near.owners.begin(), near.owners.end(),
              [](const NearBlock::Owner& a, const NearBlock::Owner& b) {
                return std::tuple(b.unmovable, b.pages, a.name) <
                       std::tuple(a.unmovable, a.pages, b.name);
              });
    report_.nearest.push_back(std::move(near));
  }
}

void Reporter::SortOwners() {
  std::vector<BlockingOwner>& owners = report_.owners;
  owners.erase(std::remove_if(owners.begin(), owners.end(),
                              [](const BlockingOwner& owner) {
                                return owner.in_blocks == 0;
                              }),
               owners.end());
  std::sort(owners.begin(), owners.end(),
            [](const BlockingOwner& a, const BlockingOwner& b) {
              return std::tuple(b.compacted_blocks, b.blocks, b.in_blocks,
                                b.pages, a.name) <
                     std::tuple(a.compacted_blocks, a.blocks, a.in_blocks,
                                a.pages, b.name);
            });
}

}  // namespace

PageblockReport ReportPageblocks(const PageblockMap& map, size_t max_nearest) {
  Reporter reporter(map);
  for (const auto& [number, use] : map.blocks()) reporter.Add(number, use);
  return reporter.Finish(max_nearest);
}

}  // namespace pagelab
