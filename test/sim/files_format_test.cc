// What the recorded machines do not have: several nodes, full lists, builds
// without CMA; and how files are read.

#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/sim/dmesg.h"
#include "pagelab/sim/files/buddyinfo.h"
#include "pagelab/sim/files/direct_map.h"
#include "pagelab/sim/files/meminfo.h"
#include "pagelab/sim/files/pagetypeinfo.h"
#include "pagelab/sim/files/rendered_file.h"
#include "pagelab/sim/files/vmstat.h"
#include "pagelab/sim/files/zoneinfo.h"
#include "pagelab/test/sim/recorded_files.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

std::string ReadAll(SimFile& file, size_t chunk) {
  std::string text;
  std::vector<char> buffer(chunk);
  for (;;) {
    const auto got = file.Read(absl::MakeSpan(buffer));
    REQUIRE(got.ok());
    if (*got == 0) return text;
    text.append(buffer.data(), *got);
  }
}

std::string PagetypeinfoOf(const AllocatorState& state,
                           const MixedBlocks* mixed) {
  std::string text;
  AppendPagetypeinfo(state, mixed, text);
  return text;
}

TEST_CASE("Buddyinfo: the composed example of the format", "[sim][files]") {
  TinyKernel kernel;
  Zone& zone = kernel.state.zones[Index(ZoneType::kDma32)];
  const uint64_t counts[] = {5, 3, 7, 4, 3, 4, 3, 2, 3, 3, 1234567};
  for (int order = 0; order < kNrPageOrders; ++order) {
    zone.free_area[order].nr_free = counts[order];
  }
  std::string text;
  AppendBuddyinfo(kernel.state, text);
  CHECK(text ==
        "Node 0, zone    DMA32      5      3      7      4      3      4      3"
        "      2      3      3 1234567 \n");
}

TEST_CASE("Pagetypeinfo: a list stops being counted at 100000 blocks",
          "[sim][files]") {
  TinyKernel kernel;
  FreeArea& area =
      kernel.state.zones[Index(ZoneType::kDma32)].free_area[kMaxPageOrder];
  Page& run = *kernel.memory->PageAt(Pfn(2048));
  run.order_value = kMaxPageOrder;
  area.list(Migratetype::kMovable).PushBack(run);
  const std::string row =
      "Node    0, zone    DMA32, type      Movable"
      "      0      0      0      0      0      0      0"
      "      0      0      0 ";
  run.extra_blocks = 99998;
  CHECK_THAT(PagetypeinfoOf(kernel.state, nullptr),
             ContainsText(row + " 99999 \n"));
  run.extra_blocks = 99999;
  CHECK_THAT(PagetypeinfoOf(kernel.state, nullptr),
             ContainsText(row + ">100000 \n"));
  run.extra_blocks = 300000;
  CHECK_THAT(PagetypeinfoOf(kernel.state, nullptr),
             ContainsText(row + ">100000 \n"));
}

TEST_CASE("Pagetypeinfo: a section for each node that has memory",
          "[sim][files]") {
  TinyKernel kernel({.node_sections = {1, 2}});
  kernel.state.SetPageblockType(Pfn(1), Migratetype::kUnmovable);
  kernel.state.SetPageblockType(Pfn(40000), Migratetype::kReclaimable);
  const std::vector<std::string> lines =
      LinesOf(PagetypeinfoOf(kernel.state, nullptr));
  // Two heads, six types, two block lines, and blank lines.
  REQUIRE(lines.size() == 2 * 13);
  CHECK(lines[0] == "Page block order: 9");
  CHECK(lines[1] == "Pages per block:  512");
  CHECK(lines[2] == "");
  CHECK(lines[3] ==
        "Free pages count per migrate type at order       0      1      2"
        "      3      4      5      6      7      8      9     10 ");
  CHECK(lines[10] == "");
  CHECK(lines[11] ==
        "Number of blocks type     Unmovable      Movable  Reclaimable"
        "   HighAtomic          CMA      Isolate ");
  CHECK(lines[12] ==
        "Node 0, zone    DMA32            1           63            0"
        "            0            0            0 ");
  CHECK(lines[13] == "Page block order: 9");
  CHECK(lines[17].starts_with("Node    1, zone    DMA32, type    Unmovable "));
  CHECK(lines[25] ==
        "Node 1, zone    DMA32            0          127            1"
        "            0            0            0 ");
}

TEST_CASE("Pagetypeinfo: a build without CMA has no such type",
          "[sim][files]") {
  TinyKernel kernel;
  kernel.state.policy.cma = false;
  const std::string text = PagetypeinfoOf(kernel.state, nullptr);
  CHECK(text.find("CMA") == std::string::npos);
  CHECK_THAT(text, ContainsText("   HighAtomic      Isolate \n"));
}

