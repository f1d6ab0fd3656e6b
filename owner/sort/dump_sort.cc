#include "pagelab/owner/sort/dump_sort.h"

#include <memory>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump/record_reader.h"
#include "pagelab/owner/sort/group_order.h"
#include "pagelab/owner/sort/group_text.h"
#include "pagelab/owner/sort/group_writer.h"
#include "pagelab/owner/sort/record_blocks.h"

namespace pagelab {

absl::StatusOr<ReadStatistics> SortDumps(absl::Span<const std::string> paths,
                                         const DumpSortOptions& options,
                                         OutputStream& out) {
  auto blocks = MakeReaders<RecordBlocks>(options.plan);
  const auto readers = PointersTo<RecordReader>(blocks);
  ReadStatistics statistics;
  uint64_t base = 0;
  for (const std::string& path : paths) {
    for (const auto& reader : blocks) reader->StartInput(base);
    PAGELAB_RETURN_IF_ERROR(
        ScanRecords(path, readers, options.scan, statistics));
    const InputStatistics& input = statistics.inputs.back();
    base += input.bytes;
    if (input.bytes > 0) PAGELAB_RETURN_IF_ERROR(RequireRecords(input));
  }
  if (options.strict) PAGELAB_RETURN_IF_ERROR(StrictStatus(statistics));
  GroupTable& table = blocks[0]->table();
  for (size_t i = 1; i < blocks.size(); ++i) {
    table.Absorb(blocks[i]->table());
  }
  blocks.resize(1);
  const GroupText text(table);
  WriteGroups(table, text, SortGroups(table, text), out);
  return statistics;
}

}  // namespace pagelab
