// The order in which a request that finds nothing asks for help:
// page-allocator.md 14.

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "pagelab/alloc/reclaim/node_balance.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reclaim_world.h"

namespace pagelab {
namespace {

using Calls = std::vector<std::string>;

// Notes what it is asked, and answers what the test says.
class FakePressure : public MemoryPressure {
 public:
  explicit FakePressure(FakeCompaction& compaction) : compaction_(compaction) {}

  void WakeKswapd(ExecutionContext&, Zone& zone, Gfp gfp, Order order,
                  int highest_zoneidx) override {
    calls().push_back(fmt::format("wake {} gfp {:x} order {} zone {}",
                                  zone.node.value(), gfp.value(), order.value(),
                                  highest_zoneidx));
  }
  PageCount DirectReclaim(ExecutionContext&, const AllocControl&) override {
    calls().push_back("reclaim");
    if (reclaim) reclaim();
    return reclaimed;
  }
  Compaction& compaction() override { return compaction_; }
  bool OutOfMemory(ExecutionContext&, const AllocControl&) override {
    calls().push_back("oom");
    return oom && oom();
  }

  Calls& calls() { return compaction_.calls; }

  std::function<void()> reclaim;
  PageCount reclaimed;
  std::function<bool()> oom;

 private:
  FakeCompaction& compaction_;
};

// Ten pages are left, and none above the watermarks.
struct Scene {
  Scene() {
    held = world.machine.Alloc(gfp::kKernel, 5);
    kept = world.machine.Alloc(gfp::kKernel);
    world.FillUpTo(10);
    world.zone().watermark_boost = 0;
    world.machine.state->pressure = &pressure;
  }
  // Makes room as reclaim would.
  std::function<void()> FreeHeld() {
    return [this] { world.machine.FreeBlock(held, 5); };
  }
  uint64_t Alloc(Gfp gfp, int order = 0) {
    return world.machine.Alloc(gfp.With(gfp::kNowarn), order);
  }
  bool Fails(Gfp gfp, int order = 0) {
    return Alloc(gfp, order) == TinyMachine::NoPfn();
  }
  // What was asked, and how often in a row.
  Calls Asked() {
    Calls folded;
    int times = 0;
    for (const std::string& call : pressure.calls()) {
      const std::string word = call.substr(0, 4) == "wake" ? "wake" : call;
      if (!folded.empty() && last_ == word) {
        folded.back() = fmt::format("{} x{}", word, ++times);
        continue;
      }
      last_ = word;
      times = 1;
      folded.push_back(word);
    }
    return folded;
  }
  void LowerMarks() { world.zone().watermark = {}; }

  ReclaimWorld world;
  FakePressure pressure{world.compaction};
  uint64_t held;
  uint64_t kept;

