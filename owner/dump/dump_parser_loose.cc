// What DumpParser does with text that is not as the kernel prints it.

#include <xxhash.h>

#include "pagelab/base/text.h"
#include "pagelab/owner/dump/dump_parser.h"
#include "pagelab/owner/dump/header_fault.h"
#include "pagelab/owner/dump/line_cursor.h"
#include "pagelab/owner/dump/pfn_line.h"

namespace pagelab {
namespace {

constexpr std::string_view kWhatHeader =
    "expected \"Page allocated via order N, mask 0xN(names), ...\"";
constexpr std::string_view kWhatPfn =
    "expected \"PFN N ...\" behind its first line";
constexpr std::string_view kWhatCut = "it is cut off";
constexpr std::string_view kWhatNoNewline =
    "it is cut off: its last line has no newline";
constexpr std::string_view kWhatInside = "another record begins inside it";
constexpr std::string_view kWhatLong = "no kernel prints records that long";
constexpr std::string_view kWhatReport =
    "expected \"page last allocated via order N, migratetype T, gfp_mask "
    "0xN(names), ...\"";
constexpr std::string_view kWhatStack =
    "expected frames and \"nr_base_pages: N\" or \"handle: N\"";
constexpr std::string_view kWhatPages = "expected a number of pages";

// No machine has more.
constexpr uint64_t kMaxPages = uint64_t{1} << (52 - 12);

void AppendLine(std::string& text, std::string_view line) {
  text += line;
  text += '\n';
}

// "name: 42".
bool TakeValue(std::string_view line, uint64_t& value) {
  LineCursor cursor(line);
  std::string_view name;
  return cursor.TakeUntil(": ", name) && cursor.TakeNumber(value) &&
         cursor.empty() && value <= kMaxPages;
}

// After these, frames are those of a stack trace in a log.
bool LeadsToTrace(const LooseLines& lines) {
  const std::string_view line = lines.line();
  return lines.logged() || line.ends_with(':') || line.ends_with('>') ||
         line.starts_with('?');
}

// Whether the line is what may follow the last frame of a record or a block.
bool FollowsFrames(const LooseLines& lines) {
  switch (lines.kind()) {
    case LooseLine::kEmpty:
    case LooseLine::kRecord:
    case LooseLine::kPfn:
    case LooseLine::kFrame:
    case LooseLine::kNote:
    case LooseLine::kZeros:
      return true;
    default:
      return false;
  }
}

}  // namespace

void DumpParser::Loose::Start() {
  for (std::string* text :
       {&lead, &header, &pfn_line, &frames, &notes, &handle}) {
    text->clear();
  }
  cut = last_is_whole = inside = too_long = false;
}

bool DumpParser::Loose::Check(const LooseLines& lines) {
  cut = lines.cut();
  const LooseLine kind = lines.kind();
  last_is_whole = kind == LooseLine::kFrame || kind == LooseLine::kNote ||
                  kind == LooseLine::kPages || kind == LooseLine::kHandle;
  if (lines.line().size() <= kMaxRecordSize) return true;
  too_long = true;
  return false;
}

void DumpParser::Loose::AddFrame(const LooseLines& lines) {
  if (!Check(lines)) return;
  frames += ' ';
  AppendLine(frames, lines.line());
}

void DumpParser::Loose::AddNote(const LooseLines& lines) {
  if (Check(lines)) AppendLine(notes, lines.line());
}

void DumpParser::Loose::Add(const LooseLines& lines) {
  const std::string_view line = lines.line();
  if (lines.kind() == LooseLine::kRecord) {
    if (Check(lines)) header = line;
    return;
  }
  if (lines.kind() == LooseLine::kFrame) {
    AddFrame(lines);
  } else if (lines.kind() == LooseLine::kPfn && pfn_line.empty()) {
    if (Check(lines)) pfn_line = line;
  } else {
    if (lines.kind() == LooseLine::kHandle && Check(lines)) handle = line;
    AddNote(lines);
  }
  inside = inside || line.find(kRecordStart) != std::string_view::npos;
}

DumpParser::Outcome DumpParser::Damaged(std::string_view what) {
  damage_.what = what;
  return Outcome::kDamaged;
}

DumpParser::Outcome DumpParser::DamagedHeader(std::string_view what) {
  fault_ = HeaderFault(loose_.header);
  return Damaged(fault_.empty() ? what : fault_);
}

DumpParser::Outcome DumpParser::DamagedByCut() {
  return Damaged(loose_.cut && loose_.last_is_whole ? kWhatNoNewline
                                                    : kWhatCut);
}

void DumpParser::KeepLead(const LooseLines& lines) {
  const size_t size = log_.lead.size() + lines.raw().size();
  if (size <= kMaxRecordSize) AppendLine(log_.lead, lines.raw());
}

void DumpParser::ForgetLog() {
  log_.pfn.reset();
  log_.freed = false;
  log_.lead.clear();
  log_.in_trace = false;
  log_.in_bug = false;
}

void DumpParser::PassOver(LooseLines& lines) {
  ++other_lines_;
  log_.in_bug = log_.in_bug || lines.kind() == LooseLine::kBug;
  log_.in_trace = log_.in_bug || LeadsToTrace(lines);
  lines.Next();
}

DumpParser::Outcome DumpParser::ReadLoosely(std::string_view text, bool last,
                                            DumpRecord& record, size_t& taken) {
  LooseLines lines(text, last);
  while (true) {
    // Of a record that does not end in this text nothing is taken.
    const size_t begin = lines.position();
    taken = begin;
    // A hole may go on for long: it is not waited for its end.
    const bool zeros = begin < text.size() && text[begin] == '\0';
    if (!lines.has_line() && !zeros) return Outcome::kUnfinished;
    if (begin > 0 && (zeros || text.substr(begin).starts_with(kRecordStart))) {
      return Outcome::kPassedOver;
    }
    const bool is_report = lines.kind() == LooseLine::kReport;
    const Outcome outcome = ReadLines(lines, record);
    if (outcome == Outcome::kPassedOver) continue;
    if (outcome == Outcome::kUnfinished) return outcome;
    ForgetLog();
    log_.in_trace = log_.in_bug = is_report;
    taken = lines.position();
    record.text = text.substr(begin, taken - begin);
    damage_.size = record.text.size();
    return outcome;
  }
}

DumpParser::Outcome DumpParser::ReadLines(LooseLines& lines,
                                          DumpRecord& record) {
  switch (lines.kind()) {
    case LooseLine::kEmpty:
      ForgetLog();
      lines.Next();
      return Outcome::kPassedOver;
    case LooseLine::kRecord:
      return ReadLooseRecord(lines, record);
    case LooseLine::kPfn:
      // A record without its first line.
      if (PfnLine line; ParsePfnLine(lines.line(), line)) {
        return ReadLooseRecord(lines, record);
      }
      return ReadOther(lines);
    case LooseLine::kReport:
      return ReadReport(lines, record);
    case LooseLine::kFrame:
    case LooseLine::kPages:
    case LooseLine::kHandle:
      return ReadStack(lines, record);
    case LooseLine::kReportState:
      log_.freed = lines.line().ends_with("freed");
      KeepLead(lines);
      lines.Next();
      return Outcome::kPassedOver;
    case LooseLine::kReportPage:
      return ReadReportPage(lines);
    case LooseLine::kNote:
    case LooseLine::kZeros:
    case LooseLine::kBug:
    case LooseLine::kOther:
      break;
  }
  return ReadOther(lines);
}

DumpParser::Outcome DumpParser::ReadOther(LooseLines& lines) {
  if (lines.cut() && kRecordStart.starts_with(lines.line())) {
    lines.Next();
    return Damaged(kWhatCut);
  }
  PassOver(lines);
  return Outcome::kPassedOver;
}

DumpParser::Outcome DumpParser::ReadReportPage(LooseLines& lines) {
  LineCursor cursor(lines.line());
  std::string_view before;
  uint64_t pfn = 0;
  ForgetLog();
  if (cursor.TakeUntil("pfn:0x", before) && cursor.TakeNumber(pfn, 16)) {
    log_.pfn = pfn;
    KeepLead(lines);
  }
  PassOver(lines);
  return Outcome::kPassedOver;
}

DumpParser::Outcome DumpParser::FinishLoose(const LooseLines& lines,
                                            DumpRecord& record) {
  // More of it may come.
  if (!lines.has_line() && !lines.at_end()) return Outcome::kUnfinished;
  record.lead = {};
  record.header_line = loose_.header;
  record.pfn_line = loose_.pfn_line;
  record.frames = loose_.frames;
  record.notes = loose_.notes;
  record.frames_hash = XXH3_64bits(loose_.frames.data(), loose_.frames.size());
  if (loose_.too_long) return Damaged(kWhatLong);
  return loose_.inside ? Damaged(kWhatInside) : Outcome::kRecord;
}

// Up to an empty line, the next record, or the end. False at the last.
bool DumpParser::CollectRecord(LooseLines& lines) {
  loose_.Add(lines);
  const size_t begin = lines.position();
  for (lines.Next(); lines.has_line(); lines.Next()) {
    const bool too_far = lines.position() - begin > kMaxRecordSize;
    loose_.too_long = loose_.too_long || too_far;
    if (lines.kind() == LooseLine::kRecord ||
        lines.kind() == LooseLine::kZeros || too_far) {
      return true;
    }
    if (lines.kind() != LooseLine::kEmpty) {
      loose_.Add(lines);
    } else if (!lines.cut()) {
      lines.Next();
      return true;
    }
  }
  return false;
}

DumpParser::Outcome DumpParser::JudgeRecord(bool ended, DumpRecord& record) {
  // The end of the text may be that of the record, but not before its frames.
  const bool cut = loose_.cut || (!ended && loose_.frames.empty());
  if (!ParseRecordHeader(loose_.header, record.header)) {
    if (cut && !loose_.header.empty()) return DamagedByCut();
    return DamagedHeader(kWhatHeader);
  }
  if (cut) return DamagedByCut();
  if (PfnLine line; !ParsePfnLine(loose_.pfn_line, line)) {
    return Damaged(kWhatPfn);
  }
  record.pages = record.header.pages();
  return Outcome::kRecord;
}

DumpParser::Outcome DumpParser::ReadLooseRecord(LooseLines& lines,
                                                DumpRecord& record) {
  loose_.Start();
  const bool ended = CollectRecord(lines);
  if (loose_.frames.empty() && !loose_.handle.empty()) {
    loose_.frames += ' ';
    AppendLine(loose_.frames, loose_.handle);
  }
  record.kind = RecordKind::kRecord;
  const Outcome outcome = FinishLoose(lines, record);
  return outcome == Outcome::kRecord ? JudgeRecord(ended, record) : outcome;
}

// The frames of the allocation, and those of the free, which are left out.
DumpParser::Outcome DumpParser::ReadReport(LooseLines& lines,
                                           DumpRecord& record) {
  found_report_ = true;
  loose_.Start();
  if (loose_.Check(lines)) loose_.header = lines.line();
  const size_t begin = lines.position();
  bool free_begun = false;
  for (lines.Next(); lines.has_line(); lines.Next()) {
    if (lines.position() - begin > kMaxRecordSize) break;
    if (lines.kind() == LooseLine::kFrame) {
      free_begun ? void(loose_.Check(lines)) : loose_.AddFrame(lines);
    } else if (!free_begun && lines.line().starts_with("page last free ")) {
      free_begun = true;
      loose_.Check(lines);
    } else {
      break;
    }
  }
  if (log_.pfn.has_value()) {
    loose_.pfn_line = "PFN 0x";
    AppendHex(loose_.pfn_line, *log_.pfn);
  }
  record.kind = log_.freed ? RecordKind::kFreedReport : RecordKind::kReport;
  const Outcome outcome = FinishLoose(lines, record);
  if (outcome != Outcome::kRecord) return outcome;
  loose_.lead.swap(log_.lead);
  record.lead = loose_.lead;
  if (loose_.cut) return DamagedByCut();
  if (!ParseReportHeader(loose_.header, record.header)) {
    return DamagedHeader(kWhatReport);
  }
  record.pages = record.header.pages();
  return outcome;
}

// The lines of a block up to an empty line, or to what cannot belong to it.
DumpParser::StackLines DumpParser::CollectStack(LooseLines& lines,
                                                DumpRecord& record) {
  StackLines got;
  const size_t begin = lines.position();
  for (; lines.has_line(); lines.Next()) {
    const LooseLine kind = lines.kind();
    if (lines.position() - begin > kMaxRecordSize) break;
    if (kind == LooseLine::kFrame) {
      // Those of the next, where the empty line was lost.
      if (got.has_pages || got.has_handle) break;
      loose_.AddFrame(lines);
      ++got.frames;
      continue;
    }
    if (kind == LooseLine::kEmpty) {
      got.ended = true;
      lines.Next();
      break;
    }
    if (kind != LooseLine::kPages && kind != LooseLine::kHandle) break;
    const bool is_pages = kind == LooseLine::kPages;
    bool& has_value = is_pages ? got.has_pages : got.has_handle;
    if (has_value) break;
    has_value = true;
    uint64_t& value = is_pages ? record.pages : record.handle;
    got.good = TakeValue(lines.line(), value) && got.good;
    loose_.Check(lines);
  }
  return got;
}

// A block of one of the files in page_owner_stacks.
DumpParser::Outcome DumpParser::ReadStack(LooseLines& lines,
                                          DumpRecord& record) {
  loose_.Start();
  record.header = RecordHeader();
  record.handle = 0;
  record.pages = 0;
  const bool in_trace = log_.in_trace || lines.logged();
  const StackLines got = CollectStack(lines, record);
  if (got.has_handle && loose_.frames.empty()) {
    loose_.frames = " handle: ";
    AppendDecimal(loose_.frames, record.handle);
    loose_.frames += '\n';
  }
  record.kind =
      got.has_pages ? RecordKind::kStackPages : RecordKind::kStackOfHandle;
  const Outcome outcome = FinishLoose(lines, record);
  if (outcome == Outcome::kUnfinished) return outcome;
  const bool may_be_rest =
      !in_trace && (got.ended || !lines.has_line() || FollowsFrames(lines));
  if (!got.has_pages && !got.has_handle && !may_be_rest) {
    other_lines_ += got.frames;
    log_.in_trace = true;
    if (got.ended) ForgetLog();
    return Outcome::kPassedOver;
  }
  if (outcome != Outcome::kRecord) return outcome;
  if (loose_.cut) return DamagedByCut();
  const bool whole = got.has_pages ? got.has_handle || got.frames > 0
                                   : got.has_handle && got.frames > 0;
  if (!whole) return Damaged(kWhatStack);
  return got.good ? outcome : Damaged(kWhatPages);
}

}  // namespace pagelab
