#include "pagelab/owner/dump/record_reader.h"

#include <utility>
#include <vector>

#include "pagelab/base/status.h"

namespace pagelab {

size_t RecordReader::Take(std::string_view text, uint64_t offset, bool last) {
  size_t done = 0;
  DumpRecord record;
  while (true) {
    size_t taken = 0;
    const DumpParser::Found found =
        parser_.Next(text.substr(done), last, record, taken);
    done += taken;
    if (found == DumpParser::Found::kRecord) {
      ++statistics_.records;
      if (record.kind != RecordKind::kFreedReport) {
        statistics_.pages += record.pages;
      }
      OnRecord(record);
    } else if (found == DumpParser::Found::kDamaged) {
      if (statistics_.damaged++ == 0) {
        const DumpParser::Damage& damage = parser_.damage();
        statistics_.first_damage = {offset + done - damage.size,
                                    std::string(damage.what)};
      }
    } else {
      return done;
    }
  }
}

InputStatistics RecordReader::TakeStatistics() {
  statistics_.other_lines = parser_.other_lines();
  statistics_.found_report = parser_.found_report();
  parser_ = DumpParser();
  return std::exchange(statistics_, {});
}

absl::Status ScanRecords(const std::string& path,
                         absl::Span<RecordReader* const> readers,
                         const ScanOptions& options,
                         ReadStatistics& statistics) {
  InputStatistics input;
  input.name = path == "-" ? "stdin" : path;
  const std::vector<PieceReader*> pieces(readers.begin(), readers.end());
  const absl::StatusOr<uint64_t> bytes = ScanDump(path, pieces, options);
  for (RecordReader* reader : readers) input.Merge(reader->TakeStatistics());
  PAGELAB_RETURN_IF_ERROR(bytes.status());
  input.bytes = *bytes;
  statistics.inputs.push_back(std::move(input));
  return absl::OkStatus();
}

}  // namespace pagelab
