// Pictures of machines that run here.

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/source/examine_dump.h"
#include "pagelab/report/source/memory_picture.h"
#include "pagelab/report/source/run_events.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

constexpr std::string_view kPageOwnerFile = "/sys/kernel/debug/page_owner";

// Names that come with the program tell nothing of who uses it.
void AddSourceName(const std::string& name,
                   const std::vector<LibraryEntry>& builtin,
                   MemoryPicture& picture) {
  const bool known = std::any_of(
      builtin.begin(), builtin.end(),
      [&name](const LibraryEntry& entry) { return entry.name == name; });
  if (!known) picture.source_names.push_back(name);
}

absl::Status AddOwners(Machine& machine, const PictureNeeds& needs,
                       MemoryPicture& picture) {
  absl::StatusOr<std::unique_ptr<SimFile>> file = machine.File(kPageOwnerFile);
  if (absl::IsNotFound(file.status()) || machine.page_owner() == nullptr) {
    picture.missing.push_back(
        "page_owner was off on this machine: nobody is named (it is on with "
        "page_owner=on on the kernel command line)");
    return absl::OkStatus();
  }
  PAGELAB_RETURN_IF_ERROR(file.status());
  PAGELAB_ASSIGN_OR_RETURN(
      auto text, RereadableText::Keep("page_owner", [&](OutputStream& out) {
        return (*file)->Dump(out);
      }));
  absl::Status added = AddDump(std::move(text), needs, picture);
  if (!absl::IsNotFound(added)) return added;
  picture.missing.emplace_back("page_owner has no record of this machine");
  return absl::OkStatus();
}

// One pass over the machine's life, and what is asked for of it.
absl::Status TakePicture(MachineEventSource& source, const PictureNeeds& needs,
                         MemoryPicture& picture) {
  Machine& machine = *source.machine();
  picture.told_pageblock_order = source.pageblock_order();
  std::optional<TimelineSampler> sampler;
  if (needs.timeline) sampler.emplace(machine, needs.timeline_options);
  PAGELAB_RETURN_IF_ERROR(
      source.Pass([&](const AllocatorEvent& event, const ExecutionContext&) {
        if (sampler.has_value()) sampler->Note(event);
        return true;
      }));
  if (sampler.has_value()) {
    picture.timeline = sampler->Finish();
    if (picture.timeline->nr_pageblocks == 0) {
      picture.missing.push_back(
          "the machine has too many pageblocks to keep a map of each moment");
    }
  }
  if (needs.snapshot) {
    picture.snapshot =
        SnapshotOf(machine.state(), {.label = "end",
                                     .slot = 1,
                                     .now = machine.clock().now(),
                                     .starts_trace = false});
    picture.free = FreeMemoryOf(*picture.snapshot);
  }
  if (needs.owners) {
    PAGELAB_RETURN_IF_ERROR(AddOwners(machine, needs, picture));
  }
  // Ages count from the end.
  picture.now = machine.clock().now().value();
  return absl::OkStatus();
}

}  // namespace

Order MemoryPicture::pageblock_order() const {
  if (events != nullptr && events->machine() != nullptr) {
    return events->pageblock_order();
  }
  if (free.has_value() && free->pageblock_order.has_value()) {
    return *free->pageblock_order;
  }
  return told_pageblock_order.value_or(Order(9));
}

absl::StatusOr<MemoryPicture> PictureOfRun(const MachineConfig& config,
                                           Scenario scenario,
                                           const PictureNeeds& needs) {
  MemoryPicture picture;
  picture.kind = SourceKind::kScenario;
  picture.title = scenario.name.empty() ? config.name
                                        : scenario.name + " on " + config.name;
  AddSourceName(scenario.name, BuiltinScenarios(), picture);
  AddSourceName(config.name, BuiltinMachines(), picture);
  if (!config.differs_from_linux.empty()) {
    picture.missing.push_back("Differs from Linux: " +
                              config.differs_from_linux);
  }
  RunEvents::Progress progress;
  if (needs.progress) {
    progress = [words = needs.progress](uint64_t events) {
      words(Counted(events, "event"));
    };
  }
  PAGELAB_ASSIGN_OR_RETURN(
      std::unique_ptr<RunEvents> events,
      RunEvents::Boot(config, std::move(scenario), std::move(progress)));
  PAGELAB_RETURN_IF_ERROR(TakePicture(*events, needs, picture));
  picture.events = std::move(events);
  return picture;
}

absl::StatusOr<MemoryPicture> PictureOfReplay(
    const MachineConfig& config, std::shared_ptr<const RereadableText> trace,
    const TraceOptions& options, const PictureNeeds& needs) {
  MemoryPicture picture;
  picture.kind = SourceKind::kTrace;
  picture.title = fmt::format("{} replayed on {}", trace->name(), config.name);
  picture.source_names.push_back(trace->name());
  AddSourceName(config.name, BuiltinMachines(), picture);
  PAGELAB_ASSIGN_OR_RETURN(std::unique_ptr<ReplayEvents> events,
                           ReplayEvents::Boot(config, trace, options));
  PAGELAB_RETURN_IF_ERROR(TakePicture(*events, needs, picture));
  picture.missing.push_back(fmt::format(
      "this is machine {}, which the recording drives: its page frames are not "
      "the recorded ones, and what was in use before the recording is not here",
      config.name));
  for (std::string& note : TraceNotes(*trace, events->report())) {
    picture.missing.push_back(std::move(note));
  }
  const RedriveCounts& counts = events->counts();
  if (counts.failed_here != 0) {
    picture.missing.push_back(fmt::format(
        "{} that the recorded machine had memory for failed on this one",
        Counted(counts.failed_here, "allocation")));
  }
  const uint64_t skipped = counts.skipped_unseen + counts.skipped_free;
  if (skipped != 0) {
    picture.missing.push_back(
        fmt::format("{} of pages were passed over whose allocation is not in "
                    "the recording",
                    Counted(skipped, "free")));
  }
  picture.events = std::move(events);
  return picture;
}

}  // namespace pagelab
