// The arena, frames and their contents, and coming back to a checkpoint.

#include "pagelab/alloc/physical_memory.h"

#include <cstring>

#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/allocator_duel.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/death.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

HostMapping MakeMapping(uint64_t bytes) {
  absl::StatusOr<HostMapping> mapping = HostMapping::Create(bytes);
  REQUIRE(mapping.ok());
  return *std::move(mapping);
}

TEST_CASE("HostMapping: is zero, lazy, and whole host pages",
          "[alloc][arena]") {
  const HostMapping mapping = MakeMapping((uint64_t{1} << 30) + 1);
  CHECK(mapping.size() == (uint64_t{1} << 30) + 4096);
  CHECK(mapping.resident_bytes() == 0);
  CHECK(mapping.data()[mapping.size() - 1] == std::byte{0});
  mapping.data()[5000] = std::byte{1};
  CHECK(mapping.resident_bytes() >= 4096);
  CHECK(mapping.resident_bytes() <= 3 * 4096);
}

TEST_CASE("HostMapping: comes back byte for byte", "[alloc][arena]") {
  HostMapping mapping = MakeMapping(1 << 20);
  std::byte* data = mapping.data();
  data[0] = std::byte{1};
  data[8192] = std::byte{2};
  const HostPageImage image = mapping.Save();
  data[0] = std::byte{9};
  data[8193] = std::byte{9};
  // Was never written before.
  data[500000] = std::byte{9};
  mapping.Restore(image);
  CHECK(mapping.data() == data);
  CHECK(data[0] == std::byte{1});
  CHECK(data[8192] == std::byte{2});
  CHECK(data[8193] == std::byte{0});
  CHECK(data[500000] == std::byte{0});
  mapping.Restore(HostPageImage());
  CHECK(mapping.Save().offsets.empty());
  CHECK(data[0] == std::byte{0});
}

TEST_CASE("HostMapping: a moved mapping stays where it is", "[alloc][arena]") {
  HostMapping mapping = MakeMapping(4096);
  std::byte* data = mapping.data();
  data[7] = std::byte{7};
  HostMapping moved(std::move(mapping));
  CHECK(moved.data() == data);
  HostMapping assigned;
  assigned = std::move(moved);
  CHECK(assigned.data()[7] == std::byte{7});
}

TEST_CASE("HostMapping: a reservation that the host refuses is an error",
          "[alloc][arena]") {
  const auto mapping = HostMapping::Create(uint64_t{1} << 62);
  REQUIRE_FALSE(mapping.ok());
  CHECK(mapping.status().message() ==
        "the host refuses a reservation of 4611686018427387904 bytes of "
        "address space");
}

TEST_CASE("Arena: pieces are zero, aligned and apart", "[alloc][arena]") {
  Arena arena(MakeMapping(4096));
  auto* first = static_cast<std::byte*>(arena.Reserve(10));
  auto* second = arena.ReserveArray<uint64_t>(3);
  CHECK(reinterpret_cast<uintptr_t>(second) % 64 == 0);
  CHECK(reinterpret_cast<std::byte*>(second) - first == 64);
  CHECK(second[2] == 0);
  CHECK(*arena.New<int>(42) == 42);
  CHECK_THAT(DeathMessage([&] { arena.Reserve(4096); }),
             ContainsText("used_ <= mapping_.size()"));
}

struct Frames {
  Frames() { memory.MarkPresent({Pfn(0x10), Pfn(0x300)}); }
  Arena arena{MakeMapping(1 << 20)};
  // Sections of 256 pages.
  PhysicalMemory memory{
      arena, {.section_order = 8, .pageblock_order = 5}, Pfn(0x780)};
};

TEST_CASE("PhysicalMemory: sections are valid as a whole",
          "[alloc][physical_memory]") {
  Frames frames;
  const PhysicalMemory& memory = frames.memory;
  CHECK(memory.nr_sections() == 8);
  CHECK(memory.nr_present_sections() == 3);
  CHECK(memory.IsValid(Pfn(0)));
  CHECK(memory.IsValid(Pfn(0x2ff)));
  CHECK_FALSE(memory.IsValid(Pfn(0x300)));
  CHECK_FALSE(memory.IsValid(Pfn(uint64_t{1} << 50)));
  CHECK(memory.end_pfn() == Pfn(0x800));
  CHECK(memory.PfnOf(memory.PageAt(Pfn(0x123))) == Pfn(0x123));
  // Every block of the largest order has its descriptors.
  CHECK(NrDescriptors(memory.geometry(), Pfn(0x301)) == 0x400);
  CHECK(NrDescriptors({.section_order = 15}, Pfn(0x8001)) == 0x10000);
}

