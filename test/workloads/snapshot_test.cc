#include "pagelab/workloads/snapshot/snapshot.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/random.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/recordings.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

std::vector<std::string> DataFiles() {
  std::vector<std::string> paths;
  for (const char* name : {"boot-early2", "cma-T1", "mixed-T0", "pressure2-T1",
                           "small4g-T1", "smp2-T1"}) {
    paths.push_back(std::string(PAGELAB_TEST_DATA_DIR) + "/snapshot/" + name +
                    ".txt.xz");
  }
  return paths;
}

std::string TextOf(const std::string& path) {
  absl::StatusOr<std::string> text = ReadWholeFile(path);
  INFO(path);
  REQUIRE(text.ok());
  return *std::move(text);
}

absl::StatusOr<AllocatorSnapshot> Parse(const std::string& text) {
  auto input = InputStream::FromString("snap.txt", text);
  REQUIRE(input.ok());
  return ReadSnapshot(**input);
}

AllocatorSnapshot ReadGood(const std::string& path) {
  absl::StatusOr<AllocatorSnapshot> snapshot = Parse(TextOf(path));
  INFO(path << ": " << snapshot.status());
  REQUIRE(snapshot.ok());
  return *std::move(snapshot);
}

std::string ErrorOf(const std::string& text) {
  const absl::StatusOr<AllocatorSnapshot> snapshot = Parse(text);
  if (snapshot.ok()) return "fine";
  return std::string(snapshot.status().message());
}

std::string LoadErrorOf(const AllocatorSnapshot& snapshot) {
  const auto machine = SnapshotMachine::Load(snapshot);
  if (machine.ok()) return "fine";
  return std::string(machine.status().message());
}

// Equal, or the first line that is not.
void CheckSameText(const std::string& a, const std::string& b) {
  if (a == b) return;
  const size_t at = static_cast<size_t>(
      std::mismatch(a.begin(),
                    a.begin() + ptrdiff_t(std::min(a.size(), b.size())),
                    b.begin())
          .first -
      a.begin());
  const size_t begin = a.rfind('\n', at) + 1;
  INFO(a.substr(begin, 200) << "\n" << b.substr(begin, 200));
  CHECK(a == b);
}

void CheckReadAndWritten(const std::string& path) {
  INFO(path);
  CheckSameText(TextOf(path), SnapshotText(ReadGood(path)));
}

// The fields that come from the machine are cleared before it fills them.
AllocatorSnapshot Emptied(AllocatorSnapshot snapshot) {
  for (SnapshotZone& zone : snapshot.zones) {
    zone.free = {};
    zone.nr_free = {};
    zone.pageblocks.clear();
    zone.watermark = {};
    zone.watermark_boost = 0;
    zone.flags = 0;
    zone.span = {};
    zone.managed = PageCount(0);
    zone.present = PageCount(0);
    if (zone.populated) {
      zone.lowmem_reserve.assign(zone.lowmem_reserve.size(), -1);
      zone.vm_stat.front() = -1;
      zone.vm_stat.back() = -1;
    }
    for (SnapshotPcp& pcp : zone.pcps) {
      const int cpu = pcp.cpu;
      const auto diffs = pcp.vm_stat_diff;
      pcp = SnapshotPcp();
      pcp.cpu = cpu;
      pcp.vm_stat_diff = diffs;
      pcp.vm_stat_diff.front() = -1;
    }
    if (!zone.populated) zone.span = {};
  }
  return snapshot;
}

void CheckLoadedAndTaken(const std::string& path) {
  INFO(path);
  const AllocatorSnapshot snapshot = ReadGood(path);
  const auto machine = SnapshotMachine::Load(snapshot);
  INFO(machine.status());
  REQUIRE(machine.ok());
  CheckSameText(
      SnapshotText(snapshot),
      SnapshotText(TakeSnapshot((*machine)->state(), Emptied(snapshot))));
  const std::vector<std::string> findings = Verify((*machine)->state());
  CHECK(findings == std::vector<std::string>());
  const SnapshotDifference difference =
      CompareSnapshots(snapshot, TakeSnapshot((*machine)->state(), snapshot));
  CHECK(difference.empty());
  CHECK(difference.lists_compared > 150);
}

