#include "pagelab/workloads/start/start_from.h"

#include <memory>
#include <string>
#include <utility>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/start/dump_memory.h"
#include "pagelab/workloads/start/snapshot_memory.h"

namespace pagelab {
namespace {

constexpr std::string_view kSnapshotStart = "pagelab-snapshot ";

absl::Status WrongKind(const Scenario& scenario, StartKind kind) {
  return InvalidInputAt(
      scenario.At(scenario.from->position),
      scenario.from->path + (kind == StartKind::kSnapshot
                                 ? " is a snapshot, where a page_owner dump "
                                   "is needed: a snapshot does not tell whose "
                                   "blocks are in use"
                                 : " is no snapshot: its first line is not "
                                   "\"pagelab-snapshot 1\""));
}

// What the scenario says of the machine's boot goes on.
template <class Memory>
absl::Status Start(InputStream& input, bool machine_given,
                   MachineConfig& config) {
  PAGELAB_ASSIGN_OR_RETURN(const std::shared_ptr<Memory> memory,
                           Memory::Read(input));
  if (!machine_given) {
    PAGELAB_ASSIGN_OR_RETURN(config, memory->DescribeMachine());
  }
  PAGELAB_RETURN_IF_ERROR(memory->FitTo(config));
  if (!config.differs_from_linux.empty()) config.differs_from_linux += "; ";
  config.differs_from_linux += memory->Caveat(machine_given);
  config.initial = memory;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StartKind> RecogniseStart(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(path));
  std::string start(kSnapshotStart.size(), '\0');
  size_t have = 0;
  while (have < start.size()) {
    PAGELAB_ASSIGN_OR_RETURN(
        const size_t got,
        input->Read(absl::MakeSpan(start.data() + have, start.size() - have)));
    if (got == 0) break;
    have += got;
  }
  return start == kSnapshotStart ? StartKind::kSnapshot : StartKind::kPageOwner;
}

absl::Status StartFrom(const Scenario& scenario, bool machine_given,
                       MachineConfig& config) {
  const ScenarioStart& from = *scenario.from;
  if (from.path == "-") {
    return InvalidInput(
        "a start from standard input is not possible: name a file");
  }
  PAGELAB_ASSIGN_OR_RETURN(const StartKind kind, RecogniseStart(from.path));
  if (from.kind.value_or(kind) != kind) return WrongKind(scenario, kind);
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(from.path));
  return kind == StartKind::kSnapshot
             ? Start<SnapshotMemory>(*input, machine_given, config)
             : Start<DumpMemory>(*input, machine_given, config);
}

}  // namespace pagelab
