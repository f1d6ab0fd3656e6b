#include "pagelab/stackdepot/stack_depot.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "pagelab/stackdepot/jhash.h"
#include "pagelab/stackdepot/symbol_table.h"
#include "pagelab/test/stackdepot/depot_world.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("StackDepot: two stacks of 16 frames take 160 bytes each of a pool",
          "[stackdepot][depot]") {
  // page-ext-owner-depot.md 16, vector 3.
  DepotWorld world;
  CHECK(world.Save(Stack(1)) == StackHandle(1));
  CHECK(world.depot.state().pools.size() == 1);
  CHECK(world.depot.state().persistent_count == 1);
  CHECK(world.depot.state().persistent_bytes == 160);
  CHECK(world.depot.pages_held() == PageCount(4));

  CHECK(world.Save(Stack(2)) == StackHandle(0x00140001));
  CHECK(world.depot.pages_held() == PageCount(8));

  CHECK(world.Save(Stack(1)) == StackHandle(1));
  CHECK(world.depot.state().persistent_count == 2);
  CHECK(world.source.requests.size() == 2);
  CHECK(world.depot.Verify().ok());
}

TEST_CASE("StackDepot: the 103rd stack of 16 frames opens the second pool",
          "[stackdepot][depot]") {
  // page-ext-owner-depot.md 16, vector 4.
  DepotWorld world;
  for (uint64_t i = 0; i < 102; ++i) {
    CHECK(world.Save(Stack(i)).value() == ((10 * i) << 17 | 1));
  }
  CHECK(world.source.requests.size() == 2);
  CHECK(world.Save(Stack(102)) == StackHandle(2));
  // The spare became the pool; the next new stack fetches another spare.
  CHECK(world.depot.pages_held() == PageCount(8));
  CHECK(world.source.requests.size() == 2);
  CHECK(world.Save(Stack(103)) == StackHandle(2 | 10 << 17));
  CHECK(world.depot.pages_held() == PageCount(12));
  CHECK(world.depot.Verify().ok());
}

TEST_CASE("StackDepot: a stack ends at the first interrupt entry",
          "[stackdepot][depot]") {
  // page-ext-owner-depot.md 16, vector 5.
  DepotWorld world;
  std::vector<SimAddress> frames = Stack(1, 4);
  frames[2] = kIrqEntryText.begin + 5;
  const StackHandle handle = world.Save(frames);
  const std::vector<SimAddress> kept(frames.begin(), frames.begin() + 3);
  CHECK(Fetched(world.depot, handle) == kept);
  // What was interrupted makes no difference.
  frames[3] += 100;
  CHECK(world.Save(frames) == handle);
  CHECK(world.Save(kept) == handle);
}

TEST_CASE("StackDepot: record sizes are 32 bytes and the frames, rounded up",
          "[stackdepot][depot]") {
  DepotWorld world;
  const auto [depth, size] = GENERATE(
      std::pair<size_t, int64_t>{1, 48}, std::pair<size_t, int64_t>{2, 48},
      std::pair<size_t, int64_t>{3, 64}, std::pair<size_t, int64_t>{8, 96},
      std::pair<size_t, int64_t>{16, 160}, std::pair<size_t, int64_t>{64, 544});
  world.Save(Stack(1, depth));
  CHECK(world.depot.state().persistent_bytes == size);
}

TEST_CASE("StackDepot: frames come back in place from simulated memory",
          "[stackdepot][depot]") {
  DepotWorld world;
  const StackHandle handle = world.Save(Stack(1, 5));
  CHECK(Fetched(world.depot, handle) == Stack(1, 5));
  const auto* pool =
      world.memory.FrameIfMapped(world.depot.state().pools.front());
  REQUIRE(pool != nullptr);
  CHECK(static_cast<const void*>(world.depot.Fetch(handle).data()) ==
        static_cast<const void*>(pool + 32));
  // Extra bits belong to the caller.
  const StackHandle marked = world.depot.profile().handle.WithExtra(handle, 21);
  CHECK(Fetched(world.depot, marked) == Stack(1, 5));
}

