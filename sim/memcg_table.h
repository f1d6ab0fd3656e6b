#ifndef PAGELAB_SIM_MEMCG_TABLE_H_
#define PAGELAB_SIM_MEMCG_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/memcg_word.h"
#include "pagelab/alloc/page_flags.h"
#include "pagelab/owner/memcg_line.h"

namespace pagelab {

// The memory cgroups of a machine: their names, and whether they still exist.
// Limits, counters and the tree of cgroups are not simulated. Copyable: a
// checkpoint keeps a copy.
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
  // Removes the cgroup, of which pages keep a charge; a new one may have the
  // same name. False when none of that name is online.
  bool SetOffline(std::string_view name);

  size_t size() const { return memcgs_.size(); }
  MemcgView Memcg(uint32_t memcg) const override;

 private:
  struct Entry {
    std::string name;
    bool online = true;
  };

  std::optional<uint32_t> FindOnline(std::string_view name) const;

  std::vector<Entry> memcgs_;
};

// What a page is to its cgroup.
enum class MemcgUse : uint8_t { kNone, kUser, kKernel, kSlab };

// How the kernel charges a page of a request: user memory always, slabs by the
// objects in them, other kernel memory if the mask has __GFP_ACCOUNT.
MemcgUse MemcgUseOf(PageFlags flags, Gfp gfp);

// The word of a page that is charged to `memcg`.
MemcgWord MemcgWordFor(MemcgUse use, uint32_t memcg);

}  // namespace pagelab

#endif  // PAGELAB_SIM_MEMCG_TABLE_H_
