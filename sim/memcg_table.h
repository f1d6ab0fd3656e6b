#ifndef PAGELAB_SIM_MEMCG_TABLE_H_
#define PAGELAB_SIM_MEMCG_TABLE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/memcg_word.h"
#include "pagelab/alloc/page_flags.h"
#include "pagelab/alloc/types.h"
#include "pagelab/owner/memcg_line.h"

namespace pagelab {

// What a page is to its cgroup.
enum class MemcgUse : uint8_t { kNone, kUser, kKernel, kSlab };

// What happened to a cgroup at its limits. Kernel counterpart:
// enum memcg_memory_event, in the order of memory.events.
enum class MemcgEvent : uint8_t {
  kLow,
  kHigh,
  kMax,
  kOom,
  kOomKill,
  kOomGroupKill
};
inline constexpr int kNrMemcgEvents = 6;

// What a cgroup holds, and may hold. Kernel counterpart: struct mem_cgroup.
struct MemcgAccount {
  static constexpr PageCount kNoLimit = PageCount(UINT64_MAX);

  // In pages.
  int64_t user = 0;
  // Those of `user` that are swapbacked: anonymous memory and tmpfs.
  int64_t anon = 0;
  int64_t kernel = 0;
  // Objects of slabs, in bytes: whose object it is pays, not whose slab.
  int64_t slab_bytes = 0;
  int64_t peak = 0;
  PageCount max = kNoLimit;
  PageCount high = kNoLimit;
  std::array<uint64_t, kNrMemcgEvents> events{};

  // What memory.current says, in pages. Differs from Linux: each CPU there
  // holds up to 64 pages that were charged in advance.
  int64_t usage() const;
  uint64_t event(MemcgEvent which) const {
    return events[static_cast<size_t>(which)];
  }
};

// The memory cgroups of a machine: their names, whether they still exist, what
// is charged to them and how much may be. They are all children of the root.
// Copyable: a checkpoint keeps a copy.
//
//  G1  The account of a cgroup is the sum over the pages and slab objects that
//      are charged to it.
//
// Differs from Linux: the kernel memory of a removed cgroup goes to its parent
// there; here it stays with the removed one, as its user memory does.
class MemcgTable final : public MemcgSource {
 public:
  // To whom nothing is charged: the root's pages have no memcg line in the
  // recordings of 6.12.117 (page-ext-owner-depot.md 6.4). Mainline 6.12 would
  // print "Charged to memcg /" for user pages.
  static constexpr std::string_view kRoot = "/";

  // The index of the online cgroup of that name, which is made if there is
  // none. REQUIRES: `name` is not kRoot.
  uint32_t FindOrMake(std::string_view name);
  std::optional<uint32_t> FindOnline(std::string_view name) const;
  // Removes the cgroup, of which pages keep a charge; a new one may have the
  // same name. False when none of that name is online.
  bool SetOffline(std::string_view name);

  size_t size() const { return memcgs_.size(); }
  MemcgView Memcg(uint32_t memcg) const override;

  const MemcgAccount& account(uint32_t memcg) const {
    return memcgs_[memcg].account;
  }
  void SetLimits(uint32_t memcg, PageCount max, PageCount high);
  // By a negative number: uncharges.
  void Charge(uint32_t memcg, MemcgUse use, int64_t pages);
  void ChargeSlab(uint32_t memcg, int64_t bytes);
  // Of pages that are charged as user memory: so many more are swapbacked.
  void CountAnon(uint32_t memcg, int64_t pages) {
    memcgs_[memcg].account.anon += pages;
  }
  void CountEvent(uint32_t memcg, MemcgEvent event);

  // Children of the root that exist, and that were removed but cannot go as
  // long as something is charged to them (cgroup.stat).
  uint64_t nr_descendants() const;
  uint64_t nr_dying_descendants() const;

 private:
  struct Entry {
    std::string name;
    bool online = true;
    MemcgAccount account;
  };

  std::vector<Entry> memcgs_;
};

// How the kernel charges a page of a request: user memory always, slabs by the
// objects in them, other kernel memory if the mask has __GFP_ACCOUNT.
MemcgUse MemcgUseOf(PageFlags flags, Gfp gfp);
// What a charged page was charged as.
MemcgUse MemcgUseOf(MemcgWord word);

// The word of a page that is charged to `memcg`.
MemcgWord MemcgWordFor(MemcgUse use, uint32_t memcg);

}  // namespace pagelab

#endif  // PAGELAB_SIM_MEMCG_TABLE_H_