TEST_CASE("PhysicalMemory: a frame that nobody wrote to costs nothing",
          "[alloc][physical_memory]") {
  Frames frames;
  PhysicalMemory& memory = frames.memory;
  CHECK(memory.FrameIfMapped(Pfn(0x20)) == nullptr);
  memory.ZeroFrames(Pfn(0), PageCount(0x300));
  CHECK(memory.FrameIfMapped(Pfn(0x20)) == nullptr);
  CHECK(memory.resident_bytes() == 0);
  std::byte* frame = memory.Frame(Pfn(0x20));
  CHECK(memory.FrameIfMapped(Pfn(0x20)) == frame);
  CHECK(memory.Frame(Pfn(0x21)) == frame + kPageSize);
  CHECK(frame[kPageSize - 1] == std::byte{0});
}

TEST_CASE("PhysicalMemory: zeroing forgets what was noted, in all sections",
          "[alloc][physical_memory]") {
  Frames frames;
  PhysicalMemory& memory = frames.memory;
  for (uint64_t pfn : {0xfe, 0xff, 0x100, 0x101}) {
    std::memset(memory.Frame(Pfn(pfn)), 0x5a, kPageSize);
  }
  memory.NoteContents(Pfn(0xfe), PageCount(4));
  memory.ZeroFrames(Pfn(0xff), PageCount(2));
  CHECK(memory.Frame(Pfn(0xfe))[9] == std::byte{0x5a});
  CHECK(memory.Frame(Pfn(0xff))[9] == std::byte{0});
  CHECK(memory.Frame(Pfn(0x100))[kPageSize - 1] == std::byte{0});
  CHECK(memory.Frame(Pfn(0x101))[9] == std::byte{0x5a});
}

TEST_CASE("PhysicalMemory: poison is there at once and costs nothing",
          "[alloc][physical_memory]") {
  Frames frames;
  PhysicalMemory& memory = frames.memory;
  memory.PoisonFrames({Pfn(0x10), Pfn(0x300)});
  CHECK(memory.resident_bytes() == 0);
  CHECK(memory.ByteAt(Pfn(0x0f), 7) == std::byte{0});
  CHECK(memory.ByteAt(Pfn(0x10), 7) == kPagePoison);
  CHECK(memory.ByteAt(Pfn(0x2ff), kPageSize - 1) == kPagePoison);
  CHECK(memory.WrittenSincePoison(Pfn(0x20)) == nullptr);

  REQUIRE(memory.WriteByte(Pfn(0x20), 9, std::byte{1}));
  CHECK(memory.ByteAt(Pfn(0x20), 9) == std::byte{1});
  CHECK(memory.ByteAt(Pfn(0x20), 10) == kPagePoison);
  CHECK(memory.WrittenSincePoison(Pfn(0x20)) == memory.Frame(Pfn(0x20)));

  memory.ZeroFrames(Pfn(0x20), PageCount(1));
  CHECK(memory.ByteAt(Pfn(0x20), 9) == std::byte{0});
  CHECK(memory.ByteAt(Pfn(0x20), 10) == std::byte{0});
  CHECK(memory.ByteAt(Pfn(0x21), 10) == kPagePoison);
  REQUIRE(memory.WriteByte(Pfn(0x21), 9, std::byte{1}));
  memory.PoisonFrames({Pfn(0x21), Pfn(0x22)});
  CHECK(memory.ByteAt(Pfn(0x21), 9) == kPagePoison);
  CHECK(memory.WrittenSincePoison(Pfn(0x21)) == nullptr);
}

TEST_CASE("PhysicalMemory: the simulated kernel's own data is out of reach",
          "[alloc][physical_memory]") {
  Frames frames;
  PhysicalMemory& memory = frames.memory;
  REQUIRE(memory.WriteByte(Pfn(0x20), 9, std::byte{1}));
  CHECK_FALSE(memory.HoldsKernelData(Pfn(0x20)));
  memory.PoisonFrames({Pfn(0x21), Pfn(0x22)});
  // It takes frames that were written to, or are poisoned: it finds zeroes.
  memory.NoteContents(Pfn(0x20), PageCount(2));
  CHECK(memory.HoldsKernelData(Pfn(0x20)));
  CHECK(memory.Frame(Pfn(0x20))[9] == std::byte{0});
  CHECK(memory.ByteAt(Pfn(0x21), 9) == std::byte{0});
  memory.Frame(Pfn(0x20))[9] = std::byte{2};
  CHECK_FALSE(memory.WriteByte(Pfn(0x20), 9, std::byte{3}));
  CHECK(memory.ByteAt(Pfn(0x20), 9) == std::byte{2});
  // Until it frees them.
  memory.PoisonFrames({Pfn(0x20), Pfn(0x21)});
  CHECK(memory.ByteAt(Pfn(0x20), 9) == kPagePoison);
  CHECK(memory.WriteByte(Pfn(0x20), 9, std::byte{3}));
}

