#include "pagelab/owner/dump/grep_dump.h"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump/piece_output.h"
#include "pagelab/owner/dump/record_reader.h"

namespace pagelab {
namespace {

// Also where the empty line came with blanks or a carriage return.
bool EndsWithEmptyLine(std::string_view text) {
  if (text.ends_with("\n\n")) return true;
  if (!text.ends_with('\n')) return false;
  text.remove_suffix(1);
  const size_t last = text.find_last_not_of(" \t\r");
  return last != std::string_view::npos && text[last] == '\n';
}

class GrepReader : public RecordReader {
 public:
  // Without `output` it only counts.
  GrepReader(const RecordFilter& filter, const GrepOptions& options,
             PieceOutput* output)
      : filter_(filter),
        invert_(options.invert),
        fields_(options.now),
        output_(output) {}

  size_t Take(std::string_view text, uint64_t offset, bool last) override {
    if (!in_piece_) piece_begin_ = offset;
    in_piece_ = !last;
    const size_t taken = RecordReader::Take(text, offset, last);
    if (output_ == nullptr) return taken;
    if (last) {
      output_->Finish(piece_begin_, offset + taken, chosen_);
    } else {
      output_->Write(piece_begin_, chosen_);
    }
    return taken;
  }

  uint64_t records() const { return records_; }
  uint64_t pages() const { return pages_; }

 protected:
  void OnRecord(const DumpRecord& record) override {
    if (filter_.Matches(record, fields_) == invert_) return;
    ++records_;
    if (record.kind != RecordKind::kFreedReport) pages_ += record.pages;
    if (output_ == nullptr) return;
    if (record.kind == RecordKind::kReport ||
        record.kind == RecordKind::kFreedReport) {
      chosen_ += record.lead;
    }
    chosen_ += record.text;
    if (EndsWithEmptyLine(record.text)) return;
    if (!record.text.ends_with('\n')) chosen_ += '\n';
    chosen_ += '\n';
  }

 private:
  const RecordFilter& filter_;
  const bool invert_;
  FieldReader fields_;
  PieceOutput* const output_;

  bool in_piece_ = false;
  uint64_t piece_begin_ = 0;
  // Of the piece, and not yet written.
  std::string chosen_;
  uint64_t records_ = 0;
  uint64_t pages_ = 0;
};

absl::Status CheckInput(const ReadStatistics& statistics, bool strict) {
  if (strict) PAGELAB_RETURN_IF_ERROR(StrictStatus(statistics));
  // The output of a grep that chose nothing is fine as the input of another.
  const InputStatistics& input = statistics.inputs.back();
  return input.bytes == 0 ? absl::OkStatus() : RequireRecords(input);
}

}  // namespace

absl::StatusOr<GrepResult> GrepDumps(absl::Span<const std::string> paths,
                                     const RecordFilter& filter,
                                     const GrepOptions& options,
                                     OutputStream* out) {
  std::unique_ptr<PieceOutput> output;
  ScanOptions scan{.progress = options.scan.progress, .stop = {}, .failed = {}};
  if (out != nullptr) {
    output = std::make_unique<PieceOutput>(*out);
    scan.stop = [&output] { return output->stopped(); };
    scan.failed = [&output] { output->Stop(); };
  }
  const auto owned = MakeReaders<GrepReader>(filter, options, output.get());
  const auto readers = PointersTo<RecordReader>(owned);
  GrepResult result;
  for (const std::string& path : paths) {
    if (output != nullptr) output->StartInput();
    PAGELAB_RETURN_IF_ERROR(
        ScanRecords(path, readers, scan, result.statistics));
    if (out != nullptr) PAGELAB_RETURN_IF_ERROR(out->status());
    PAGELAB_RETURN_IF_ERROR(CheckInput(result.statistics, options.strict));
  }
  for (const auto& reader : owned) {
    result.records += reader->records();
    result.pages += reader->pages();
  }
  return result;
}

}  // namespace pagelab