TEST_CASE("StackDepot: a record and its bucket hold what the kernel's would",
          "[stackdepot][depot]") {
  DepotWorld world;
  const std::vector<SimAddress> frames = Stack(1, 1);
  world.Save(frames);
  const uint32_t hash = HashFrames(frames, 0x9747b28c);
  const uint64_t bucket = DepotWorld::kTableAddress + (hash & 4095) * 16;
  const auto word = [&world](uint64_t address) {
    uint64_t value;
    std::memcpy(
        &value,
        world.memory.Frame(Pfn(address / kPageSize)) + address % kPageSize,
        sizeof value);
    return value;
  };
  const uint64_t record = world.depot.state().pools.front().address();
  constexpr uint64_t kDirectMap = 0xffff888000000000;
  CHECK(word(bucket) == kDirectMap + record);
  CHECK(word(bucket + 8) == kDirectMap + record);
  CHECK(word(record) == kDirectMap + bucket);
  CHECK(word(record + 8) == kDirectMap + bucket);
  CHECK(word(record + 16) == (uint64_t{1} << 32 | hash));
  CHECK(word(record + 24) == (uint64_t{0xc0000000} << 32 | 1));
  CHECK(word(record + 32) == frames[0]);
}

TEST_CASE("StackDepot: many stacks in few buckets are all found again",
          "[stackdepot][depot]") {
  DepotWorld world;
  world.depot.UseHashTable(DepotWorld::kTableAddress, 4);
  std::vector<StackHandle> handles;
  for (uint64_t i = 0; i < 300; ++i) {
    handles.push_back(world.Save(Stack(i, i % 20 + 1)));
  }
  // Without what was remembered outside of simulated memory.
  world.depot.RestoreState(world.depot.SaveState());
  for (uint64_t i = 0; i < 300; ++i) {
    CHECK(world.Save(Stack(i, i % 20 + 1)) == handles[i]);
    CHECK(Fetched(world.depot, handles[i]) == Stack(i, i % 20 + 1));
  }
  CHECK(world.depot.state().persistent_count == 300);
  CHECK(world.depot.Verify().ok());
}

TEST_CASE("StackDepot: pools are asked for with a nested mask",
          "[stackdepot][depot]") {
  const auto [asked, nested] =
      GENERATE(std::pair<uint32_t, uint32_t>{0xcc0, 0x92cc0},
               std::pair<uint32_t, uint32_t>{0x100cca, 0x92cc0},
               std::pair<uint32_t, uint32_t>{0x2800, 0x92800},
               std::pair<uint32_t, uint32_t>{0x820, 0x92820},
               std::pair<uint32_t, uint32_t>{0, 0x92000});
  DepotWorld world;
  world.Save(Stack(1), Gfp(asked));
  REQUIRE(world.source.requests.size() == 1);
  CHECK(world.source.requests[0].gfp == Gfp(nested));
  CHECK(world.source.requests[0].order == Order(2));
}

TEST_CASE("StackDepot: without memory a new stack has no handle",
          "[stackdepot][depot]") {
  DepotWorld world;
  world.source.blocks_left = 0;
  CHECK_FALSE(world.Save(Stack(1)).valid());
  CHECK(world.log.lines.empty());
  world.source.blocks_left = 1;
  CHECK(world.Save(Stack(1)) == StackHandle(1));
  // No spare is to be had, but the pool has room.
  CHECK(world.Save(Stack(2)).valid());
  CHECK(world.depot.pages_held() == PageCount(4));
}