TEST_CASE("PhysicalMemory: a checkpoint brings poison and writes back",
          "[alloc][physical_memory]") {
  Frames frames;
  PhysicalMemory& memory = frames.memory;
  memory.PoisonFrames({Pfn(0x20), Pfn(0x24)});
  REQUIRE(memory.WriteByte(Pfn(0x21), 0, std::byte{1}));
  const PhysicalMemory::Checkpoint checkpoint = memory.Save();
  REQUIRE(memory.WriteByte(Pfn(0x20), 0, std::byte{2}));
  memory.ZeroFrames(Pfn(0x21), PageCount(2));
  memory.Restore(checkpoint);
  CHECK(memory.ByteAt(Pfn(0x20), 0) == kPagePoison);
  CHECK(memory.ByteAt(Pfn(0x21), 0) == std::byte{1});
  CHECK(memory.ByteAt(Pfn(0x21), 1) == kPagePoison);
  CHECK(memory.ByteAt(Pfn(0x22), 0) == kPagePoison);
  CHECK(memory.WrittenSincePoison(Pfn(0x20)) == nullptr);
}

TEST_CASE("PhysicalMemory: a checkpoint brings contents and ranges back",
          "[alloc][physical_memory]") {
  Frames frames;
  PhysicalMemory& memory = frames.memory;
  memory.reserved().Add({Pfn(0), Pfn(0x10)});
  memory.Frame(Pfn(0x20))[0] = std::byte{1};
  memory.NoteContents(Pfn(0x20), PageCount(1));
  const PhysicalMemory::Checkpoint checkpoint = memory.Save();
  memory.Frame(Pfn(0x20))[0] = std::byte{2};
  memory.Frame(Pfn(0x200))[0] = std::byte{3};
  memory.NoteContents(Pfn(0x200), PageCount(1));
  memory.reserved().Remove({Pfn(0), Pfn(0x10)});
  memory.Restore(checkpoint);
  CHECK(memory.Frame(Pfn(0x20))[0] == std::byte{1});
  CHECK(memory.Frame(Pfn(0x200))[0] == std::byte{0});
  CHECK(memory.reserved().Contains(Pfn(5)));
  // It still knows that this frame has something to zero.
  memory.ZeroFrames(Pfn(0x20), PageCount(1));
  CHECK(memory.Frame(Pfn(0x20))[0] == std::byte{0});
}

TEST_CASE("PageAllocator: the same traffic after a restore, the same pages",
          "[alloc][physical_memory]") {
  TinyMachine machine({.memory = TinyMachineOptions::Memory::kRuns});
  machine.SetTuning(31, 100, 500);
  const auto traffic = [&](uint64_t seed) {
    Random random(seed);
    Pfns pfns;
    std::vector<std::pair<uint64_t, int>> live;
    for (int i = 0; i < 400; ++i) {
      const int order = static_cast<int>(random.Uniform(6));
      const Gfp gfp =
          random.Bernoulli(0.5) ? gfp::kKernel : gfp::kHighuserMovable;
      pfns.push_back(machine.Alloc(gfp, order));
      live.emplace_back(pfns.back(), order);
      if (live.size() > 40) {
        const auto [pfn, freed] = live[random.Uniform(live.size())];
        if (machine.page(pfn)->state == PageState::kAllocated &&
            machine.page(pfn)->order() == Order(freed)) {
          machine.FreeBlock(pfn, freed);
        }
      }
    }
    return pfns;
  };
  traffic(1);
  const HostPageImage image = machine.arena->Save();
  const ReferenceAllocator before(*machine.state);
  const Pfns first = traffic(2);
  const ReferenceAllocator after(*machine.state);
  CHECK(before.Difference(*machine.state) != "");
  machine.arena->Restore(image);
  CHECK(before.Difference(*machine.state) == "");
  CHECK(Verify(*machine.state).empty());
  CHECK(traffic(2) == first);
  CHECK(after.Difference(*machine.state) == "");
}

}  // namespace
}  // namespace pagelab
