// Random use of memory that is short: nothing is lost, and all counters agree
// with a recount.

#include <algorithm>
#include <map>
#include <string>

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/reclaim/folio_lru.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reclaim_world.h"

namespace pagelab {
namespace {

class Traffic {
 public:
  explicit Traffic(uint64_t seed) : random_(seed) {
    world_.machine.SetTuning(static_cast<int>(random_.UniformBetween(1, 40)),
                             50, 400);
    world_.users.write_nanoseconds = random_.UniformBetween(1, 400'000);
    if (random_.Uniform(3) != 0) {
      world_.users.swap = {.total = PageCount(100), .free = PageCount(100)};
    }
    world_.users.on_freed = [this](uint64_t pfn) {
      freed_ += Order(owned_.at(pfn)).pages();
      owned_.erase(pfn);
    };
    for (int i = 0; i < 8; ++i) {
      world_.users.AddProcess("p", 100 + i, random_.Uniform(60));
    }
    for (const Node& node : world_.machine.state->all_nodes()) {
      for (const Page& page : node.lruvec.lists[0]) {
        owned_[world_.machine.PfnOf(&page)] = 0;
      }
    }
  }

  void Step() {
    const uint64_t roll = random_.Uniform(100);
    if (roll < 55) {
      Alloc();
    } else if (roll < 75) {
      Free();
    } else if (roll < 90) {
      Use();
    } else if (roll < 98) {
      world_.kswapd.now = std::max(world_.kswapd.now, Now());
      world_.reclaim.RunKswapd(world_.kswapd, world_.node());
    } else {
      world_.users.Spend(world_.machine.context,
                         Nanoseconds(random_.Uniform(1'000'000)));
    }
  }

  std::string Check() {
    std::string found = world_.Verified();
    if (!found.empty()) return found;
    uint64_t owned = 0;
    for (const auto& [pfn, order] : owned_) {
      const Page& page = *world_.machine.page(pfn);
      if (page.state != PageState::kAllocated || page.order_value != order) {
        return "not what was allocated";
      }
      owned += Order(order).pages();
    }
    // What is in no list is owned.
    const Zone& zone = world_.zone();
    const uint64_t free = zone.StatPages(ZoneStat::kFreePages) +
                          static_cast<uint64_t>(zone.pcp[0].vm_stat_diff[0]) +
                          static_cast<uint64_t>(zone.pcp[0].count);
    if (owned + free != zone.managed.value()) return "frames were lost";
    return CheckEvents();
  }

  uint64_t Count(VmEvent event) { return world_.Count(event); }

 private:
  std::string CheckEvents() {
    const uint64_t scanned =
        Count(VmEvent::kPgscanKswapd) + Count(VmEvent::kPgscanDirect);
    const uint64_t stolen =
        Count(VmEvent::kPgstealKswapd) + Count(VmEvent::kPgstealDirect);
    if (scanned != Count(VmEvent::kPgscanAnon) + Count(VmEvent::kPgscanFile)) {
      return "pgscan";
    }
    if (stolen != Count(VmEvent::kPgstealAnon) + Count(VmEvent::kPgstealFile) ||
        stolen + world_.users.killed_pages != freed_) {
      return "pgsteal";
    }
    if (world_.Stat(NodeStat::kIsolatedAnon) != 0 ||
        world_.Stat(NodeStat::kIsolatedFile) != 0) {
      return "nr_isolated";
    }
    return "";
  }

  Nanoseconds Now() { return world_.machine.context.now; }

  void Alloc() {
    static constexpr Gfp kMasks[] = {gfp::kHighuserMovable,
                                     gfp::kHighuserMovable,
                                     gfp::kHighuserMovable,
                                     gfp::kKernel,
                                     gfp::kNofs,
                                     gfp::kAtomic,
                                     gfp::kNowait,
                                     gfp::kTranshuge};
    const Gfp gfp = kMasks[random_.Uniform(std::size(kMasks))];
    const int order =
        random_.Uniform(4) == 0 ? static_cast<int>(random_.Uniform(5)) : 0;
    const uint64_t pfn =
        world_.machine.Alloc(gfp.With(gfp::kComp).With(gfp::kNowarn), order);
    if (pfn == TinyMachine::NoPfn()) return;
    owned_[pfn] = order;
    if (!gfp.Has(gfp::kMovable)) return;
    static constexpr PageFlags kKinds[] = {
        PageFlags(),
        page_flag::kDirty,
        page_flag::kSwapbacked,
        page_flag::kSwapbacked.With(page_flag::kDirty),
        page_flag::kReferenced,
        page_flag::kActive};
    Page& page = *world_.machine.page(pfn);
    page.flags = page.flags.With(kKinds[random_.Uniform(std::size(kKinds))]);
    AddToLru(*world_.machine.state, page, PageCount(page.order().pages()));
  }

  // Any of those owned; the end for most.
  uint64_t Any() {
    auto it = owned_.lower_bound(0x1000 + random_.Uniform(0x1000));
    if (it == owned_.end()) it = owned_.begin();
    return it == owned_.end() ? TinyMachine::NoPfn() : it->first;
  }

  void Free() {
    const uint64_t pfn = Any();
    if (pfn == TinyMachine::NoPfn()) return;
    Page& page = *world_.machine.page(pfn);
    // What belongs to a process, or is being written, goes another way.
    if (page.flags.Has(page_flag::kLru)) return;
    owned_.erase(pfn);
    world_.machine.FreeBlock(pfn, page.order_value);
  }

  void Use() {
    const uint64_t pfn = Any();
    if (pfn == TinyMachine::NoPfn()) return;
    Page& page = *world_.machine.page(pfn);
    if (!page.flags.Has(page_flag::kLru)) return;
    switch (random_.Uniform(4)) {
      case 0:
        world_.users.references[pfn] = static_cast<int>(random_.Uniform(3));
        break;
      case 1:
        world_.users.evictions[pfn] = static_cast<Eviction>(random_.Uniform(3));
        break;
      case 2:
        if (!page.flags.Has(page_flag::kWriteback)) {
          page.flags = page.flags.With(page_flag::kDirty);
        }
        break;
      default:
        FolioMarkAccessed(*world_.machine.state, page);
        break;
    }
  }

  Random random_;
  ReclaimWorld world_;
  // By pfn, their orders.
  std::map<uint64_t, int> owned_;
  // Given up by those who used them.
  uint64_t freed_ = 0;
};

TEST_CASE("Reclaim: random use of short memory loses nothing",
          "[alloc][reclaim][property]") {
  uint64_t direct = 0;
  uint64_t kswapd = 0;
  uint64_t kills = 0;
  uint64_t rotated = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Traffic traffic(seed);
    for (int step = 0; step < 12'000; ++step) {
      traffic.Step();
      if (step % 200 != 0) continue;
      CAPTURE(step);
      REQUIRE(traffic.Check() == "");
    }
    REQUIRE(traffic.Check() == "");
    direct += traffic.Count(VmEvent::kPgstealDirect);
    kswapd += traffic.Count(VmEvent::kPgstealKswapd);
    kills += traffic.Count(VmEvent::kOomKill);
    rotated += traffic.Count(VmEvent::kPgrotated);
  }
  // The traffic met what it is about.
  CHECK(direct > 1000);
  CHECK(kswapd > 1000);
  CHECK(kills > 0);
  CHECK(rotated > 100);
}

}  // namespace
}  // namespace pagelab