TEST_CASE("StackDepot: a save that may not allocate uses the room there is",
          "[stackdepot][depot]") {
  DepotWorld world;
  CHECK_FALSE(world.Save(Stack(1), gfp::kKernel, SaveFlags::kNone).valid());
  world.Save(Stack(1));
  CHECK(world.Save(Stack(2), gfp::kKernel, SaveFlags::kNone).valid());
  CHECK(world.source.requests.size() == 1);
}

TEST_CASE("StackDepot: a full depot warns once and keeps answering for the old",
          "[stackdepot][depot]") {
  StackDepotOptions options;
  options.profile.max_pools = 1;
  DepotWorld world(options);
  for (uint64_t i = 0; i < 102; ++i) CHECK(world.Save(Stack(i)).valid());
  CHECK(world.log.lines.empty());
  CHECK_FALSE(world.Save(Stack(102)).valid());
  CHECK_FALSE(world.Save(Stack(103)).valid());
  CHECK(world.log.lines == Lines{"Stack depot reached limit capacity"});
  CHECK(world.Save(Stack(50)) == StackHandle(500 << 17 | 1));
  // The spare stays where it is, for nobody.
  CHECK(world.depot.pages_held() == PageCount(8));
  CHECK(world.depot.Verify().ok());
}

TEST_CASE("StackDepot: a stack over 64 frames is cut, and stored every time",
          "[stackdepot][depot]") {
  DepotWorld world;
  const StackHandle first = world.Save(Stack(1, 70));
  const StackHandle second = world.Save(Stack(1, 70));
  CHECK(first != second);
  CHECK(Fetched(world.depot, first) == Stack(1, 64));
  CHECK(Fetched(world.depot, second) == Stack(1, 64));
  CHECK(world.depot.state().persistent_bytes == 2 * 544);
  // The hash is that of all 70 frames.
  CHECK(world.Save(Stack(1, 64)) != first);
}

TEST_CASE("StackDepot: what is stored while pages are fetched is found",
          "[stackdepot][depot]") {
  DepotWorld world;
  world.Save(Stack(1));
  world.source.on_alloc = [&world] {
    world.source.on_alloc = nullptr;
    world.Save(Stack(2), gfp::kKernel, SaveFlags::kNone);
  };
  CHECK(world.Save(Stack(2)) == StackHandle(10 << 17 | 1));
  CHECK(world.depot.state().persistent_count == 2);
}

TEST_CASE("StackDepot: pages that came too late are given back",
          "[stackdepot][depot]") {
  DepotWorld world;
  world.Save(Stack(1));
  world.source.on_alloc = [&world] {
    world.source.on_alloc = nullptr;
    world.Save(Stack(2));
  };
  world.Save(Stack(3));
  CHECK(world.source.requests.size() == 3);
  REQUIRE(world.source.freed.size() == 1);
  CHECK(world.depot.state().spare != world.source.freed[0]);
  CHECK(world.depot.pages_held() == PageCount(8));
}

TEST_CASE("StackDepot: allocating in NMI context is warned of once",
          "[stackdepot][depot]") {
  DepotWorld world;
  world.context.level = InterruptLevel::kNmi;
  world.context.cpu = CpuId(1);
  world.task.pid = 42;
  CHECK(world.Save(Stack(1)).valid());
  CHECK(world.Save(Stack(2)).valid());
  CHECK(world.log.lines == Lines{"WARNING: CPU: 1 PID: 42 at lib/stackdepot.c "
                                 "stack_depot_save_flags"});
}

TEST_CASE("StackDepot: nothing to store gives no handle",
          "[stackdepot][depot]") {
  DepotWorld world;
  CHECK_FALSE(world.Save({}).valid());
  CHECK(world.source.requests.empty());
}