TEST_CASE("Snapshot: reading and writing gives the same bytes",
          "[workloads][snapshot]") {
  for (const std::string& path : DataFiles()) CheckReadAndWritten(path);
}

TEST_CASE("Snapshot: every recorded one reads and writes the same",
          "[workloads][snapshot][recorded]") {
  for (const std::string& path : RecordedFiles("snap_")) {
    CheckReadAndWritten(path);
  }
}

TEST_CASE("SnapshotMachine: is the snapshot that it was loaded from",
          "[workloads][snapshot]") {
  for (const std::string& path : DataFiles()) CheckLoadedAndTaken(path);
}

TEST_CASE("SnapshotMachine: loads every recorded snapshot",
          "[workloads][snapshot][recorded]") {
  for (const std::string& path : RecordedFiles("snap_")) {
    CheckLoadedAndTaken(path);
  }
}

// The smallest recorded file, with one piece of text replaced by another.
std::string WithReplaced(const std::string& from, const std::string& to) {
  std::string text = TextOf(DataFiles().front());
  const size_t at = text.find(from);
  INFO(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("Snapshot: one that is cut off is refused", "[workloads][snapshot]") {
  const std::string text = TextOf(DataFiles().front());
  const int lines =
      static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  CHECK(ErrorOf("") ==
        "snap.txt:1:1: the file is cut off: the last line must "
        "be \"end\"");
  CHECK(ErrorOf(text.substr(0, text.size() - 4)) ==
        "snap.txt:" + std::to_string(lines) +
            ":1: the file is cut off: the last line must be \"end\"");
  CHECK(ErrorOf(text.substr(0, text.size() - 1)) ==
        "snap.txt:" + std::to_string(lines) +
            ":1: the file is cut off in the middle of this line");
  for (size_t size = 0; size < text.size(); size += 37) {
    CHECK(ErrorOf(text.substr(0, size)) != "fine");
  }
  CHECK(absl::StrContains(ErrorOf(text + "slot 1\n"),
                          "the snapshot ended before this line"));
}

TEST_CASE("Snapshot: a garbled line is named with its place",
          "[workloads][snapshot]") {
  const auto error = [](const std::string& from, const std::string& to) {
    return ErrorOf(WithReplaced(from, to));
  };
  CHECK(ErrorOf("garbage\n") ==
        "snap.txt:1:1: this is no allocator snapshot: the first line must be "
        "\"pagelab-snapshot 1\"");
  CHECK(error("slot 102", "slot many") ==
        "snap.txt:3:6: slot must be a number, got \"many\"");
  CHECK(error("slot 102", "slit 102") ==
        "snap.txt:3:1: no line of a snapshot starts like this: \"slit\" (did "
        "you mean \"slot\"?)");
  CHECK(error("slot 102", "slot 102 3") ==
        "snap.txt:3:10: the line should end here, got \"3\"");
  CHECK(error("slot 102", "slot") ==
        "snap.txt:3:6: the line ends here, missing: slot");
  CHECK(error("slot 102", "slot  102") ==
        "snap.txt:3:6: a blank too many, missing: slot");
  CHECK(error("zone node=0 idx=0", "zone node=0 idy=0") ==
        "snap.txt:17:13: must be idx=..., got \"idy=0\"");
  CHECK(absl::StrContains(
      error("pageblock 0x200 0x1000", "pageblock 0x200 0x20000000000"),
      "must lie in the zone, which is from 0x1 to 0x1000"));
  CHECK(absl::StrContains(
      error("zone_start_pfn=0x1 ", "zone_start_pfn=0xffffffffffffffff "),
      "must be below 0x10000000000000"));
  CHECK(error("free_count=0", "free_count=99999") ==
        "snap.txt:24:88: free_count is out of range: 99999");
  CHECK(absl::StrContains(
      error("free order=10 mt=1: 400", "free order=10 mt=1: 4g0"),
      "must be a pfn in hexadecimal without 0x, got "
      "\"4g0\""));
  CHECK(absl::StrContains(error("free order=10 mt=1:", "free order=11 mt=1:"),
                          "order must be 0 to 10, got 11"));
  CHECK(absl::StrContains(error("free order=10 mt=1:", "free order=10 mt=1"),
                          "must end in a colon: mt=1"));
  CHECK(absl::StrContains(error("free order=10 mt=1:", "free order=10 mt=6:"),
                          "mt must be 0 to 5, got 6"));
  CHECK(absl::StrContains(error("endzone\n", ""),
                          "\"zone\" inside a zone, missing: endzone"));
  CHECK(absl::StrContains(error("endzone\n", "endzone\nendzone\n"),
                          "\"endzone\" outside of a zone"));
  CHECK(absl::StrContains(error("pcplist cpu=0 idx=0", "pcplist cpu=1 idx=0"),
                          "there is no line \"pcp cpu=1 ...\" before"));
  CHECK(absl::StrContains(error("vm_stat 3840 0", "vm_stat 3840"),
                          "must have a counter for each of the 10 "
                          "zone_vm_stat_items, got 9"));
  CHECK(absl::StrContains(error("locked=0\npcp", "locked=1\npcp"),
                          "a lock is held"));
}

TEST_CASE("Snapshot: its own errors and counts are checked",
          "[workloads][snapshot]") {
  const auto error = [](const std::string& from, const std::string& to) {
    return ErrorOf(WithReplaced(from, to));
  };
  CHECK(absl::StrContains(
      error("errors 0 overflow 0", "errors 2 overflow 0"),
      ": the snapshot's own check says: 2 errors, overflow 0; only a snapshot "
      "without either can be used"));
  CHECK(absl::StrContains(error("errors 0 overflow 0", "errors 0 overflow 1"),
                          "0 errors, overflow 1"));
  CHECK(absl::StrContains(error("nr_free order=10 3", "nr_free order=10 4"),
                          "nr_free of order 10 is 4, the lists above hold 3 "
                          "blocks"));
  CHECK(absl::StrContains(
      error("listed_free_pages 3840", "listed_free_pages 3841"),
      "listed_free_pages is 3841, the lists above hold 3840"));
  CHECK(absl::StrContains(error("nr_free order=9",
                                "error pfn=0x200 buddy=0 order=-1\nnr_free "
                                "order=9"),
                          "the recording kernel found its own lists wrong"));
}

// What may happen to a file on its way.
void Damage(std::string& text, Random& random) {
  const auto at = static_cast<size_t>(random.Uniform(text.size()));
  const size_t begin = text.rfind('\n', at == 0 ? 0 : at - 1);
  const size_t line = begin == std::string::npos ? 0 : begin + 1;
  const size_t length = text.find('\n', line) + 1 - line;
  switch (random.Uniform(6)) {
    case 0:
      text[at] = static_cast<char>(random.Uniform(256));
      break;
    case 1:
      text[at] = "0123456789abcdefx=: -"[random.Uniform(21)];
      break;
    case 2:
      text.insert(at, 1, "0123456789abcdef"[random.Uniform(16)]);
      break;
    case 3:
      text.erase(at, 1 + random.Uniform(3));
      break;
    case 4:
      text.erase(line, length);
      break;
    default:
      text.insert(line, text.substr(line, length));
      break;
  }
}

TEST_CASE("SnapshotMachine: damage is refused or harmless, never fatal",
          "[workloads][snapshot][property]") {
  for (const std::string& path : {DataFiles()[0], DataFiles()[5]}) {
    const std::string good = TextOf(path);
    for (uint64_t seed = 0; seed < 400; ++seed) {
      CAPTURE(path, seed);
      Random random(seed);
      std::string text = good;
      for (uint64_t times = 1 + random.Uniform(3); times > 0; --times) {
        Damage(text, random);
      }
      const absl::StatusOr<AllocatorSnapshot> snapshot = Parse(text);
      if (!snapshot.ok()) {
        CHECK(snapshot.status().message().substr(0, 9) == "snap.txt:");
        continue;
      }
      const auto machine = SnapshotMachine::Load(*snapshot);
      if (machine.ok()) Verify((*machine)->state());
    }
  }
}

SnapshotZone& FirstZone(AllocatorSnapshot& snapshot) {
  return snapshot.zones.front();
}

TEST_CASE("SnapshotMachine: refuses lists that cannot be",
          "[workloads][snapshot]") {
  const AllocatorSnapshot good = ReadGood(DataFiles().front());
  const auto with = [&good](auto&& change) {
    AllocatorSnapshot bad = good;
    change(bad);
    return LoadErrorOf(bad);
  };
  CHECK(with([](auto&) {}) == "fine");
  CHECK(with([](auto& s) { FirstZone(s).free[10][1][1] = Pfn(0x400); }) ==
        "Node 0, zone DMA: free order=10 mt=1: pfn 400 is on a list already");
  CHECK(with([](auto& s) { FirstZone(s).free[10][1][1] = Pfn(0x0); }) ==
        "Node 0, zone DMA: free order=10 mt=1: pfn 0 does not lie in the zone");
  CHECK(with([](auto& s) { FirstZone(s).free[10][1][2] = Pfn(0x1000); }) ==
        "Node 0, zone DMA: free order=10 mt=1: pfn 1000 does not lie in the "
        "zone");
  CHECK(with([](auto& s) { FirstZone(s).free[10][1][1] = Pfn(0x801); }) ==
        "Node 0, zone DMA: free order=10 mt=1: pfn 801 is not a multiple of "
        "1024 pages");
  CHECK(with([](auto& s) { FirstZone(s).pcps[0].lists[0] = {Pfn(0x4ff)}; }) ==
        "Node 0, zone DMA: pcplist cpu=0 idx=0: pfn 4ff is on a list already");
  CHECK(with([](auto& s) {
          FirstZone(s).free[0][0] = {Pfn(0x9f)};
          FirstZone(s).nr_free[0] = 1;
          FirstZone(s).free[3][0] = {Pfn(0x98)};
          FirstZone(s).nr_free[3] = 1;
        }) ==
        "Node 0, zone DMA: free order=3 mt=0: pfn 98 and its page 9f, which is "
        "on a list already");
  CHECK(with([](auto& s) { FirstZone(s).nr_free[9] = 7; }) ==
        "Node 0, zone DMA: nr_free of order 9 is 7, its lists hold 1 blocks");
  CHECK(with([](auto& s) { FirstZone(s).pcps[0].lists[0] = {Pfn(0x20)}; }) ==
        "Node 0, zone DMA: pcp cpu=0: count is 0, its lists hold 1 pages");
}

TEST_CASE("SnapshotMachine: refuses layouts that cannot be",
          "[workloads][snapshot]") {
  const AllocatorSnapshot good = ReadGood(DataFiles().front());
  const auto with = [&good](auto&& change) {
    AllocatorSnapshot bad = good;
    change(bad);
    return LoadErrorOf(bad);
  };
  CHECK(with([](auto& s) { s.migratetypes[1] = "Mobile"; }) ==
        "migratetypes: unknown name \"Mobile\"; known are Unmovable, Movable, "
        "Reclaimable, HighAtomic, CMA, Isolate");
  CHECK(with([](auto& s) {
          std::swap(s.migratetypes[0], s.migratetypes[1]);
        }) == "migratetypes: number 0 must be Unmovable");
  CHECK(with([](auto& s) { s.zone_stat_items[0] = "nr_nothing"; }) ==
        "zone_vm_stat_items: missing: nr_free_pages");
  CHECK(with([](auto& s) { FirstZone(s).name = "Normal"; }) ==
        "Node 0, zone Normal: index 0 must be DMA: a kernel with both DMA "
        "zones");
  CHECK(with([](auto& s) {
          FirstZone(s).pageblocks[1].range.begin = Pfn(0x600);
        }) ==
        "Node 0, zone DMA: pageblocks 0x600 to 0x1000 must begin at 0x200, end "
        "at the border of a pageblock, and not after the zone");
  CHECK(with([](auto& s) { FirstZone(s).pageblocks.pop_back(); }) ==
        "Node 0, zone DMA: pageblocks end at 0x200, the zone at 0x1000");
  CHECK(absl::StartsWith(
      with([](auto& s) {
        std::swap(s.zonelists[1].zones[0], s.zonelists[1].zones[1]);
      }),
      "node 0: zonelist highest=1: 0/DMA 0/DMA32 cannot be, the zones with "
      "memory would be tried as 0/DMA32 0/DMA"));
  CHECK(with([](auto& s) { s.zones.clear(); }) == "zones: none has memory");
  const auto machine = SnapshotMachine::Load(good, {NodeId(0), NodeId(0)});
  CHECK(machine.status().message() ==
        "the snapshot has 1 cpus, but nodes are given for 2");
  const auto other = SnapshotMachine::Load(good, {NodeId(1)});
  CHECK(other.status().message() == "a cpu cannot be on node 1: there are 1");
}

TEST_CASE("SnapshotMachine: every frame of a zone names it",
          "[workloads][snapshot]") {
  const auto machine = SnapshotMachine::Load(ReadGood(DataFiles()[4]));
  REQUIRE(machine.ok());
  const AllocatorState& state = (*machine)->state();
  for (const Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    uint64_t others = 0;
    for (Pfn pfn = zone.span.begin; pfn < zone.span.end; ++pfn) {
      if (state.memory->IsValid(pfn) &&
          state.memory->PageAt(pfn)->zone != zone.id) {
        ++others;
      }
    }
    CHECK(others == 0);
  }
}

// A snapshot of a simulated machine, read from its text and loaded.
std::unique_ptr<SnapshotMachine> LoadedFrom(const Machine& machine) {
  const std::string text = SnapshotText(SnapshotOf(machine.state(), {}));
  const absl::StatusOr<AllocatorSnapshot> snapshot = Parse(text);
  INFO(snapshot.status());
  REQUIRE(snapshot.ok());
  auto loaded = SnapshotMachine::Load(*snapshot);
  INFO(loaded.status());
  REQUIRE(loaded.ok());
  CheckSameText(
      text, SnapshotText(TakeSnapshot((*loaded)->state(), Emptied(*snapshot))));
  CHECK(Verify((*loaded)->state()) == std::vector<std::string>());
  return *std::move(loaded);
}

TEST_CASE("SnapshotOf: a booted machine can be loaded from its snapshot",
          "[workloads][snapshot]") {
  for (const char* name :
       {"hello", "tiny-16m", "qemu-2g", "qemu-2g-2cpu", "qemu-4g", "numa-2n"}) {
    CAPTURE(name);
    const auto config = LoadMachine(name);
    REQUIRE(config.ok());
    auto machine = Machine::Boot(*config);
    REQUIRE(machine.ok());
    const AllocatorState& state = machine->state();
    const auto loaded = LoadedFrom(*machine);
    const AllocatorState& copy = loaded->state();
    CHECK(std::vector<NodeId>(copy.cpu_node, copy.cpu_node + copy.nr_cpus) ==
          std::vector<NodeId>(state.cpu_node, state.cpu_node + state.nr_cpus));
    CHECK(copy.memory->geometry().section_order ==
          state.memory->geometry().section_order);
    CHECK(copy.policy.cma == state.policy.cma);
    CHECK(copy.policy.thp_pcp_lists == state.policy.thp_pcp_lists);
    CHECK(copy.totalreserve_pages == state.totalreserve_pages);
    for (int id = 0; id < state.nr_nodes; ++id) {
      for (uint32_t bits = 0; bits < kNrAllocRoutes; ++bits) {
        const AllocRoute& route = state.nodes[id].routes[bits];
        const AllocRoute& other = copy.nodes[id].routes[bits];
        CHECK(route.type == other.type);
        CHECK(route.alloc_flags == other.alloc_flags);
        CHECK(route.highest_zoneidx == other.highest_zoneidx);
      }
    }
  }
}

TEST_CASE("SnapshotOf: says where a machine is not as others are",
          "[workloads][snapshot]") {
  auto config = LoadMachine("tiny-16m");
  REQUIRE(config.ok());
  config->policy.fallback = FallbackPolicy::kEarly612;
  config->policy.kdump = true;
  config->policy.pcp_batch_scale_max = 3;
  auto machine = Machine::Boot(*config);
  REQUIRE(machine.ok());
  const AllocatorPolicy policy = LoadedFrom(*machine)->state().policy;
  CHECK(policy.fallback == FallbackPolicy::kEarly612);
  CHECK(policy.kdump);
  CHECK(policy.pcp_batch_scale_max == 3);
}

TEST_CASE("GuessCpuNodes: goes by limits, then by what is about to expire",
          "[workloads][snapshot]") {
  auto config = LoadMachine("numa-2n");
  REQUIRE(config.ok());
  auto machine = Machine::Boot(*config);
  REQUIRE(machine.ok());
  AllocatorSnapshot snapshot = SnapshotOf(machine->state(), {});
  using Nodes = std::vector<NodeId>;
  CHECK(GuessCpuNodes(snapshot) == Nodes{NodeId(0), NodeId(1)});
  for (SnapshotNode& node : snapshot.nodes) node.other.clear();
  CHECK(GuessCpuNodes(snapshot) == Nodes{NodeId(0), NodeId(1)});
  for (SnapshotZone& zone : snapshot.zones) {
    for (SnapshotPcp& pcp : zone.pcps) {
      pcp.expire = pcp.cpu == zone.node.value() ? 2 : 0;
    }
  }
  CHECK(GuessCpuNodes(snapshot) == Nodes{NodeId(1), NodeId(0)});
  // Both have the limits of a node with two CPUs: one of them has none.
  for (SnapshotZone& zone : snapshot.zones) {
    zone.pageset_high_max = static_cast<int>(zone.managed.value() / 8 / 2) - 9;
    for (SnapshotPcp& pcp : zone.pcps) pcp.expire = 0;
  }
  CHECK(GuessCpuNodes(snapshot) == Nodes{NodeId(0), NodeId(0)});
  snapshot.nodes[0].other = {{"cpus", "0"}};
  snapshot.nodes[1].other = {{"cpus", "1"}};
  CHECK(GuessCpuNodes(snapshot) == Nodes{NodeId(0), NodeId(1)});
  snapshot.nodes.clear();
  CHECK(GuessCpuNodes(snapshot).empty());
}

TEST_CASE("CompareSnapshots: tells which lists and fields differ",
          "[workloads][snapshot]") {
  const AllocatorSnapshot expected = ReadGood(DataFiles().front());
  AllocatorSnapshot actual = expected;
  std::swap(FirstZone(actual).free[10][1][0], FirstZone(actual).free[10][1][1]);
  FirstZone(actual).pcps[0].high = 77;
  FirstZone(actual).free[8][0].clear();
  FirstZone(actual).pageblocks[1].migratetype = 2;
  const SnapshotDifference difference = CompareSnapshots(expected, actual);
  CHECK(difference.lists_differing == 2);
  CHECK(difference.pages_differing == 2 * 1024 + 256);
  CHECK(difference.fields_differing == 2);
  CHECK(difference.lines ==
        std::vector<std::string>{
            "DMA pcp cpu=0 high: expected 0, have 77",
            "DMA free order=8 mt=0: expected 1 blocks, have 0; first "
            "difference at index 0: expected 100, have the end",
            "DMA free order=10 mt=1: 3 blocks, 2 differ; first difference at "
            "index 0: expected 400, have 800",
            "DMA type of the pageblocks from 200: expected 1, have 2"});
  AllocatorSnapshot fewer = expected;
  FirstZone(fewer).populated = false;
  CHECK(CompareSnapshots(expected, fewer).lines ==
        std::vector<std::string>{"DMA: expected a zone, have none"});
}

}  // namespace
}  // namespace pagelab
