#include "pagelab/alloc/memory_hotplug.h"

#include <string>
#include <vector>

#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/stat_totals.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/fake_page_users.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

using Findings = std::vector<std::string>;

// Three sections of 32768 pages: the first is memory from 0x1000 on, the
// second is in zone DMA32 as well, the third is not there yet.
constexpr PfnRange kSecond{Pfn(0x8000), Pfn(0x10000)};
constexpr PfnRange kThird{Pfn(0x10000), Pfn(0x18000)};
constexpr PfnRange kFourth{Pfn(0x18000), Pfn(0x20000)};

TinyMachineOptions WithSlots(
    TinyMachineOptions::Memory memory = TinyMachineOptions::Memory::kRuns) {
  TinyMachineOptions options;
  options.memory = memory;
  options.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x10000)}}, .nr_cpus = 1}};
  options.max_possible_pfn = Pfn(0x20000);
  return options;
}

// Refuses or allows, and says what it was told.
class Listener final : public MemoryNotifier {
 public:
  bool GoingOnline(ExecutionContext&, PfnRange, NodeId node) override {
    CHECK(node == NodeId(0));
    calls.push_back("going online");
    return allow;
  }
  void CancelOnline(ExecutionContext&, PfnRange) override {
    calls.push_back("cancel online");
  }
  void Offline(ExecutionContext&, PfnRange) override {
    calls.push_back("offline");
  }
  bool allow = true;
  std::vector<std::string> calls;
};

struct Slots {
  explicit Slots(const TinyMachineOptions& options = WithSlots())
      : machine(options) {
    InitPerZoneWatermarks(*machine.state);
  }
  Zone& normal() { return machine.zone(ZoneType::kNormal); }
  absl::Status Online(PfnRange range, OnlineType type = OnlineType::kDefault) {
    return hotplug.Online(machine.context, range,
                          hotplug.ZoneFor(NodeId(0), range, type));
  }
  absl::Status Offline(PfnRange range) {
    return hotplug.Offline(machine.context, range);
  }

  TinyMachine machine;
  Listener listener;
  MemoryHotplug hotplug{{.allocator = *machine.allocator,
                         .notifier = &listener,
                         .topology = {{.nr_cpus = 1, .distances = {10}}}}};
};

Pfns Every(uint64_t begin, uint64_t end, uint64_t step) {
  Pfns pfns;
  for (; begin < end; begin += step) pfns.push_back(begin);
  return pfns;
}

}  // namespace

TEST_CASE("MemoryHotplug: a section goes online as movable blocks in order",
          "[alloc][hotplug]") {
  Slots slots;
  TinyMachine& machine = slots.machine;
  const uint64_t free = machine.nr_free_pages();
  CHECK(machine.memory->max_pfn() == Pfn(0x10000));
  CHECK_FALSE(machine.memory->IsValid(kThird.begin));
  CHECK(machine.state->FindZone(kThird.begin) == nullptr);
  CHECK_FALSE(slots.normal().populated());

  REQUIRE(slots.Online(kThird).ok());

  CHECK(machine.memory->max_pfn() == kThird.end);
  CHECK(machine.memory->IsValid(kThird.begin));
  // No zone has it: it goes to zone Normal, below 4 GiB or not.
  Zone& normal = slots.normal();
  CHECK(machine.state->FindZone(kThird.begin) == &normal);
  CHECK(normal.span == kThird);
  CHECK(normal.present == PageCount(32768));
  CHECK(normal.managed == PageCount(32768));
  CHECK(normal.StatPages(ZoneStat::kFreePages) +
            static_cast<uint64_t>(normal.pcp[0].vm_stat_diff[0]) ==
        32768);
  CHECK(normal.nr_isolate_pageblock == 0);
  CHECK(machine.Free(normal, kMaxPageOrder, Migratetype::kMovable) ==
        Every(0x10000, 0x18000, 0x400));
  CHECK(machine.state->PageblockType(Pfn(0x17fff)) == Migratetype::kMovable);
  CHECK(machine.state->nodes[0].span == PfnRange{Pfn(0x1000), kThird.end});
  CHECK(machine.state->nodes[0].present == PageCount(0xf000 + 32768));
  CHECK(TotalManaged(*machine.state) == PageCount(0xf000 + 32768));
  CHECK(TotalOf(*machine.state, ZoneStat::kFreePages) == free + 32768);
  CHECK(slots.listener.calls == std::vector<std::string>{"going online"});
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: limits and zonelists follow a new zone",
          "[alloc][hotplug]") {
  Slots slots;
  const AllocatorState& state = *slots.machine.state;
  // Two small zones (the machine's own and the empty ones) before.
  const int64_t before = state.policy.min_free_kbytes;
  CHECK(state.nodes[0].zonelist(3, false).front().zone_index ==
        Index(ZoneType::kDma32));
  REQUIRE(slots.Online(kThird).ok());
  const Zone& normal = slots.normal();
  CHECK(state.nodes[0].zonelist(3, false).front().zone == &normal);
  CHECK(state.nodes[0].routes[0].preferred == &normal);
  CHECK(state.policy.min_free_kbytes > before);
  CHECK(normal.WatermarkPages(Watermark::kMin) > 0);
  // 12.2: (32768 >> 10) / 4 = 8, 8 + 4 rounded down to 8, less 1.
  CHECK(normal.pcp[0].batch == 7);
  CHECK(normal.pcp[0].high_max == 4096);
  // 4.4: what zone Normal manages, over 256.
  CHECK(slots.machine.zone(ZoneType::kDma32)
            .lowmem_reserve[Index(ZoneType::kNormal)] == 32768 / 256);
  // The next page comes from it.
  const uint64_t pfn = slots.machine.Alloc(gfp::kKernel);
  CHECK(kThird.Contains(Pfn(pfn)));
  CHECK(Verify(state) == Findings());
}

