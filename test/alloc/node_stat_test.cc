#include "pagelab/alloc/node_stat.h"

#include <set>
#include <string_view>

#include "pagelab/alloc/stat_totals.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

TEST_CASE("NodeStat: every counter has a name of its own",
          "[alloc][node_stat]") {
  std::set<std::string_view> names;
  for (int i = 0; i < kNrNodeStats; ++i) {
    names.insert(ToString(static_cast<NodeStat>(i)));
  }
  CHECK(names.size() == kNrNodeStats);
  CHECK(ToString(NodeStat::kInactiveAnon) == "nr_inactive_anon");
  CHECK(ToString(NodeStat::kWorkingsetNodes) == "workingset_nodes");
  CHECK(ToString(NodeStat::kKernelStack) == "nr_kernel_stack");
  CHECK(ToString(NodeStat::kPgdemoteKhugepaged) == "pgdemote_khugepaged");
}

TEST_CASE("NodeStat: five counters are printed in huge pages",
          "[alloc][node_stat]") {
  int count = 0;
  for (int i = 0; i < kNrNodeStats; ++i) {
    count += PrintedInHugePages(static_cast<NodeStat>(i)) ? 1 : 0;
  }
  CHECK(count == 5);
  CHECK(PrintedInHugePages(NodeStat::kAnonTransparentHugepages));
  CHECK_FALSE(PrintedInHugePages(NodeStat::kShmem));
}

TEST_CASE("StatTotals: sums over nodes and zones are never below 0",
          "[alloc][stat_totals]") {
  TinyKernel kernel({.node_sections = {1, 1}});
  AllocatorState& state = kernel.state;
  state.nodes[0].stat[Index(NodeStat::kDirty)] = 10;
  state.nodes[1].stat[Index(NodeStat::kDirty)] = -4;
  CHECK(TotalOf(state, NodeStat::kDirty) == 6);
  CHECK(StatOf(state.nodes[1], NodeStat::kDirty) == 0);
  state.nodes[1].stat[Index(NodeStat::kDirty)] = -11;
  CHECK(TotalOf(state, NodeStat::kDirty) == 0);

  state.zones[1].vm_stat[static_cast<int>(ZoneStat::kFreePages)] = -1;
  state.zones[5].vm_stat[static_cast<int>(ZoneStat::kFreePages)] = 5;
  CHECK(TotalOf(state, ZoneStat::kFreePages) == 4);
  state.zones[5].lru_stat[Index(ZoneLruStat::kBounce)] = 3;
  CHECK(TotalOf(state, ZoneLruStat::kBounce) == 3);
  CHECK(TotalOf(state, ZoneLruStat::kMlock) == 0);

  state.zones[1].managed = PageCount(100);
  state.zones[5].managed = PageCount(11);
  CHECK(TotalManaged(state) == PageCount(111));
  CHECK(TotalPresent(state) == state.zones[1].present + state.zones[5].present);
}

}  // namespace
}  // namespace pagelab
