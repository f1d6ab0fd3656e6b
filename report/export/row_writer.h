// What the generators of rows share; internal to this folder.

#ifndef PAGELAB_REPORT_EXPORT_ROW_WRITER_H_
#define PAGELAB_REPORT_EXPORT_ROW_WRITER_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/alloc/types.h"
#include "pagelab/owner/dump/group_counter.h"
#include "pagelab/report/export/redactor.h"
#include "pagelab/report/export/tables.h"
#include "pagelab/report/source/memory_picture.h"

namespace pagelab {

Cell Integer(uint64_t value);
// Null where it is empty.
Cell TextOrNull(std::string text);

// Where page frames lie, as far as a picture tells.
class ZoneNames {
 public:
  explicit ZoneNames(const MemoryPicture& picture);
  // "Node 0, zone Normal"; empty: not known.
  std::string_view Of(Pfn pfn) const;

 private:
  struct Span {
    PfnRange range;
    std::string name;
  };
  std::vector<Span> spans_;
};

// What a dump says of a pageblock, in pages.
struct PageblockTally {
  uint32_t movable = 0;
  uint32_t unmovable = 0;
  uint32_t unmovable_records = 0;
};
using PageblockTallies = std::map<uint64_t, PageblockTally>;

// Writes all rows of an export.
class RowWriter {
 public:
  RowWriter(const MemoryPicture& picture, const ExportOptions& options,
            RowSink& sink)
      : picture_(picture),
        options_(options),
        sink_(sink),
        redactor_(options.redaction),
        zones_(picture) {}

  absl::Status WriteAll();

 private:
  class RecordRows;

  // record_rows.cc
  absl::Status WriteRecords();
  bool WriteGroups();
  // event_rows.cc
  absl::Status WriteEvents();
  // moment_rows.cc
  bool WriteMeta();
  bool WriteSamples();
  bool WriteFree();
  bool WritePageblocks();
  bool WriteChanges();

  // The number of the stack, whose row is written when it is new; frames
  // innermost first. Null without frames.
  Cell StackOf(absl::Span<const std::string_view> frames);
  // The same of a record's lines.
  Cell StackOfLines(std::string_view lines);

  const MemoryPicture& picture_;
  const ExportOptions& options_;
  RowSink& sink_;
  Redactor redactor_;
  ZoneNames zones_;
  // By the frames, a line for each.
  absl::flat_hash_map<std::string, int64_t> stacks_;
  PageblockTallies tallies_;
  struct GroupKey {
    int64_t stack;
    std::string comm;
    int64_t order;
    std::string gfp;
    std::string migratetype;
    auto operator<=>(const GroupKey&) const = default;
  };
  std::map<GroupKey, GroupCount> groups_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPORT_ROW_WRITER_H_
