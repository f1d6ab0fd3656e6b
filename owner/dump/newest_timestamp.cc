#include "pagelab/owner/dump/newest_timestamp.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump/record_reader.h"

namespace pagelab {
namespace {

class NewestReader : public RecordReader {
 public:
  std::optional<uint64_t> newest() const { return newest_; }

 protected:
  void OnRecord(const DumpRecord& record) override {
    if (!record.header.has_ts) return;
    newest_ = std::max(newest_.value_or(0), record.header.ts_nsec);
  }

 private:
  std::optional<uint64_t> newest_;
};

absl::Status CheckReadableTwice(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status =
      std::filesystem::status(path, error);
  // What does not exist is told when it is opened.
  if (path != "-" && (!std::filesystem::exists(status) ||
                      std::filesystem::is_regular_file(status))) {
    return absl::OkStatus();
  }
  return InvalidInput((path == "-" ? "stdin" : path) +
                      ": ages need the time of the newest record, and this can "
                      "be read only once; give the time with --now, as in "
                      "--now 2h");
}

}  // namespace

absl::StatusOr<std::optional<uint64_t>> NewestTimestamp(
    absl::Span<const std::string> paths, const ScanOptions& options) {
  for (const std::string& path : paths) {
    PAGELAB_RETURN_IF_ERROR(CheckReadableTwice(path));
  }
  const auto owned = MakeReaders<NewestReader>();
  const auto readers = PointersTo<RecordReader>(owned);
  ReadStatistics statistics;
  for (const std::string& path : paths) {
    PAGELAB_RETURN_IF_ERROR(ScanRecords(path, readers, options, statistics));
  }
  std::optional<uint64_t> newest;
  for (const auto& reader : owned) newest = std::max(newest, reader->newest());
  return newest;
}

}  // namespace pagelab