 private:
  std::string last_;
};

TEST_CASE("SlowPath: who cannot wait wakes kswapd and gives up",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  SECTION("GFP_ATOMIC") {
    CHECK(scene.Fails(gfp::kAtomic));
    CHECK(scene.Asked() == Calls{"wake x2"});
    CHECK(scene.pressure.calls().front() == "wake 0 gfp 2820 order 0 zone 2");
  }
  SECTION("a mask without __GFP_KSWAPD_RECLAIM") {
    CHECK(scene.Fails(Gfp()));
    CHECK(scene.Asked().empty());
  }
  SECTION("who reclaims already") {
    scene.world.machine.task.memalloc = true;
    scene.world.FillUpTo(0);
    CHECK(scene.Fails(gfp::kKernel));
    CHECK(scene.Asked() == Calls{"wake x2"});
  }
}

TEST_CASE("SlowPath: a page is reclaimed for, and taken",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  scene.pressure.reclaim = [&scene] {
    scene.FreeHeld()();
    scene.LowerMarks();
  };
  scene.pressure.reclaimed = PageCount(32);
  CHECK_FALSE(scene.Fails(gfp::kKernel));
  CHECK(scene.Asked() == Calls{"wake x2", "reclaim"});
}

TEST_CASE("SlowPath: seventeen reclaims in vain, then somebody dies",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  // What is free passes for reclaimable where nothing else is.
  scene.world.zone().watermark = {15, 160, 192, 224};
  CHECK(scene.Fails(gfp::kKernel));
  Calls expected{"wake x2", "reclaim"};
  for (int i = 0; i < 16; ++i) {
    expected.insert(expected.end(), {"wake", "reclaim"});
  }
  expected.emplace_back("oom");
  CHECK(scene.Asked() == expected);
}

TEST_CASE("SlowPath: without hope it asks for a victim at once",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  CHECK(scene.Fails(gfp::kKernel));
  CHECK(scene.Asked() == Calls{"wake x2", "reclaim", "oom"});
}

TEST_CASE("SlowPath: after a kill it begins again",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  scene.pressure.oom = [&scene] {
    scene.world.machine.state->events.Count(VmEvent::kOomKill);
    scene.FreeHeld()();
    scene.LowerMarks();
    return true;
  };
  CHECK_FALSE(scene.Fails(gfp::kKernel));
  CHECK(scene.Asked() == Calls{"wake x2", "reclaim", "oom", "wake"});
}

TEST_CASE("SlowPath: waiting for others ends, as they do not run meanwhile",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  scene.pressure.oom = [] { return true; };
  CHECK(scene.Fails(gfp::kKernel));
  const Calls asked = scene.Asked();
  CHECK(std::count(asked.begin(), asked.end(), "oom") ==
        kMaxReclaimRetries + 1);
}

TEST_CASE("SlowPath: progress that serves nobody ends, too",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  scene.world.zone().watermark = {15, 160, 192, 224};
  scene.pressure.reclaimed = PageCount(1);
  CHECK(scene.Fails(gfp::kKernel));
  const Calls& calls = scene.pressure.calls();
  CHECK(std::count(calls.begin(), calls.end(), "reclaim") == 10'000);
  CHECK(std::count(calls.begin(), calls.end(), "oom") == 0);
}

TEST_CASE("SlowPath: a victim that has its reserves does not wait for itself",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  scene.pressure.oom = [&scene] {
    scene.world.machine.task.oom_victim = true;
    return true;
  };
  CHECK(scene.Fails(gfp::kKernel));
  // The first kill is its own; the second time round it has the rights.
  CHECK(scene.Asked() ==
        Calls{"wake x2", "reclaim", "oom", "wake", "reclaim", "oom"});
}

TEST_CASE("SlowPath: after reclaim the reserves and per-cpu lists are searched",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  scene.pressure.reclaimed = PageCount(1);
  scene.world.machine.SetTuning(63, 252, 1000);
  // Half of the watermark is not enough, but with the page that lies on a
  // per-cpu list it is.
  scene.world.zone().watermark = {10, 11, 12, 13};
  scene.pressure.reclaim = [&scene] {
    scene.world.machine.FreeBlock(scene.kept);
    scene.world.machine.Record();
  };
  CHECK_FALSE(scene.Fails(gfp::kHighuserMovable));
  CHECK(scene.Asked() == Calls{"wake x2", "reclaim"});
  CHECK(scene.world.machine.trace.Take().front() ==
        fmt::format("drain {:x} order 0 mt 1", scene.kept));
}

TEST_CASE("SlowPath: costly blocks are compacted for before and after reclaim",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  FakeCompaction& compaction = scene.world.compaction;
  SECTION("and not any further") {
    CHECK(scene.Fails(gfp::kKernel, 4));
    CHECK(scene.Asked() == Calls{"wake", "compact order 4 priority 2", "wake",
                                 "reclaim", "compact order 4 priority 1"});
    // Nothing was suitable: no stall.
    CHECK(scene.world.Count(VmEvent::kCompactStall) == 0);
  }
  SECTION("with __GFP_NORETRY not even that if nothing is suitable") {
    CHECK(scene.Fails(gfp::kKernel.With(gfp::kNoretry), 4));
    CHECK(scene.Asked() == Calls{"wake", "compact order 4 priority 2"});
  }
  SECTION("with __GFP_NORETRY asynchronously both times") {
    compaction.result = CompactResult::kComplete;
    CHECK(scene.Fails(gfp::kKernel.With(gfp::kNoretry), 4));
    CHECK(scene.Asked() == Calls{"wake", "compact order 4 priority 2", "wake",
                                 "reclaim", "compact order 4 priority 2"});
    CHECK(scene.world.Count(VmEvent::kCompactStall) == 2);
    CHECK(scene.world.Count(VmEvent::kCompactFail) == 2);
  }
  SECTION("but not without __GFP_IO") {
    CHECK(scene.Fails(gfp::kNoio, 4));
    CHECK(scene.Asked() ==
          Calls{"wake x2", "reclaim", "compact order 4 priority 1"});
  }
  SECTION("and the first that works ends it") {
    compaction.result = CompactResult::kSuccess;
    compaction.compact = [&scene] {
      scene.FreeHeld()();
      scene.LowerMarks();
    };
    CHECK_FALSE(scene.Fails(gfp::kKernel, 4));
    CHECK(scene.Asked() ==
          Calls{"wake", "compact order 4 priority 2", "outcome order 4 got"});
    CHECK(scene.world.Count(VmEvent::kCompactStall) == 1);
    CHECK(scene.world.Count(VmEvent::kCompactSuccess) == 1);
  }
}

TEST_CASE(
    "SlowPath: small blocks of types that fragment are compacted for "
    "first",
    "[alloc][reclaim][slow_path]") {
  Scene scene;
  SECTION("unmovable ones") {
    CHECK(scene.Fails(gfp::kKernel.With(gfp::kNoretry), 1));
    CHECK(scene.Asked() == Calls{"wake", "compact order 1 priority 2", "wake",
                                 "reclaim", "compact order 1 priority 1"});
  }
  SECTION("not movable ones") {
    CHECK(scene.Fails(gfp::kHighuserMovable.With(gfp::kNoretry), 1));
    CHECK(scene.Asked() ==
          Calls{"wake x2", "reclaim", "compact order 1 priority 1"});
  }
}

TEST_CASE("SlowPath: compaction is tried harder while reclaim makes progress",
          "[alloc][reclaim][slow_path]") {
  Scene scene;
  FakeCompaction& compaction = scene.world.compaction;
  scene.pressure.reclaimed = PageCount(1);
  SECTION("down to the full effort for small blocks") {
    compaction.result = CompactResult::kComplete;
    CHECK(scene.Fails(gfp::kHighuserMovable, 2));
    CHECK(scene.Asked() ==
          Calls{"wake x2", "reclaim", "compact order 2 priority 1", "wake",
                "reclaim", "compact order 2 priority 0", "oom"});
  }
  SECTION("sixteen times as long as it says it succeeds") {
    compaction.result = CompactResult::kSuccess;
    CHECK(scene.Fails(gfp::kHighuserMovable, 2));
    const Calls asked = scene.Asked();
    CHECK(std::count(asked.begin(), asked.end(),
                     "compact order 2 priority 1") == 17);
    CHECK(std::count(asked.begin(), asked.end(),
                     "compact order 2 priority 0") == 17);
  }
  SECTION("four times for costly ones, which never get the full effort") {
    compaction.result = CompactResult::kSuccess;
    CHECK(scene.Fails(gfp::kHighuserMovable.With(gfp::kRetryMayfail), 4));
    const Calls asked = scene.Asked();
    CHECK(std::count(asked.begin(), asked.end(),
                     "compact order 4 priority 1") == 5);
    CHECK(std::count(asked.begin(), asked.end(),
                     "compact order 4 priority 0") == 0);
    CHECK(asked.back() == "oom");
  }
  SECTION("and as long as reclaim could make it possible") {
    int rounds = 0;
    compaction.zonelist_suitable = true;
    compaction.compact = [&] {
      if (++rounds == 40) compaction.zonelist_suitable = false;
    };
    CHECK(scene.Fails(gfp::kHighuserMovable, 2));
    CHECK(rounds == 40);
  }
}

TEST_CASE(
    "SlowPath: a request that must not fail tries again, but not for "
    "ever",
    "[alloc][reclaim][slow_path]") {
  Scene scene;
  scene.world.FillUpTo(0);
  SECTION("in vain") {
    CHECK(scene.Fails(gfp::kKernel.With(gfp::kNofail)));
    const Calls asked = scene.Asked();
    CHECK(std::count(asked.begin(), asked.end(), "oom") ==
          kMaxReclaimRetries + 1);
  }
  SECTION("and takes the last pages") {
    scene.FreeHeld()();
    scene.world.machine.allocator->DrainAllPages(scene.world.machine.context);
    scene.world.zone().watermark = {62, 63, 64, 65};
    // Half of the minimum is 31: more than a request for that may not have.
    CHECK_FALSE(scene.Fails(gfp::kKernel.With(gfp::kNofail)));
  }
}

TEST_CASE("SlowPath: the nodes of the zonelist are woken, each once",
          "[alloc][reclaim][slow_path]") {
  ReclaimWorld world({.memory = TinyMachineOptions::Memory::kReserved,
                      .nodes = {{.memory = {{Pfn(0x800), Pfn(0x1800)}}},
                                {.memory = {{Pfn(0x1800), Pfn(0x2000)}}}},
                      .geometry = {.section_order = 11, .pageblock_order = 5}});
  FakePressure pressure(world.compaction);
  world.machine.state->pressure = &pressure;
  for (Zone& zone : world.machine.state->all_zones()) {
    zone.managed = zone.present;
  }
  CHECK(world.machine.Alloc(gfp::kNowait) == TinyMachine::NoPfn());
  CHECK(pressure.calls() == Calls{"wake 0 gfp 2800 order 0 zone 2",
                                  "wake 1 gfp 2800 order 0 zone 2",
                                  "wake 0 gfp 2800 order 0 zone 2",
                                  "wake 1 gfp 2800 order 0 zone 2"});
}

TEST_CASE("SlowPath: a claimed pageblock wakes kswapd with the next request",
          "[alloc][reclaim][slow_path]") {
  ReclaimWorld world;
  FakePressure pressure(world.compaction);
  world.machine.state->pressure = &pressure;
  world.zone().flags |= kZoneBoostedWatermark;
  // As in the recordings: order 0, "gfp_flags=none".
  const Calls woken{"wake 0 gfp 0 order 0 zone 1"};
  SECTION("one that has to look for a page") {
    world.machine.Alloc(gfp::kKernel);
    CHECK(pressure.calls() == woken);
    CHECK((world.zone().flags & kZoneBoostedWatermark) == 0);
  }
  SECTION("one that has a page at hand") {
    world.machine.SetTuning(63, 252, 1000);
    world.zone().flags &= ~kZoneBoostedWatermark;
    world.machine.Alloc(gfp::kKernel);
    world.zone().flags |= kZoneBoostedWatermark;
    REQUIRE(world.machine.pcp().count > 0);
    SECTION("for anything") { world.machine.Alloc(gfp::kKernel); }
    SECTION("to be zeroed") {
      world.machine.Alloc(gfp::kKernel.With(gfp::kZero));
    }
    CHECK(pressure.calls() == woken);
    CHECK((world.zone().flags & kZoneBoostedWatermark) == 0);
  }
  SECTION("not one that may not") {
    world.machine.Alloc(Gfp());
    CHECK(pressure.calls().empty());
    CHECK((world.zone().flags & kZoneBoostedWatermark) != 0);
  }
}

}  // namespace
}  // namespace pagelab
