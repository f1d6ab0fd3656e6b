#include "pagelab/test/report/exercise_reference.h"

#include <algorithm>
#include <set>

#include "pagelab/report/exercise/exercise_run.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

int PopulatedZone(const AllocatorState& state) {
  for (const Zone& zone : state.all_zones()) {
    if (zone.populated()) return zone.id;
  }
  return 0;
}

ListedState StateOf(const ReferenceAllocator& reference, int zone) {
  ListedState state;
  const auto pfns = [](const std::vector<uint64_t>& blocks) {
    std::vector<Pfn> list;
    for (const uint64_t pfn : blocks) list.emplace_back(pfn);
    return list;
  };
  for (int order = 0; order < kNrPageOrders; ++order) {
    for (int type = 0; type < kMigrateTypes; ++type) {
      auto blocks = pfns(reference.FreeBlocks(zone, order, type));
      if (blocks.empty()) continue;
      state.free.push_back({.order = Order(order),
                            .type = static_cast<Migratetype>(type),
                            .blocks = std::move(blocks)});
    }
  }
  for (int list = 0; list < 12; ++list) {
    auto blocks = pfns(reference.PcpBlocks(zone, list));
    if (blocks.empty()) continue;
    state.pcp.push_back({.order = Order(list / 3),
                         .type = static_cast<Migratetype>(list % 3),
                         .blocks = std::move(blocks)});
  }
  return state;
}

}  // namespace

std::vector<std::string> ReferenceRun::EventsOf(const std::string& word) const {
  std::vector<std::string> found;
  for (const std::string& event : events) {
    if (event.starts_with(word + " ")) found.push_back(event);
  }
  return found;
}

ReferenceRun RunOnReference(const Exercise& exercise) {
  const auto snapshot = SnapshotOfStart("reference", exercise.start);
  REQUIRE(snapshot.ok());
  const auto machine = SnapshotMachine::Load(*snapshot);
  REQUIRE(machine.ok());
  const int zone = PopulatedZone((*machine)->state());
  ReferenceAllocator reference((*machine)->state());
  for (const FrameRange& range : exercise.start.movable) {
    for (Pfn pfn = range.begin; pfn < range.end; ++pfn) {
      reference.Use(pfn.value(), 0, true);
    }
  }
  ReferenceRun run;
  run.states.push_back(StateOf(reference, zone));
  std::set<uint64_t> handed_out;
  for (const ExerciseOperation& operation : exercise.operations) {
    const int order = operation.order.value();
    const uint64_t pfn = operation.pfn.value();
    switch (operation.kind) {
      case OperationKind::kAlloc:
        run.frames.push_back(reference.Alloc(operation.gfp.value(), order, -1));
        if (run.frames.back()) handed_out.insert(*run.frames.back());
        break;
      case OperationKind::kFree:
        if (handed_out.erase(pfn) == 0) reference.Use(pfn, order);
        reference.Free(pfn, order);
        break;
      case OperationKind::kDrain:
        reference.DrainPages(zone, 0);
        break;
    }
    run.states.push_back(StateOf(reference, zone));
  }
  run.events = reference.TakeEvents();
  return run;
}

std::string Lines(const std::vector<ExerciseList>& lists) {
  std::string text;
  for (const ExerciseList& list : lists) {
    text += NameOf(list) + ": " + BlocksText(list.blocks) + "\n";
  }
  return text;
}

}  // namespace pagelab
