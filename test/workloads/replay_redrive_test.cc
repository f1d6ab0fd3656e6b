#include <algorithm>
#include <string>
#include <vector>

#include "pagelab/alloc/verify.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/replay_support.h"
#include "pagelab/workloads/replay/redrive.h"

namespace pagelab {
namespace {

TEST_CASE("Redrive: allocations and frees become the machine's own",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  const uint64_t unused = UnusedFrames(machine);
  TraceText trace;
  trace.Alloc(0x100000, 0).Alloc(0x100008, 3).Free(0x100000, 0);
  const RedriveCounts held = Replay(machine, trace).counts;
  CHECK(held.allocations == 2);
  CHECK(held.pages_allocated == 9);
  CHECK(held.frees == 1);
  CHECK(held.pages_freed == 1);
  CHECK(held.same_frame == 0);
  CHECK(UnusedFrames(machine) == unused - 8);
}

TEST_CASE("Redrive: frees of what was never seen allocated are skipped",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  const uint64_t unused = UnusedFrames(machine);
  TraceText trace;
  // Before the recording; then once more, allocated without an event.
  trace.Free(0x200, 0).Free(0x200, 0).Free(0x400, 9).Free(0x480, 2);
  const RedriveCounts counts = Replay(machine, trace).counts;
  CHECK(counts.frees == 0);
  CHECK(counts.skipped_unseen == 2);
  CHECK(counts.skipped_free == 2);
  CHECK(UnusedFrames(machine) == unused);
}

TEST_CASE("Redrive: a block may be freed in parts", "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  const uint64_t unused = UnusedFrames(machine);

  SECTION("the tail of alloc_pages_exact, page by page") {
    TraceText trace;
    trace.Alloc(0x300, 2).Free(0x303, 0);
    const RedriveCounts counts = Replay(machine, trace).counts;
    CHECK(counts.frees == 1);
    CHECK(counts.partial_frees == 1);
    CHECK(UnusedFrames(machine) == unused - 3);
  }
  SECTION("all of it, from the back") {
    TraceText trace;
    trace.Alloc(0x300, 2).Free(0x303, 0).Free(0x302, 0).Free(0x301, 0);
    trace.Free(0x300, 0);
    const RedriveCounts counts = Replay(machine, trace).counts;
    CHECK(counts.frees == 4);
    CHECK(counts.pages_freed == 4);
    CHECK(counts.partial_frees == 1);
    CHECK(UnusedFrames(machine) == unused);
  }
  SECTION("halves and quarters, as a lost reference leaves them") {
    TraceText trace;
    trace.Alloc(0x310, 3).Free(0x314, 2).Free(0x312, 1).Free(0x311, 0);
    trace.Free(0x310, 0);
    const RedriveCounts counts = Replay(machine, trace).counts;
    CHECK(counts.frees == 4);
    CHECK(counts.pages_freed == 8);
    CHECK(counts.partial_frees == 3);
    CHECK(UnusedFrames(machine) == unused);
  }
  SECTION("compound blocks too") {
    TraceText trace;
    trace.Alloc(0x310, 3, "GFP_HIGHUSER_MOVABLE|__GFP_COMP").Free(0x312, 0);
    Replay(machine, trace);
    CHECK(UnusedFrames(machine) == unused - 7);
  }
}

TEST_CASE("Redrive: blocks may be freed as one that were allocated as several",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  const uint64_t unused = UnusedFrames(machine);
  TraceText trace;
  // The third quarter was never seen allocated.
  trace.Alloc(0x300, 0).Alloc(0x301, 0).Alloc(0x306, 1).Free(0x300, 3);
  const RedriveCounts counts = Replay(machine, trace).counts;
  CHECK(counts.frees == 1);
  CHECK(counts.pages_freed == 4);
  CHECK(UnusedFrames(machine) == unused);
}

TEST_CASE("Redrive: what is allocated again must have been freed",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  const uint64_t unused = UnusedFrames(machine);

  SECTION("the same block") {
    TraceText trace;
    trace.Alloc(0x300, 1).Alloc(0x300, 1);
    CHECK(Replay(machine, trace).counts.missed_frees == 1);
    CHECK(UnusedFrames(machine) == unused - 2);
  }
  SECTION("a part of it") {
    TraceText trace;
    trace.Alloc(0x300, 3).Alloc(0x305, 0);
    CHECK(Replay(machine, trace).counts.missed_frees == 1);
    CHECK(UnusedFrames(machine) == unused - 1);
  }
  SECTION("one that contains it") {
    TraceText trace;
    trace.Alloc(0x302, 0).Alloc(0x306, 1).Alloc(0x300, 3);
    CHECK(Replay(machine, trace).counts.missed_frees == 1);
    CHECK(UnusedFrames(machine) == unused - 8);
  }
}

TEST_CASE("Redrive: what goes to the compactor's list is not freed",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  TraceText trace;
  trace.Alloc(0x300, 0).Alloc(0x301, 0);
  trace.Line("compaction_free: (compaction_free+0x4/0xa0) folio=0xffffea01");
  // An interrupt's free is none of the compactor's.
  trace.Flags("..s..").Free(0x301, 0).Flags(".....");
  trace.Free(0x300, 0).Free(0x300, 0);
  const RedriveCounts counts = Replay(machine, trace).counts;
  CHECK(counts.skipped_compactor == 1);
  CHECK(counts.frees == 2);
}

TEST_CASE("Redrive: requests may fail on either side", "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  TraceText trace;
  trace.FailedAlloc(0);
  for (uint64_t i = 0; i < 8; ++i) trace.Alloc(0x10000 + i * 1024, 10);
  for (uint64_t i = 0; i < 8; ++i) trace.Free(0x10000 + i * 1024, 10);
  const RedriveCounts counts = Replay(machine, trace).counts;
  CHECK(counts.failed_in_recording == 1);
  CHECK(counts.allocations < 4);
  CHECK(counts.failed_here == 8 - counts.allocations);
  CHECK(counts.frees == counts.allocations);
  CHECK(counts.skipped_failed == counts.failed_here);
}

TEST_CASE("Redrive: a block that is not aligned cannot be",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  TraceText trace;
  trace.Alloc(0x301, 1).Free(0x303, 2);
  const RedriveCounts counts = Replay(machine, trace).counts;
  CHECK(counts.misaligned == 2);
  CHECK(counts.allocations == 0);
}

TEST_CASE("Redrive: frame numbers of any size have room",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  TraceText trace;
  const uint64_t last = (uint64_t{1} << 40) - 1024;
  trace.Alloc(last, 4).Free(last, 4);
  CHECK(Replay(machine, trace).counts.frees == 1);
}

TEST_CASE("Redrive: the recording's clock moves the machine's",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  const Nanoseconds start = machine.clock().now();
  TraceText trace;
  trace.Alloc(0x300, 0).Alloc(0x301, 0).Alloc(0x302, 0);
  const ReplayReport report = Replay(machine, trace);
  CHECK(report.begin == start);
  CHECK(report.end == start + Nanoseconds(2'000'000));
  CHECK(machine.clock().now() == report.end);
}

TEST_CASE("Redrive: ticks become time at their rate", "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  auto input = InputStream::FromString(
      "trace.txt",
      "              wl-59      [001] .....  16000000000: a: b\n"
      "              wl-59      [001] .....  16000001200: a: b\n"
      "              wl-59      [001] .....  15000000000: a: b\n");
  REQUIRE(input.ok());
  ReplayOptions options;
  options.redrive.ticks_per_second = 2'400'000'000;
  const auto report = ReplayTrace(machine, **input, options);
  REQUIRE(report.ok());
  CHECK(report->end == report->begin + Nanoseconds(500));
}

std::string PageOwnerOf(Machine& machine) {
  const auto file = machine.File("/sys/kernel/debug/page_owner");
  REQUIRE(file.ok());
  StringOutput out;
  REQUIRE((*file)->Dump(out).ok());
  return out.text();
}

TEST_CASE("Redrive: the owner of a page is the recording's task and stack",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m", "page_owner=on");
  TraceText trace;
  trace.Task("wl (main)", 57).Alloc(0x300, 1, "GFP_KERNEL_ACCOUNT|__GFP_ZERO");
  trace.Stack(
      " => trace_event_raw_event_mm_page_alloc\n"
      " => __alloc_pages_noprof\n"
      " => alloc_pages_mpol_noprof+0x8a/0x1d0\n"
      " => pgd_alloc\n"
      " => virtnet_poll+0x10/0x20 [virtio_net]\n");
  Replay(machine, trace);
  const std::string dump = PageOwnerOf(machine);
  const size_t record = dump.find(
      "Page allocated via order 1, mask 0x400dc0(GFP_KERNEL_ACCOUNT|"
      "__GFP_ZERO), pid 57, tgid 57 (wl (main)), ts ");
  REQUIRE(record != std::string::npos);
  CHECK_THAT(dump.substr(record),
             ContainsText(" get_page_from_freelist+0x523/0x1780\n"
                          " __alloc_pages_noprof+0x1ad/0x1160\n"
                          " alloc_pages_mpol_noprof+0x8a/0x1d0\n"
                          " pgd_alloc+0x0/0x0\n"
                          " virtnet_poll+0x10/0x20 [virtio_net]\n\n"));
}

TEST_CASE("Redrive: idle tasks get the name that the kernel gives them",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m", "page_owner=on");
  TraceText trace;
  trace.Task("<idle>", 0).Cpu(5).Alloc(0x300, 4);
  Replay(machine, trace);
  CHECK_THAT(PageOwnerOf(machine),
             ContainsText("order 4, mask 0xcc0(GFP_KERNEL), pid 0, tgid 0 "
                          "(swapper/5), ts "));
}

TEST_CASE("Redrive: CPUs that the machine lacks are taken modulo",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("qemu-2g-2cpu");
  TraceText trace;
  trace.Cpu(7).Alloc(0x300, 0).Free(0x300, 0);
  const Zone* zone = machine.state().FindZone(Pfn(0x2000));
  REQUIRE(zone != nullptr);
  const int32_t first = zone->pcp[0].count;
  const int32_t second = zone->pcp[1].count;
  Replay(machine, trace);
  CHECK(zone->pcp[0].count == first);
  CHECK(zone->pcp[1].count != second);
}

// Which recorded frames are in use, frame by frame.
class FrameModel {
 public:
  void Alloc(uint64_t head, int order) {
    for (uint64_t frame = head; frame < head + Pages(order); ++frame) {
      if (orders_[frame] >= 0) Drop(frame, orders_[frame]);
    }
    std::fill_n(&orders_[head], Pages(order), order);
  }