TEST_CASE("StackDepot: a disabled depot stores and answers nothing",
          "[stackdepot][depot]") {
  StackDepotOptions options;
  options.disabled = true;
  DepotWorld world(options);
  CHECK_FALSE(world.depot.BeginEarlyInit());
  CHECK_FALSE(world.Save(Stack(1)).valid());
  CHECK(world.depot.Fetch(StackHandle(1)).empty());
  CHECK(world.depot.Refcount(StackHandle(1)) == 0);
  CHECK(world.depot.AddRefcount(StackHandle(1), 4) == 0);
  CHECK(world.log.lines == Lines{"stackdepot: disabled"});
  CHECK(world.depot.Verify().ok());
}

TEST_CASE("StackDepot: handles that name nothing are reported",
          "[stackdepot][depot]") {
  DepotWorld world;
  world.Save(Stack(1));
  CHECK(world.depot.Fetch(StackHandle()).empty());
  CHECK(world.log.lines.empty());

  CHECK(world.depot.Fetch(StackHandle(3)).empty());
  CHECK(world.log.lines ==
        Lines{"pool index 2 out of bounds (1) for stack id 00000003",
              "corrupt handle or use after stack_depot_put()"});
  world.log.lines.clear();
  CHECK(world.depot.Fetch(StackHandle(0x00020000)).empty());
  CHECK(world.log.lines.front() ==
        "pool index -1 out of bounds (1) for stack id 00020000");
  world.log.lines.clear();
  // Inside the first record, and over the end of the pool.
  CHECK(world.depot.Fetch(StackHandle(1 << 17 | 1)).empty());
  CHECK(world.depot.Fetch(StackHandle(1023 << 17 | 1)).empty());
  CHECK(world.log.lines ==
        Lines{"corrupt handle or use after stack_depot_put()",
              "corrupt handle or use after stack_depot_put()"});
}

TEST_CASE("StackDepot: a refcount starts saturated and is its owner's",
          "[stackdepot][depot]") {
  DepotWorld world;
  const StackHandle handle = world.Save(Stack(1));
  CHECK(world.depot.Refcount(handle) == -1073741824);
  world.depot.SetRefcount(handle, 1);
  CHECK(world.depot.AddRefcount(handle, 4) == 5);
  CHECK(world.depot.AddRefcount(handle, -4) == 1);
  CHECK(world.depot.Refcount(handle) == 1);
  // Saving does not count.
  world.Save(Stack(1));
  CHECK(world.depot.Refcount(handle) == 1);
  CHECK(world.depot.AddRefcount(handle, 0x7fffffff) ==
        StackDepot::kRefcountSaturated);
  CHECK(world.depot.Refcount(StackHandle()) == 0);
}

TEST_CASE("StackDepot: the hash table has a bucket for 16 KiB of memory",
          "[stackdepot][depot]") {
  DepotWorld world;
  // The recorded machines of 2, 4 and 1 GiB: 524158 is the zonelist line's
  // "Total pages" of the first.
  CHECK(world.depot.HashTableEntries(PageCount(524158)) == 131072);
  CHECK(world.depot.HashTableEntries(PageCount(1048443)) == 262144);
  CHECK(world.depot.HashTableEntries(PageCount(262014)) == 65536);
  CHECK(world.depot.HashTableEntries(PageCount(524289)) == 262144);
  CHECK(world.depot.HashTableEntries(PageCount(64)) == 4096);
  CHECK(world.depot.HashTableEntries(PageCount(uint64_t{1} << 28)) == 1048576);
}

TEST_CASE("StackDepot: early init logs what a recorded boot logs",
          "[stackdepot][depot]") {
  DepotWorld world;
  CHECK(world.depot.BeginEarlyInit());
  world.depot.UseHashTable(0x200000, 131072);
  world.depot.LogHashTable();
  CHECK(world.log.lines ==
        Lines{"stackdepot: allocating hash table via alloc_large_system_hash",
              "stackdepot hash table entries: 131072 (order: 9, 2097152 "
              "bytes, linear)"});
}

