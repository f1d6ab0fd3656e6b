#include "pagelab/owner/dump/dump_parser.h"

#include <xxhash.h>

#include <cstring>

#include "pagelab/owner/dump/byte_range.h"
#include "pagelab/owner/dump/frame_scan.h"

namespace pagelab {
namespace {

constexpr size_t kMaxWholeFrames = size_t{1} << 16;

bool StartsRecord(const char* at, const char* end) {
  return View(at, end).starts_with(kRecordStart);
}

// The only line of a record that begins with a P and is not its second.
constexpr std::string_view kNoteStart = "Page has been ";

constexpr std::string_view kWhatZeros =
    "bytes of zero, as a crash leaves them where nothing was written";

}  // namespace

bool DumpParser::FramesAreWhole(std::string_view frames, uint64_t hash) {
  if (whole_frames_.contains(hash)) return true;
  if (frames.find(kRecordStart) != std::string_view::npos) return false;
  if (whole_frames_.size() >= kMaxWholeFrames) whole_frames_.clear();
  whole_frames_.insert(hash);
  return true;
}

const char* DumpParser::EndOfFramesAt(const char* at, const char* end) {
  same_frames_ = false;
  if (at == end || *at != ' ') return at;
  const size_t size = last_frames_.size();
  if (static_cast<size_t>(end - at) > size && at[size] != ' ' &&
      std::memcmp(at, last_frames_.data(), size) == 0 && size > 0) {
    same_frames_ = true;
    return at + size;
  }
  return EndOfFrames(at, end);
}

// Up to the newline of the empty line that ends the record.
inline DumpParser::Shape DumpParser::SkipNotes(const char*& note,
                                               const char* end) {
  while (true) {
    if (note == end) return Shape::kUnfinished;
    if (*note == '\n') return Shape::kCanonical;
    // What else there may be is rare: frames after a vendor's line, a record
    // whose empty line was lost, a carriage return, a hole.
    if (*note == ' ' || *note == '\r' || *note == '\0') return Shape::kOther;
    if (*note == 'P') {
      const std::string_view line = View(note, end);
      if (line.size() < kNoteStart.size()) return Shape::kUnfinished;
      if (!line.starts_with(kNoteStart)) return Shape::kOther;
    }
    const char* const newline = NewlineIn(note, end);
    if (newline == nullptr) return Shape::kUnfinished;
    note = newline + 1;
  }
}

// Of a record whose lines are found. False if it makes no sense.
inline bool DumpParser::FillCanonical(DumpRecord& record) {
  record.kind = RecordKind::kRecord;
  record.lead = {};
  // Without frames there may be a line that stands for them.
  if (record.frames.empty() && !record.notes.empty()) return false;
  if (record.text.size() > kMaxRecordSize ||
      !ParseRecordHeader(record.header_line, record.header)) {
    return false;
  }
  record.pages = record.header.pages();
  if (!same_frames_) {
    const uint64_t hash =
        XXH3_64bits(record.frames.data(), record.frames.size());
    if (!FramesAreWhole(record.frames, hash)) return false;
    last_frames_.assign(record.frames);
    last_frames_hash_ = hash;
  }
  record.frames_hash = last_frames_hash_;
  return true;
}

// Anything that is not as expected is left to the loose reader. What is decided
// here does not depend on how much text follows the record.
DumpParser::Shape DumpParser::ReadCanonical(const char* at, const char* end,
                                            DumpRecord& record) {
  const char* const header_end = NewlineIn(at, end);
  if (header_end == nullptr || end - header_end < 6) return Shape::kUnfinished;
  if (std::memcmp(header_end + 1, "PFN ", 4) != 0 || header_end[-1] == '\r' ||
      header_end[5] < '0' || header_end[5] > '9') {
    return Shape::kOther;
  }
  const char* const pfn_end = NewlineIn(header_end + 1, end);
  if (pfn_end == nullptr) return Shape::kUnfinished;
  const char* const frames = pfn_end + 1;
  const char* const frames_end = EndOfFramesAt(frames, end);
  if (frames_end == nullptr) return Shape::kUnfinished;
  const char* note = frames_end;
  const Shape shape = SkipNotes(note, end);
  if (shape != Shape::kCanonical) return shape;
  record.text = View(at, note + 1);
  record.header_line = View(at, header_end);
  record.pfn_line = View(header_end + 1, pfn_end);
  record.frames = View(frames, frames_end);
  record.notes = View(frames_end, note);
  return FillCanonical(record) ? Shape::kCanonical : Shape::kOther;
}

// Goes to the next line that is not empty. False behind a byte of zero in front
// of a line, the first of its run: what follows of the run is not told again.
bool DumpParser::SkipEmpty(const char*& at, const char* end) {
  for (; at != end; ++at) {
    if (*at == '\0') {
      if (in_zeros_) continue;
      in_zeros_ = true;
      ForgetLog();
      ++at;
      return false;
    }
    in_zeros_ = false;
    if (*at != '\n') break;
    ForgetLog();
  }
  return true;
}

DumpParser::Found DumpParser::Next(std::string_view text, bool last,
                                   DumpRecord& record, size_t& taken) {
  const char* at = text.data();
  const char* const end = at + text.size();
  Outcome outcome = Outcome::kPassedOver;
  while (outcome == Outcome::kPassedOver) {
    if (at != end && (in_zeros_ || *at == '\n' || *at == '\0') &&
        !SkipEmpty(at, end)) {
      damage_ = {.what = kWhatZeros, .size = 1};
      outcome = Outcome::kDamaged;
      break;
    }
    if (StartsRecord(at, end)) {
      const Shape shape = ReadCanonical(at, end, record);
      if (shape == Shape::kCanonical) {
        ForgetLog();
        at += record.text.size();
        outcome = Outcome::kRecord;
        break;
      }
      // Whatever comes, it is read in the same way as if it had been here.
      if (shape == Shape::kUnfinished && !last &&
          static_cast<size_t>(end - at) <= kMaxRecordSize) {
        outcome = Outcome::kUnfinished;
        break;
      }
    }
    size_t passed = 0;
    outcome = ReadLoosely(View(at, end), last, record, passed);
    at += passed;
  }
  taken = static_cast<size_t>(at - text.data());
  if (outcome == Outcome::kUnfinished) return Found::kNothing;
  return outcome == Outcome::kRecord ? Found::kRecord : Found::kDamaged;
}

}  // namespace pagelab