  void Free(uint64_t head, int order) {
    const int whole = orders_[head];
    if (whole > order) {
      std::fill_n(&orders_[head / Pages(whole) * Pages(whole)], Pages(whole),
                  order);
    }
    std::fill_n(&orders_[head], Pages(order), -1);
  }

  uint64_t held() const {
    return static_cast<uint64_t>(std::count_if(
        orders_.begin(), orders_.end(), [](int order) { return order >= 0; }));
  }

  static uint64_t Pages(int order) { return uint64_t{1} << order; }

 private:
  void Drop(uint64_t frame, int order) {
    std::fill_n(&orders_[frame / Pages(order) * Pages(order)], Pages(order),
                -1);
  }

  std::vector<int> orders_ = std::vector<int>(512, -1);
};

TEST_CASE("Redrive: after any recording the machine holds what it must",
          "[workloads][replay][property]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Machine machine = BootBuiltin("tiny-16m");
    const uint64_t unused = UnusedFrames(machine);
    Random random(seed);
    FrameModel model;
    TraceText trace;
    for (int i = 0; i < 500; ++i) {
      const int order = static_cast<int>(random.Uniform(5));
      const uint64_t head =
          random.Uniform(512 >> order) * FrameModel::Pages(order);
      if (random.Bernoulli(0.5)) {
        trace.Alloc(head + 0x1000, order);
        model.Alloc(head, order);
      } else {
        trace.Free(head + 0x1000, order);
        model.Free(head, order);
      }
    }
    const RedriveCounts counts = Replay(machine, trace).counts;
    INFO("seed " << seed);
    REQUIRE(counts.failed_here == 0);
    CHECK(counts.partial_frees > 0);
    CHECK(counts.missed_frees > 0);
    CHECK(UnusedFrames(machine) == unused - model.held());
    CHECK(Verify(machine.state()).empty());
  }
}

}  // namespace
}  // namespace pagelab
