#ifndef PAGELAB_OWNER_DUMP_DUMP_PARSER_H_
#define PAGELAB_OWNER_DUMP_DUMP_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "pagelab/owner/dump/loose_lines.h"
#include "pagelab/owner/dump/record_header.h"

namespace pagelab {

// The kernel prints at most 4 KiB. What is longer is cut here and is damaged.
inline constexpr size_t kMaxRecordSize = size_t{64} << 10;

enum class RecordKind : uint8_t {
  // A record of the page_owner file.
  kRecord,
  // What a bug report says about a page in use, or that was.
  kReport,
  kFreedReport,
  // A block of show_stacks or show_handles: pages of a stack.
  kStackPages,
  // A block of show_stacks_handles: the stack of a handle, and no pages.
  kStackOfHandle,
};

// One record of a dump. Views into the text that was parsed, or, for a record
// that was not as the kernel prints it, into the parser, until its next call.
struct DumpRecord {
  RecordKind kind = RecordKind::kRecord;
  // Everything, as it was, the empty line behind it included.
  std::string_view text;
  // Of reports: the lines before that name the page and say whether it is
  // free, as they were.
  std::string_view lead;
  // Of kRecord and reports.
  RecordHeader header;
  std::string_view header_line;
  // "PFN ..."; of reports made up as "PFN 0x12345" if the report names it.
  std::string_view pfn_line;
  // A line for each frame, with its newline, beginning with a blank; " handle:
  // 42" where only that is known. `frames_hash` is XXH3_64bits() of it.
  std::string_view frames;
  uint64_t frames_hash = 0;
  // Further lines: migration, cgroup, a vendor's.
  std::string_view notes;
  // Of kStackOfHandle.
  uint64_t handle = 0;
  // Held by the record's pages; of kStackPages, its count.
  uint64_t pages = 0;
};

// Finds the records in a text that holds any of: dumps of any kernel version,
// with leading blanks and empty lines lost in a mail or carriage returns won,
// lines that a vendor added, files of page_owner_stacks, kernel logs with bug
// reports (text-formats.md 3, 4, 13). Recognised by content, at every line
// anew. What is not a record is passed over and counted.
// Frames without header and count are damage where they look like the rest of
// a record or of a block of show_stacks: an empty line, the end, another record
// or a record's note is directly behind them, and nothing in front of them, up
// to the empty line before, is a log's ("Call Trace:", "? f+0x1/0x2", a time
// stamp, a bug report). All others are a log's trace, and other lines.
// Bytes of zero in front of a line are one damage, whatever their number, and
// the line is read as if they were not there.
// Memory use is bounded, whatever the text. Thread-compatible.
class DumpParser {
 public:
  enum class Found : uint8_t {
    kRecord,
    // A record that was cut or that makes no sense: see damage().
    kDamaged,
    // No further record before the end of the text, or none that is whole.
    kNothing,
  };

  // Looks for a record from the beginning of `text`, which is the beginning of
  // a line. `taken` is how many bytes are done with. Without `last` more text
  // follows, and what was not taken comes again in front of it.
  Found Next(std::string_view text, bool last, DumpRecord& record,
             size_t& taken);

  // What is wrong with the record, in words, and where it begins, in bytes
  // before the end of what was taken.
  struct Damage {
    std::string_view what;
    size_t size = 0;
  };
  const Damage& damage() const { return damage_; }

  // Lines that belong to no record, blank ones left out, and whether there was
  // a bug report: then they are a kernel's log.
  uint64_t other_lines() const { return other_lines_; }
  bool found_report() const { return found_report_; }

 private:
  // Whether a record is as the kernel prints it, as far as its text goes.
  enum class Shape : uint8_t { kCanonical, kUnfinished, kOther };
  // What became of lines that may be a record.
  enum class Outcome : uint8_t { kRecord, kDamaged, kUnfinished, kPassedOver };

  static Shape SkipNotes(const char*& note, const char* end);
  bool FillCanonical(DumpRecord& record);
  bool SkipEmpty(const char*& at, const char* end);
  Shape ReadCanonical(const char* at, const char* end, DumpRecord& record);
  const char* EndOfFramesAt(const char* at, const char* end);
  // Whether no other record is inside the frames, in a line that was cut.
  bool FramesAreWhole(std::string_view frames, uint64_t hash);

  // Up to the end of the first record, or to a line that may begin one which
  // is as the kernel prints it.
  Outcome ReadLoosely(std::string_view text, bool last, DumpRecord& record,
                      size_t& taken);
  Outcome ReadLines(LooseLines& lines, DumpRecord& record);
  Outcome ReadOther(LooseLines& lines);
  Outcome ReadReportPage(LooseLines& lines);
  Outcome ReadLooseRecord(LooseLines& lines, DumpRecord& record);
  bool CollectRecord(LooseLines& lines);
  Outcome JudgeRecord(bool ended, DumpRecord& record);
  Outcome ReadReport(LooseLines& lines, DumpRecord& record);
  Outcome ReadStack(LooseLines& lines, DumpRecord& record);
  struct StackLines {
    uint64_t frames = 0;
    bool has_pages = false;
    bool has_handle = false;
    // Their values make sense.
    bool good = true;
    // By an empty line.
    bool ended = false;
  };
  StackLines CollectStack(LooseLines& lines, DumpRecord& record);
  Outcome FinishLoose(const LooseLines& lines, DumpRecord& record);
  Outcome Damaged(std::string_view what);
  // In a header; `what` unless more can be said.
  Outcome DamagedHeader(std::string_view what);
  Outcome DamagedByCut();
  void PassOver(LooseLines& lines);
  void KeepLead(const LooseLines& lines);
  void ForgetLog();

  // The frames of the last record, which are often those of the next.
  std::string last_frames_;
  uint64_t last_frames_hash_ = 0;
  bool same_frames_ = false;
  // Hashes of frames that are whole; emptied when it is full.
  absl::flat_hash_set<uint64_t> whole_frames_;

  // Of a record that is put together from its lines.
  struct Loose {
    std::string lead;
    std::string header;
    std::string pfn_line;
    std::string frames;
    std::string notes;
    // The line of a handle.
    std::string handle;
    // The last line has no newline; another record begins in a line; a line is
    // longer than a record may be.
    bool cut = false;
    // That line is one that a kernel prints as it is.
    bool last_is_whole = false;
    bool inside = false;
    bool too_long = false;

    void Start();
    void Add(const LooseLines& lines);
    void AddFrame(const LooseLines& lines);
    void AddNote(const LooseLines& lines);
    // Notes what is wrong with a line; false if it cannot be used.
    bool Check(const LooseLines& lines);
  };
  Loose loose_;

  // What the lines before said, up to the last empty line.
  struct Log {
    // Of the page that a bug report is about.
    std::optional<uint64_t> pfn;
    bool freed = false;
    std::string lead;
    // Frames that follow belong to no record; nor do later ones.
    bool in_trace = false;
    bool in_bug = false;
  };
  Log log_;
  // The bytes of zero before are counted.
  bool in_zeros_ = false;

  Damage damage_;
  // What damage_ says if it is no literal.
  std::string fault_;
  uint64_t other_lines_ = 0;
  bool found_report_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_DUMP_PARSER_H_