TEST_CASE("StackDepot: the statistics file has the kernel's seven lines",
          "[stackdepot][depot]") {
  DepotWorld world;
  world.Save(Stack(1));
  world.Save(Stack(2, 3));
  CHECK(world.depot.StatsText() ==
        "pools: 1\n"
        "refcounted_allocations: 0\n"
        "refcounted_frees: 0\n"
        "refcounted_in_use: 0\n"
        "freelist_size: 0\n"
        "persistent_count: 2\n"
        "persistent_bytes: 224\n");
}

TEST_CASE("StackDepot: a checkpoint brings back state and answers",
          "[stackdepot][depot]") {
  DepotWorld world;
  for (uint64_t i = 0; i < 150; ++i) world.Save(Stack(i));
  const StackDepot::State state = world.depot.SaveState();
  const PhysicalMemory::Checkpoint memory = world.memory.Save();

  const auto run = [&world] {
    std::vector<uint32_t> handles;
    for (uint64_t i = 140; i < 400; ++i) {
      handles.push_back(world.Save(Stack(i)).value());
    }
    return handles;
  };
  const std::vector<uint32_t> first = run();
  const std::string stats = world.depot.StatsText();

  world.memory.Restore(memory);
  world.depot.RestoreState(state);
  CHECK(world.depot.state().persistent_count == 150);
  CHECK(world.depot.Verify().ok());
  CHECK(run() == first);
  CHECK(world.depot.StatsText() == stats);
  CHECK(world.depot.Verify().ok());
}

TEST_CASE("StackDepot: a restored depot forgets what came after",
          "[stackdepot][depot]") {
  DepotWorld world;
  world.Save(Stack(1));
  const StackDepot::State state = world.depot.SaveState();
  const PhysicalMemory::Checkpoint memory = world.memory.Save();
  world.Save(Stack(2));
  std::byte* place = world.memory.Frame(state.pools.front()) + 160;
  const std::vector<std::byte> bytes(place, place + 160);

  world.memory.Restore(memory);
  world.depot.RestoreState(state);
  // Bytes that look like the record, but are in no bucket.
  std::memcpy(place, bytes.data(), bytes.size());
  world.Save(Stack(2));
  CHECK(world.depot.state().persistent_count == 2);
  CHECK(world.depot.Verify().ok());
}

TEST_CASE("StackDepot: the same saves make the same bytes",
          "[stackdepot][depot]") {
  DepotWorld worlds[2];
  for (DepotWorld& world : worlds) {
    for (uint64_t i = 0; i < 120; ++i) world.Save(Stack(i, i % 16 + 1));
  }
  const std::vector<Pfn>& pools = worlds[0].depot.state().pools;
  REQUIRE(pools == worlds[1].depot.state().pools);
  REQUIRE(worlds[0].depot.state().pool_offset > 0);
  for (const Pfn pool : pools) {
    CHECK(std::memcmp(worlds[0].memory.Frame(pool),
                      worlds[1].memory.Frame(pool), 4 * kPageSize) == 0);
  }
}

TEST_CASE("StackDepot: a damaged bucket does not pass verification",
          "[stackdepot][depot]") {
  DepotWorld world;
  const StackHandle handle = world.Save(Stack(1));
  std::byte* record = world.memory.Frame(world.depot.state().pools.front());
  SECTION("wrong hash") {
    record[16] ^= std::byte{1};
    CHECK(std::string(world.depot.Verify().message()).substr(0, 3) == "D2:");
  }
  SECTION("wrong handle") {
    record[24] ^= std::byte{2};
    CHECK(std::string(world.depot.Verify().message()).substr(0, 3) == "D1:");
    CHECK(world.depot.Fetch(handle).empty());
  }
  SECTION("wrong counter") {
    StackDepot::State state = world.depot.SaveState();
    ++state.persistent_count;
    world.depot.RestoreState(state);
    CHECK(std::string(world.depot.Verify().message()).substr(0, 3) == "D4:");
  }
}

}  // namespace
}  // namespace pagelab
