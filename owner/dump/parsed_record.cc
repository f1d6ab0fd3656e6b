#include "pagelab/owner/dump/parsed_record.h"

#include <algorithm>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump/line_cursor.h"
#include "pagelab/owner/dump/pfn_line.h"

namespace pagelab {
namespace {

constexpr std::string_view kMigrated =
    "Page has been migrated, last migrate reason: ";
constexpr std::string_view kSlab = "Slab cache page";

absl::Status Unexpected(std::string_view what, std::string_view found) {
  return InvalidInput("expected " + std::string(what) + ", got \"" +
                      std::string(found) + "\"");
}

absl::StatusOr<Migratetype> TypeOf(std::string_view text,
                                   const OwnerTextProfile& profile) {
  for (int i = 0; i < kMigrateTypes; ++i) {
    const auto type = static_cast<Migratetype>(i);
    const bool is_type =
        profile.pfn_line == PfnLineStyle::kNumbers
            ? text == std::to_string(
                          profile.gfp->type_numbers[static_cast<size_t>(i)])
            : text == ToString(type);
    if (is_type) return type;
  }
  return Unexpected("the type of a pageblock", text);
}

absl::StatusOr<uint64_t> FlagsWordOf(std::string_view text,
                                     const PageFlagsEra& era) {
  uint64_t word = 0;
  if (era.style != PageFlagsStyle::kLetters) {
    LineCursor cursor(text);
    if (cursor.Take("0x") && cursor.TakeNumber(word, 16)) return word;
    return Unexpected("page flags \"0xN(names)\"", text);
  }
  if (text.size() != era.names.size()) {
    return Unexpected("a column for each flag", text);
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text.substr(i, 1) != era.names[i].name) {
      return Unexpected("the letter of a flag", text.substr(i, 1));
    }
    word |= era.names[i].mask;
  }
  return word;
}

// "[<ffffffff811682c4>] name+0x134/0x230 [module]", or parts of it.
absl::StatusOr<ParsedFrame> FrameOf(std::string_view line) {
  ParsedFrame frame;
  LineCursor cursor(line);
  uint64_t address = 0;
  if (cursor.Take("[<")) {
    if (!cursor.TakeNumber(address, 16) || !cursor.Take(">] ")) {
      return Unexpected("a frame \"[<address>] name+0xN/0xN\"", line);
    }
    frame.address = address;
  }
  if (cursor.rest().starts_with("0x") && !frame.address.has_value()) {
    cursor.Take("0x");
    if (!cursor.TakeNumber(address, 16) || !cursor.empty()) {
      return Unexpected("an address", line);
    }
    frame.address = address;
    return frame;
  }
  std::string_view symbol;
  if (!cursor.TakeUntil("+0x", symbol) ||
      !cursor.TakeNumber(frame.offset, 16) || !cursor.Take("/0x") ||
      !cursor.TakeNumber(frame.size, 16)) {
    return Unexpected("a frame \"name+0xN/0xN\"", line);
  }
  frame.symbol = symbol;
  std::string_view module;
  if (cursor.Take(" [") && cursor.TakeUntil(']', module)) frame.module = module;
  if (!cursor.empty()) return Unexpected("the end of a frame", cursor.rest());
  return frame;
}

absl::Status TakeHeader(const RecordHeader& header,
                        const OwnerTextProfile& profile, ParsedRecord& parsed) {
  PageOwnerRecord& values = parsed.values;
  if (!header.rest.empty()) return Unexpected("the end of a line", header.rest);
  if (header.has_pid != profile.pid || header.has_ts != profile.ts ||
      header.has_task != profile.tgid_and_comm ||
      header.has_free_ts != profile.free_ts) {
    return InvalidInput("the first line has not the fields of Linux " +
                        std::string(profile.version));
  }
  if (header.comm.size() >= values.comm.size()) {
    return Unexpected("a name of at most 15 bytes", header.comm);
  }
  values.order = header.order;
  values.gfp_mask = header.gfp_mask;
  values.pid = header.pid;
  values.tgid = header.tgid;
  std::copy(header.comm.begin(), header.comm.end(), values.comm.begin());
  values.ts_nsec = header.ts_nsec;
  values.free_ts_nsec = header.free_ts_nsec;
  return absl::OkStatus();
}

absl::Status TakePfnLine(std::string_view text, const OwnerTextProfile& profile,
                         ParsedRecord& parsed) {
  PfnLine line;
  if (!ParsePfnLine(text, line)) return Unexpected("\"PFN N ...\"", text);
  parsed.pfn = Pfn(line.pfn);
  PAGELAB_ASSIGN_OR_RETURN(parsed.pageblock_type,
                           TypeOf(line.pageblock_type, profile));
  PAGELAB_ASSIGN_OR_RETURN(parsed.flags_word,
                           FlagsWordOf(line.flags, *profile.page_flags));
  return absl::OkStatus();
}

absl::Status TakeNote(std::string_view line, const OwnerTextProfile& profile,
                      ParsedRecord& parsed) {
  LineCursor cursor(line);
  if (cursor.Take(kMigrated)) {
    const auto& reasons = profile.migrate_reasons;
    const auto found = std::find(reasons.begin(), reasons.end(), cursor.rest());
    if (found == reasons.end()) {
      return Unexpected("a reason to migrate", cursor.rest());
    }
    parsed.values.last_migrate_reason =
        static_cast<int16_t>(found - reasons.begin());
    return absl::OkStatus();
  }
  ParsedMemcg& memcg = parsed.memcg;
  if (line == kSlab) {
    memcg.kind = ParsedMemcg::Kind::kSlab;
    return absl::OkStatus();
  }
  if (!cursor.Take("Charged ")) {
    return Unexpected("a note on the page", line);
  }
  memcg.kind = cursor.Take("(via objcg) ") ? ParsedMemcg::Kind::kKernel
                                           : ParsedMemcg::Kind::kUser;
  if (!cursor.Take("to ")) return Unexpected("a note on the page", line);
  memcg.online = !cursor.Take("offline ");
  if (!cursor.Take("memcg ")) return Unexpected("a note on the page", line);
  memcg.name = cursor.rest();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ParsedRecord> ParseValues(const DumpRecord& record,
                                         const OwnerTextProfile& profile) {
  if (record.kind != RecordKind::kRecord) {
    return InvalidInput("expected a record of the page_owner file");
  }
  ParsedRecord parsed;
  parsed.values.last_migrate_reason = -1;
  PAGELAB_RETURN_IF_ERROR(TakeHeader(record.header, profile, parsed));
  PAGELAB_RETURN_IF_ERROR(TakePfnLine(record.pfn_line, profile, parsed));
  for (std::string_view frames = record.frames; !frames.empty();) {
    PAGELAB_ASSIGN_OR_RETURN(ParsedFrame frame,
                             FrameOf(TakeLine(frames).substr(1)));
    parsed.frames.push_back(std::move(frame));
  }
  for (std::string_view notes = record.notes; !notes.empty();) {
    PAGELAB_RETURN_IF_ERROR(TakeNote(TakeLine(notes), profile, parsed));
  }
  return parsed;
}

}  // namespace pagelab