TEST_CASE("Pagetypeinfo: mixed blocks are counted after the preparation",
          "[sim][files]") {
  TinyKernel kernel({.node_sections = {1, 1}});
  std::string calls;
  MixedBlocks mixed;
  mixed.prepare = [&calls] { calls += "p"; };
  mixed.count = [&calls](const Zone& zone) {
    calls += std::to_string(zone.node.value());
    return BlockCounts{0, 7, 0, 0, 0, 0};
  };
  const std::string text = PagetypeinfoOf(kernel.state, &mixed);
  CHECK(calls == "p0p1");
  CHECK_THAT(text,
             ContainsText("\n\nNumber of mixed blocks    Unmovable"
                          "      Movable  Reclaimable   HighAtomic          CMA"
                          "      Isolate \nNode 1, zone    DMA32            0"
                          "            7            0            0            0"
                          "            0 \n"));
  CHECK(text.ends_with(" \n"));
}

TEST_CASE("Zoneinfo: counters of a node stand at its first populated zone",
          "[sim][files]") {
  TinyKernel kernel({.node_sections = {1, 1}});
  kernel.state.nodes[1].stat[Index(NodeStat::kShmem)] = 77;
  kernel.state.nodes[1].stat[Index(NodeStat::kAnonTransparentHugepages)] = 1024;
  kernel.state.nodes[1].stat[Index(NodeStat::kDirty)] = -3;
  std::string text;
  AppendZoneinfo(kernel.state, text);
  const size_t second = text.find("Node 1, zone    DMA32\n  per-node stats\n");
  REQUIRE(second != std::string::npos);
  CHECK(text.starts_with("Node 0, zone      DMA\n  pages free     0\n"));
  CHECK(text.find("nr_shmem     77") > second);
  CHECK_THAT(text, ContainsText("nr_anon_transparent_hugepages 2\n"));
  CHECK(text.find("-3") == std::string::npos);
  CHECK_THAT(text, ContainsText("protection: (0, 0, 0, 0)\nNode 1, zone"));
}

TEST_CASE("Zoneinfo: watermarks are printed with the boost", "[sim][files]") {
  TinyKernel kernel;
  Zone& zone = kernel.state.zones[Index(ZoneType::kDma32)];
  zone.watermark = {10, 20, 30, 40};
  zone.watermark_boost = 512;
  std::string text;
  AppendZoneinfo(kernel.state, text);
  CHECK_THAT(text, ContainsText("        boost    512\n"
                                "        min      522\n"
                                "        low      532\n"
                                "        high     542\n"
                                "        promo    552\n"));
}

TEST_CASE("Meminfo: available memory leaves the reserves alone",
          "[sim][files]") {
  TinyKernel kernel;
  AllocatorState& state = kernel.state;
  Zone& zone = state.zones[Index(ZoneType::kDma32)];
  zone.vm_stat[static_cast<int>(ZoneStat::kFreePages)] = 1000;
  zone.watermark[static_cast<int>(Watermark::kLow)] = 50;
  zone.watermark_boost = 10;
  state.totalreserve_pages = 300;
  state.nodes[0].stat[Index(NodeStat::kActiveFile)] = 100;
  state.nodes[0].stat[Index(NodeStat::kInactiveFile)] = 101;
  state.nodes[0].stat[Index(NodeStat::kSlabReclaimable)] = 31;
  std::string text;
  AppendMeminfo(state, FileInputs(), text);
  // 1000 - 300 + 201 - min(100, 60) + 31 - min(15, 60).
  CHECK_THAT(text, ContainsText("MemAvailable:       3428 kB\n"));
  state.totalreserve_pages = 100000;
  text.clear();
  AppendMeminfo(state, FileInputs(), text);
  CHECK_THAT(text, ContainsText("MemAvailable:          0 kB\n"));
}

TEST_CASE("Meminfo: cached memory is never below 0", "[sim][files]") {
  TinyKernel kernel;
  kernel.state.nodes[0].stat[Index(NodeStat::kFilePages)] = 10;
  kernel.state.policy.cma = false;
  FileInputs inputs;
  inputs.buffers = PageCount(20);
  std::string text;
  AppendMeminfo(kernel.state, inputs, text);
  CHECK_THAT(text, ContainsText("Buffers:              80 kB\n"
                                "Cached:                0 kB\n"));
  CHECK(text.find("Cma") == std::string::npos);
}

