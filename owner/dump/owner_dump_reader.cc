#include "pagelab/owner/dump/owner_dump_reader.h"

#include <algorithm>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump/line_cursor.h"
#include "pagelab/owner/dump/pfn_line.h"

namespace pagelab {
namespace {

constexpr size_t kReadSize = size_t{256} << 10;
constexpr size_t kMaxLine = size_t{1} << 20;

constexpr std::string_view kMigrated =
    "Page has been migrated, last migrate reason: ";

std::string_view MigrateReasonIn(std::string_view notes) {
  while (!notes.empty()) {
    const std::string_view line = TakeLine(notes);
    if (line.starts_with(kMigrated)) return line.substr(kMigrated.size());
  }
  return {};
}

}  // namespace

bool OwnerDumpReader::Next(OwnerDumpRecord& record) {
  DumpRecord found;
  while (Find(found)) {
    if (found.kind != RecordKind::kRecord) continue;
    found_any_ = true;
    return Convert(found, record);
  }
  if (status_.ok() && !found_any_) {
    status_ = InvalidInputAt({input_.name(), 1, 1},
                             "no page_owner record; expected \"Page "
                             "allocated via order ...\"");
  }
  return false;
}

void OwnerDumpReader::Pass(size_t size) {
  const char* const begin = buffer_.data() + done_;
  line_ += static_cast<uint64_t>(std::count(begin, begin + size, '\n'));
  done_ += size;
}

bool OwnerDumpReader::Find(DumpRecord& found) {
  while (status_.ok()) {
    size_t taken = 0;
    const std::string_view text = std::string_view(buffer_).substr(done_);
    switch (parser_.Next(text, end_of_input_, found, taken)) {
      case DumpParser::Found::kRecord:
        Pass(taken);
        return true;
      case DumpParser::Found::kDamaged:
        Pass(taken - parser_.damage().size);
        return Fail(line_, parser_.damage().what);
      case DumpParser::Found::kNothing:
        Pass(taken);
        if (end_of_input_ || !Refill()) return false;
    }
  }
  return false;
}

bool OwnerDumpReader::Refill() {
  buffer_.erase(0, done_);
  done_ = 0;
  const size_t size = buffer_.size();
  if (size > kMaxLine) return Fail(line_, "no line of a dump is that long");
  buffer_.resize(size + kReadSize);
  const absl::StatusOr<size_t> got =
      input_.Read(absl::MakeSpan(buffer_.data() + size, kReadSize));
  buffer_.resize(size + (got.ok() ? *got : 0));
  status_ = got.status();
  end_of_input_ = got.ok() && *got == 0;
  return got.ok();
}

bool OwnerDumpReader::Fail(uint64_t line, std::string_view what) {
  status_ = InvalidInputAt({input_.name(), static_cast<int>(line), 1}, what);
  return false;
}

bool OwnerDumpReader::Convert(const DumpRecord& found,
                              OwnerDumpRecord& record) {
  const RecordHeader& header = found.header;
  const auto lines = std::count(found.text.begin(), found.text.end(), '\n');
  record = OwnerDumpRecord();
  record.line = line_ - static_cast<uint64_t>(lines);
  if (header.order > kMaxPageOrder) {
    return Fail(record.line, "expected an order of at most " +
                                 std::to_string(kMaxPageOrder));
  }
  PfnLine pfn_line;
  if (!ParsePfnLine(found.pfn_line, pfn_line)) {
    return Fail(record.line + 1,
                "expected \"PFN 0xN type T Block N type T Flags ...\"");
  }
  record.pfn = Pfn(pfn_line.pfn);
  record.order = Order(header.order);
  record.gfp = Gfp(header.gfp_mask);
  record.gfp_names = header.gfp_names;
  record.pid = header.pid;
  record.tgid = header.tgid;
  record.comm = header.comm;
  if (header.has_ts) record.ts_nsec = header.ts_nsec;
  record.type = pfn_line.migratetype;
  record.block_type = pfn_line.pageblock_type;
  record.flag_names = pfn_line.flag_names();
  record.stack = found.frames;
  record.migrate_reason = MigrateReasonIn(found.notes);
  return true;
}

}  // namespace pagelab
