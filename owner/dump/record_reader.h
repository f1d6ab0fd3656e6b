#ifndef PAGELAB_OWNER_DUMP_RECORD_READER_H_
#define PAGELAB_OWNER_DUMP_RECORD_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pagelab/owner/dump/dump_parser.h"
#include "pagelab/owner/dump/read_statistics.h"
#include "pagelab/owner/dump/scan_dump.h"

namespace pagelab {

// Finds the records in the pieces of a dump and keeps the statistics.
// Thread-compatible.
class RecordReader : public PieceReader {
 public:
  size_t Take(std::string_view text, uint64_t offset, bool last) override;

  // Of what was read since the call before; without name and bytes. The next
  // piece is of another input.
  InputStatistics TakeStatistics();

 protected:
  // A record that is whole, until the call returns.
  virtual void OnRecord(const DumpRecord& record) = 0;

 private:
  DumpParser parser_;
  InputStatistics statistics_;
};

// As ScanDump(), with the statistics of the input added at the back. An input
// without a record is not an error here, see RequireRecords().
absl::Status ScanRecords(const std::string& path,
                         absl::Span<RecordReader* const> readers,
                         const ScanOptions& options,
                         ReadStatistics& statistics);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_RECORD_READER_H_