TEST_CASE("MemoryHotplug: offline takes everything away again",
          "[alloc][hotplug]") {
  Slots slots;
  TinyMachine& machine = slots.machine;
  const uint64_t free = machine.nr_free_pages();
  REQUIRE(slots.Online(kThird).ok());
  const int64_t min_free = machine.state->policy.min_free_kbytes;
  const uint64_t pfn = machine.Alloc(gfp::kKernel);
  REQUIRE(machine.FreeBlock(pfn));
  // It waits on a per-cpu list: offline drains that.
  CHECK(slots.normal().pcp[0].count > 0);
  REQUIRE(slots.Offline(kThird).ok());

  const Zone& normal = slots.normal();
  CHECK_FALSE(normal.populated());
  CHECK(normal.managed == PageCount(0));
  CHECK(normal.span.empty());
  CHECK(normal.nr_isolate_pageblock == 0);
  CHECK_FALSE(machine.memory->IsValid(kThird.begin));
  CHECK(machine.state->FindZone(kThird.begin) == nullptr);
  CHECK(machine.state->nodes[0].span == PfnRange{Pfn(0x1000), Pfn(0x10000)});
  CHECK(machine.state->nodes[0].routes[0].preferred ==
        &machine.zone(ZoneType::kDma32));
  CHECK(machine.nr_free_pages() == free);
  CHECK(machine.state->policy.min_free_kbytes < min_free);
  CHECK(normal.pcp[0].batch == 1);
  CHECK(slots.listener.calls ==
        std::vector<std::string>{"going online", "offline"});
  // As in the kernel, max_pfn stays.
  CHECK(machine.memory->max_pfn() == kThird.end);
  CHECK(Verify(*machine.state) == Findings());
  // And once more.
  REQUIRE(slots.Online(kThird).ok());
  CHECK(machine.Free(normal, kMaxPageOrder, Migratetype::kMovable) ==
        Every(0x10000, 0x18000, 0x400));
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: a page in use refuses, and all is as before",
          "[alloc][hotplug]") {
  Slots slots;
  TinyMachine& machine = slots.machine;
  REQUIRE(slots.Online(kThird).ok());
  const uint64_t pfn = machine.Alloc(gfp::kKernel);
  const uint64_t free = TotalOf(*machine.state, ZoneStat::kFreePages);
  machine.log.lines.clear();

  // In every case the whole section: the block's pageblock is the first, one
  // in the middle or the last.
  const bool movable = GENERATE(false, true);
  if (movable) {
    AddToLru(*machine.state, *machine.page(pfn), PageCount(1));
    // Pinned.
    machine.page(pfn)->refcount = 2;
  }
  const absl::Status status = slots.Offline(kThird);
  CHECK(status.code() == absl::StatusCode::kUnavailable);
  CHECK(std::string(status.message()).find("EBUSY: pfns 0x10000 to 0x17fff") ==
        0);
  REQUIRE_FALSE(machine.log.lines.empty());
  CHECK(machine.log.lines.front().find("page:") == 0);
  CHECK(std::find(machine.log.lines.begin(), machine.log.lines.end(),
                  movable ? "page dumped because: migration failure"
                          : "page dumped because: unmovable page") !=
        machine.log.lines.end());
  const Zone& normal = slots.normal();
  CHECK(normal.managed == PageCount(32768));
  CHECK(normal.present == PageCount(32768));
  CHECK(normal.span == kThird);
  CHECK(normal.nr_isolate_pageblock == 0);
  CHECK(machine.memory->IsValid(kThird.begin));
  CHECK(slots.listener.calls == std::vector<std::string>{"going online"});
  // What waited on the per-cpu list is counted as free now.
  // What a pinned page was to move to waits on one of another zone.
  const int32_t waiting = machine.zone(ZoneType::kDma32).pcp[0].count;
  CHECK(TotalOf(*machine.state, ZoneStat::kFreePages) +
            static_cast<uint64_t>(waiting) >=
        free);
  CHECK(Verify(*machine.state) == Findings());
  // Free, it goes.
  if (movable) {
    RemoveFromLru(*machine.state, *machine.page(pfn), PageCount(1));
    machine.page(pfn)->refcount = 1;
  }
  REQUIRE(machine.FreeBlock(pfn));
  CHECK(slots.Offline(kThird).ok());
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: pages that can be moved move before memory goes",
          "[alloc][hotplug]") {
  Slots slots;
  TinyMachine& machine = slots.machine;
  REQUIRE(slots.Online(kThird).ok());
  FakePageUsers users(*machine.state);
  for (int i = 0; i < 100; ++i) {
    const uint64_t pfn = machine.Alloc(gfp::kHighuserMovable);
    REQUIRE(kThird.Contains(Pfn(pfn)));
    machine.page(pfn)->flags = PageFlags().With(page_flag::kSwapbacked);
    AddToLru(*machine.state, *machine.page(pfn), PageCount(1));
  }
  REQUIRE(slots.Offline(kThird).ok());
  CHECK(users.moves.size() == 100);
  for (const auto& [from, to] : users.moves) {
    CHECK(kThird.Contains(Pfn(from)));
    CHECK_FALSE(kThird.Contains(Pfn(to)));
  }
  CHECK(machine.state->events.count(VmEvent::kPgmigrateSuccess) == 100);
  CHECK(machine.state->nodes[0].stat[Index(NodeStat::kInactiveAnon)] == 100);
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: an error names the frame that stays",
          "[alloc][hotplug]") {
  Slots slots;
  TinyMachine& machine = slots.machine;
  REQUIRE(slots.Online(kThird).ok());
  FakePageUsers users(*machine.state);
  const uint64_t pfn = machine.Alloc(gfp::kHighuserMovable);
  machine.page(pfn)->flags = PageFlags().With(page_flag::kSwapbacked);
  AddToLru(*machine.state, *machine.page(pfn), PageCount(1));
  users.pinned.insert(pfn);
  std::string text = std::string(slots.Offline(kThird).message());
  CHECK(text ==
        "EBUSY: pfns 0x10000 to 0x17fff: pages of it are in use, pfn "
        "0x10000 stays");
  users.pinned.clear();
  RemoveFromLru(*machine.state, *machine.page(pfn), PageCount(1));
  text = std::string(slots.Offline(kThird).message());
  CHECK(text ==
        "EBUSY: pfns 0x10000 to 0x17fff: failure to isolate range, "
        "pfn 0x10000 stays");
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: a notifier that refuses leaves nothing behind",
          "[alloc][hotplug]") {
  Slots slots;
  slots.listener.allow = false;
  const absl::Status status = slots.Online(kThird);
  CHECK(status.code() == absl::StatusCode::kResourceExhausted);
  CHECK(std::string(status.message()).find("ENOMEM") == 0);
  CHECK(slots.listener.calls ==
        std::vector<std::string>{"going online", "cancel online"});
  CHECK_FALSE(slots.machine.memory->IsValid(kThird.begin));
  CHECK(slots.normal().span.empty());
  CHECK(slots.machine.state->nodes[0].span ==
        PfnRange{Pfn(0x1000), Pfn(0x10000)});
  CHECK(Verify(*slots.machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: zones grow and shrink at their ends, past holes",
          "[alloc][hotplug]") {
  Slots slots;
  REQUIRE(slots.Online(kThird).ok());
  REQUIRE(slots.Online(kFourth).ok());
  Zone& normal = slots.normal();
  CHECK(normal.span == PfnRange{kThird.begin, kFourth.end});
  // The lower end goes: the zone starts at the next section.
  REQUIRE(slots.Offline(kThird).ok());
  CHECK(normal.span == kFourth);
  CHECK(Verify(*slots.machine.state) == Findings());
  // A hole of the node is spanned by no zone.
  CHECK(slots.machine.state->FindZone(kThird.begin) == nullptr);
  REQUIRE(slots.Online(kThird).ok());
  REQUIRE(slots.Offline(kFourth).ok());
  CHECK(normal.span == kThird);
  REQUIRE(slots.Offline(kThird).ok());
  CHECK(normal.span.empty());
  CHECK(Verify(*slots.machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: the zone is the one asked for or the one around it",
          "[alloc][hotplug]") {
  Slots slots;
  const TinyMachine& machine = slots.machine;
  Zone& movable = slots.machine.zone(ZoneType::kMovable);
  Zone& normal = slots.normal();
  const auto zone_for = [&](PfnRange range, OnlineType type) {
    return &slots.hotplug.ZoneFor(NodeId(0), range, type);
  };
  CHECK(zone_for(kSecond, OnlineType::kDefault) ==
        &machine.state->zones[Index(ZoneType::kDma32)]);
  CHECK(zone_for(kSecond, OnlineType::kMovable) == &movable);
  CHECK(zone_for(kFourth, OnlineType::kDefault) == &normal);
  REQUIRE(slots.Online(kThird, OnlineType::kMovable).ok());
  CHECK(movable.present == PageCount(32768));
  CHECK(zone_for(kThird, OnlineType::kDefault) == &movable);
  CHECK(zone_for(kThird, OnlineType::kKernel) == &normal);
  // Only movable requests get it.
  CHECK_FALSE(kThird.Contains(Pfn(slots.machine.Alloc(gfp::kKernel))));
  CHECK(kThird.Contains(Pfn(slots.machine.Alloc(gfp::kHighuserMovable))));
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: boot memory goes offline, out of the middle of a run",
          "[alloc][hotplug]") {
  Slots slots;
  TinyMachine& machine = slots.machine;
  REQUIRE(slots.Offline(kSecond).ok());
  const Zone& zone = machine.zone(ZoneType::kDma32);
  CHECK(zone.span == PfnRange{Pfn(0x1000), kSecond.begin});
  CHECK(zone.managed == PageCount(0x7000));
  CHECK(machine.Free(zone, kMaxPageOrder, Migratetype::kMovable) ==
        Every(0x1000, 0x8000, 0x400));
  CHECK(Verify(*machine.state) == Findings());
  // Back again, in the zone that other memory of the node is not in.
  REQUIRE(slots.Online(kSecond).ok());
  CHECK(slots.normal().managed == PageCount(32768));
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: holes refuse, and so do several zones",
          "[alloc][hotplug]") {
  Slots slots;
  // The first section begins with a hole that no zone has.
  absl::Status status = slots.Offline({Pfn(0), Pfn(0x8000)});
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(std::string(status.message()).find("EINVAL") == 0);
  REQUIRE(slots.Online(kThird).ok());
  status = slots.Offline({kSecond.begin, kThird.end});
  CHECK(std::string(status.message()) ==
        "EINVAL: pfns 0x8000 to 0x17fff: belongs to more than one zone");
  status = slots.Offline({kThird.begin, kFourth.end});
  CHECK(std::string(status.message()) ==
        "EINVAL: pfns 0x10000 to 0x1ffff: not all of it is memory");
  CHECK(Verify(*slots.machine.state) == Findings());
}

TEST_CASE("MemoryHotplug: a checkpoint goes back across online and offline",
          "[alloc][hotplug]") {
  Slots slots;
  TinyMachine& machine = slots.machine;
  const HostPageImage arena = machine.arena->Save();
  const PhysicalMemory::Checkpoint memory = machine.memory->Save();
  REQUIRE(slots.Online(kThird).ok());
  const uint64_t pfn = machine.Alloc(gfp::kKernel);
  machine.arena->Restore(arena);
  machine.memory->Restore(memory);
  CHECK_FALSE(machine.memory->IsValid(kThird.begin));
  CHECK(machine.memory->max_pfn() == Pfn(0x10000));
  CHECK_FALSE(slots.normal().populated());
  CHECK(Verify(*machine.state) == Findings());
  REQUIRE(slots.Online(kThird).ok());
  CHECK(machine.Alloc(gfp::kKernel) == pfn);
  CHECK(Verify(*machine.state) == Findings());
}

}  // namespace pagelab