TEST_CASE("Vmstat: counters are sums over nodes and zones", "[sim][files]") {
  TinyKernel kernel({.node_sections = {1, 1}});
  AllocatorState& state = kernel.state;
  for (Zone& zone : state.all_zones()) {
    zone.vm_stat[static_cast<int>(ZoneStat::kFreePages)] = 5;
    zone.lru_stat[Index(ZoneLruStat::kMlock)] = 2;
    zone.numa_stat[static_cast<int>(NumaStat::kLocal)] = 3;
  }
  for (Node& node : state.all_nodes()) {
    node.stat[Index(NodeStat::kKernelStack)] = 16;
  }
  state.events.pgalloc = {1, 2, 3, 4};
  state.events.allocstall = {5, 6, 7, 8};
  state.events.pgfree = 9;
  std::string text;
  AppendVmstat(state, FileInputs(), text);
  CHECK(text.starts_with("nr_free_pages 40\n"));
  for (const char* line :
       {"\nnr_mlock 16\n", "\nnuma_local 24\n", "\nnr_kernel_stack 32\n",
        "\npgalloc_dma 1\npgalloc_dma32 2\npgalloc_normal 3\n"
        "pgalloc_movable 4\nallocstall_dma 5\nallocstall_dma32 6\n"
        "allocstall_normal 7\nallocstall_movable 8\npgskip_dma 0\n",
        "\npgfree 9\npgactivate 0\n"}) {
    CHECK_THAT(text, ContainsText(line));
  }
  CHECK(text.ends_with("\nnr_unstable 0\n"));
}

TEST_CASE("DirectMap: the largest pages that fit", "[sim][files]") {
  const auto sizes = [](std::vector<FirmwareRange> map) {
    const DirectMapSizes got = DirectMapOf(map);
    return std::vector<uint64_t>{got.by_4k >> 10, got.by_2m >> 10,
                                 got.by_1g >> 10};
  };
  CHECK(sizes({{{0, 0x9fc00}, true}, {{0x100000, 0x7ffe0000}, true}}) ==
        std::vector<uint64_t>{636 + 1024 + 1920, 2093056, 0});
  CHECK(sizes({{{0x100000000, 0x140000000}, true},
               {{0x140000000, 0x180000000}, false}}) ==
        std::vector<uint64_t>{0, 0, 1048576});
  CHECK(sizes({{{0x3ff00000, 0x80100000}, true}}) ==
        std::vector<uint64_t>{2048, 0, 1048576});
  CHECK(sizes({{{0x1001, 0x1fff}, true}}) == std::vector<uint64_t>{0, 0, 0});
}

TEST_CASE("DirectMap: of small pages only", "[sim][files]") {
  const DirectMapSizes sizes =
      DirectMapOf(std::vector<FirmwareRange>{{{0, 0x9fc00}, true},
                                             {{0x100000, 0x80000000}, true}},
                  DirectMapPages::kSmallOnly);
  CHECK(sizes.by_4k >> 10 == 636 + (2048 - 1) * 1024);
  CHECK(sizes.by_2m == 0);
  CHECK(sizes.by_1g == 0);
}

TEST_CASE("RenderedFile: reads go on in one text, and start anew at 0",
          "[sim][files]") {
  int rendered = 0;
  RenderedFile file([&rendered](RenderFor why) -> std::string {
    CHECK(why == RenderFor::kRead);
    return "text " + std::to_string(++rendered) + "\n";
  });
  CHECK(ReadAll(file, 3) == "text 1\n");
  CHECK(rendered == 1);
  REQUIRE(file.Seek(0).ok());
  CHECK(ReadAll(file, 100) == "text 2\n");
  REQUIRE(file.Seek(5).ok());
  CHECK(ReadAll(file, 100) == "3\n");
  REQUIRE(file.Seek(100).ok());
  CHECK(ReadAll(file, 100) == "");
}

TEST_CASE("RenderedFile: a dump is not a read", "[sim][files]") {
  RenderedFile file([](RenderFor why) -> std::string {
    return why == RenderFor::kDump ? "dump" : "read";
  });
  StringOutput out;
  REQUIRE(file.Dump(out).ok());
  CHECK(out.text() == "dump");
  CHECK(ReadAll(file, 100) == "read");
  const auto written = file.Write("1");
  CHECK(written.status().message() == "EACCES: the file can only be read");
}

TEST_CASE("RenderedFile: an error of the text is the read's", "[sim][files]") {
  RenderedFile file([](RenderFor) -> absl::StatusOr<std::string> {
    return absl::InternalError("no text");
  });
  char byte = 0;
  CHECK(file.Read(absl::MakeSpan(&byte, 1)).status().message() == "no text");
  StringOutput out;
  CHECK(file.Dump(out).message() == "no text");
}

TEST_CASE("Dmesg: lines carry the time since boot", "[sim][dmesg]") {
  KernelClock clock;
  Dmesg dmesg(clock);
  dmesg.Printk("first");
  clock.AdvanceTo(Nanoseconds(10'389'176'999));
  dmesg.Printk("second");
  const Dmesg::Checkpoint checkpoint = dmesg.Save();
  clock.AdvanceTo(Nanoseconds(123'456'000'001'000));
  dmesg.Printk("third");
  CHECK(dmesg.text() ==
        "[    0.000000] first\n[   10.389176] second\n"
        "[123456.000001] third\n");
  dmesg.Restore(checkpoint);
  CHECK(dmesg.lines() == std::vector<std::string>{"[    0.000000] first",
                                                  "[   10.389176] second"});
}

}  // namespace
}  // namespace pagelab
