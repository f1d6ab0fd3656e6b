// A simulated machine's report, from the files that it has.

#include <string_view>
#include <utility>

#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/frag/frag_report.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

absl::StatusOr<NamedText> Render(Machine& machine, std::string_view path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<SimFile> file,
                           machine.File(path));
  StringOutput out;
  PAGELAB_RETURN_IF_ERROR(file->Dump(out));
  return NamedText{.name = std::string(path), .text = out.text()};
}

}  // namespace

absl::StatusOr<FragReport> FragOf(Machine& machine,
                                  const FragOptions& options) {
  FragReport report;
  report.title = machine.config().name;
  PAGELAB_ASSIGN_OR_RETURN(const NamedText buddyinfo,
                           Render(machine, "/proc/buddyinfo"));
  PAGELAB_ASSIGN_OR_RETURN(const NamedText pagetypeinfo,
                           Render(machine, "/proc/pagetypeinfo"));
  PAGELAB_ASSIGN_OR_RETURN(report.free,
                           ReadFreeMemory(buddyinfo, pagetypeinfo));
  PageblockMap map(machine.memory().pageblock_order());
  map.AddSnapshot(SnapshotOf(machine.state(), SnapshotMoment()));
  if (machine.page_owner() != nullptr) {
    PAGELAB_ASSIGN_OR_RETURN(NamedText dump,
                             Render(machine, "/sys/kernel/debug/page_owner"));
    PAGELAB_ASSIGN_OR_RETURN(
        const std::unique_ptr<InputStream> input,
        InputStream::FromString(std::move(dump.name), std::move(dump.text)));
    PAGELAB_RETURN_IF_ERROR(map.AddDump(*input, options.by));
  }
  report.blocks = ReportPageblocks(map, options.nearest);
  return report;
}

}  // namespace pagelab
