#include <memory>
#include <vector>

#include "pagelab/report/source/memory_picture.h"
#include "pagelab/report/source/run_events.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

MemoryPicture MustRun(std::string_view name, size_t max_samples = 500) {
  absl::StatusOr<Scenario> scenario = LoadScenario(name);
  REQUIRE(scenario.ok());
  const absl::StatusOr<MachineConfig> config = MachineFor(*scenario, "");
  REQUIRE(config.ok());
  PictureNeeds needs;
  needs.timeline_options.max_samples = max_samples;
  absl::StatusOr<MemoryPicture> picture =
      PictureOfRun(*config, *std::move(scenario), needs);
  REQUIRE(picture.ok());
  return *std::move(picture);
}

TEST_CASE("Timeline: begins before the first event and ends behind the last",
          "[report][source]") {
  const MemoryPicture picture = MustRun("driver-leak");
  const Timeline& timeline = *picture.timeline;
  REQUIRE(timeline.samples.size() >= 250);
  CHECK(timeline.samples.size() <= 500);
  CHECK(timeline.samples.front().events == 0);
  CHECK(timeline.samples.back().events == timeline.nr_events);
  for (size_t i = 1; i < timeline.samples.size(); ++i) {
    REQUIRE(timeline.samples[i - 1].events < timeline.samples[i].events);
  }
  // The end is that of the snapshot.
  CHECK(timeline.samples.back().FreeOfAll() == picture.free->Sum().all);
}

TEST_CASE("Timeline: the maps follow the free pages", "[report][source]") {
  for (const size_t max_samples : {500, 20}) {
    const MemoryPicture picture = MustRun("mixed-blocks", max_samples);
    const Timeline& timeline = *picture.timeline;
    REQUIRE(timeline.samples.size() <= max_samples);
    REQUIRE(timeline.samples.size() >= max_samples / 2);
    REQUIRE(timeline.changes.size() == timeline.samples.size());
    for (size_t i = 0; i < timeline.samples.size(); i += 7) {
      uint64_t free = 0;
      for (const PageblockState& block : timeline.PageblocksAt(i)) {
        free += block.free;
      }
      // In the middle of a refill pages are on a list that is not counted yet.
      constexpr uint64_t kMostAtOnce = 64;
      const uint64_t counted = timeline.samples[i].FreeOfAll().pages().value() +
                               timeline.samples[i].pcp_pages;
      CHECK(free >= counted);
      CHECK(free <= counted + kMostAtOnce);
    }
  }
}

TEST_CASE("Timeline: fewer samples are some of the many", "[report][source]") {
  const MemoryPicture many = MustRun("driver-leak");
  const MemoryPicture few = MustRun("driver-leak", 50);
  size_t found = 0;
  for (const TimelineSample& sample : few.timeline->samples) {
    for (const TimelineSample& other : many.timeline->samples) {
      if (other.events != sample.events) continue;
      ++found;
      CHECK(other.counters == sample.counters);
      CHECK(other.FreeOfAll() == sample.FreeOfAll());
    }
  }
  CHECK(found == few.timeline->samples.size());
}

TEST_CASE("Timeline: counts what the events say", "[report][source]") {
  const MemoryPicture picture = MustRun("mixed-blocks");
  uint64_t allocations = 0;
  uint64_t steals = 0;
  REQUIRE(picture.events
              ->ForEach(EventSource::Stacks::kNone,
                        [&](const AllocatorEvent& event, EventFrames) {
                          const auto* alloc = event.As<MmPageAlloc>();
                          if (alloc != nullptr && !alloc->failed) ++allocations;
                          const auto* fallback = event.As<MmPageAllocExtfrag>();
                          if (fallback != nullptr &&
                              fallback->change_ownership) {
                            ++steals;
                          }
                          return true;
                        })
              .ok());
  const TimelineSample& end = picture.timeline->samples.back();
  CHECK(allocations > 0);
  CHECK(end.counter(TimelineCounter::kAllocations) == allocations);
  CHECK(end.counter(TimelineCounter::kSteals) == steals);
}

TEST_CASE("Timeline: changes merge, the later ones win", "[report][source]") {
  const std::vector<PageblockChange> first = {{1, {10, 0}}, {4, {40, 1}}};
  const std::vector<PageblockChange> second = {
      {0, {5, 1}}, {4, {44, 0}}, {9, {90, 1}}};
  const std::vector<PageblockChange> merged = MergeChanges(first, second);
  REQUIRE(merged.size() == 4);
  CHECK(merged[0].block == 0);
  CHECK(merged[1].state == PageblockState{10, 0});
  CHECK(merged[2].state == PageblockState{44, 0});
  CHECK(merged[3].block == 9);
}

TEST_CASE("Event source: stacks name the callers, innermost first",
          "[report][source]") {
  const MemoryPicture picture = MustRun("driver-leak");
  size_t with_driver = 0;
  REQUIRE(picture.events
              ->ForEach(EventSource::Stacks::kWanted,
                        [&](const AllocatorEvent&, EventFrames frames) {
                          for (size_t i = 1; i < frames.size(); ++i) {
                            if (frames[i - 1].starts_with(
                                    "nicdrv_alloc_rx_buffers+") &&
                                frames[i].starts_with("nicdrv_poll+")) {
                              ++with_driver;
                            }
                          }
                          return with_driver < 100;
                        })
              .ok());
  CHECK(with_driver == 100);
}

}  // namespace
}  // namespace pagelab
