// A dump of any content: DumpParser keeps what it promises and finds the same
// in whatever pieces it gets the text.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string_view>

#include "pagelab/base/check.h"
#include "pagelab/owner/dump/dump_field.h"
#include "pagelab/owner/dump/dump_parser.h"
#include "pagelab/owner/dump/frame_scan_variants.h"
#include "pagelab/owner/dump/line_cursor.h"
#include "pagelab/owner/dump/pfn_line.h"
#include "pagelab/owner/dump/record_header.h"
#include "pagelab/test/support/parsed_dump.h"

namespace pagelab {
namespace {

bool Inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() &&
          part.data() + part.size() <= whole.data() + whole.size());
}

void CheckHeader(std::string_view line,
                 bool (*parse)(std::string_view, RecordHeader&)) {
  RecordHeader header;
  const bool good = parse(line, header);
  for (std::string_view part : {header.gfp_names, header.migratetype,
                                header.comm, header.ts_digits, header.rest}) {
    PAGELAB_CHECK(Inside(part, line));
  }
  if (good) PAGELAB_CHECK(header.order <= kMaxDumpOrder);
}

void CheckLine(std::string_view line) {
  CheckHeader(line, ParseRecordHeader);
  CheckHeader(line, ParseReportHeader);
  PfnLine pfn_line;
  ParsePfnLine(line, pfn_line);
  for (std::string_view part : {pfn_line.migratetype, pfn_line.pageblock_type,
                                pfn_line.flags, pfn_line.flag_names()}) {
    PAGELAB_CHECK(Inside(part, line));
  }
  PAGELAB_CHECK(pfn_line.Flag("zone") >= -1);
}

void CheckFields(std::string_view text) {
  DumpParser parser;
  FieldReader fields(uint64_t{1} << 40);
  DumpRecord record;
  size_t taken = 0;
  while (true) {
    const DumpParser::Found found =
        parser.Next(text, /*last=*/true, record, taken);
    if (found == DumpParser::Found::kNothing) return;
    text.remove_prefix(taken);
    if (found == DumpParser::Found::kDamaged) continue;
    fields.Start(record);
    for (const DumpFieldInfo& info : DumpFields()) {
      const FieldValue value = fields.Read(info.field);
      PAGELAB_CHECK(value.known || value.text == "-");
    }
  }
}

void CheckScans(std::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto variants = FrameScanVariants();
  for (const FrameScanVariant& variant : variants) {
    PAGELAB_CHECK(variant.end_of_frames(begin, end) ==
                  variants[0].end_of_frames(begin, end));
    PAGELAB_CHECK(variant.end_of_empty_line(begin, end) ==
                  variants[0].end_of_empty_line(begin, end));
  }
}

void CheckSame(const ParsedDump& whole, const ParsedDump& parts,
               std::string_view how) {
  if (whole == parts) return;
  std::cerr << "in one piece:\n"
            << whole << '\n'
            << how << ":\n"
            << parts << '\n';
  PAGELAB_CHECK(whole == parts);
}

// The first byte chooses the pieces; the rest is the text.
void Check(std::string_view input) {
  if (input.empty()) return;
  const auto seed = static_cast<uint8_t>(input.front());
  const std::string_view text = input.substr(1);
  const ParsedDump whole = ParseWhole(text);
  // Few, as each may begin with all that was there before.
  const uint64_t max_piece = 1 + seed + text.size() / 8;
  CheckSame(whole, ParseInPieces(text, seed, max_piece), "in pieces");
  CheckSame(whole, ParseInShares(text, seed), "in shares");
  CheckFields(text);
  CheckScans(text);
  for (std::string_view rest = text; !rest.empty();) CheckLine(TakeLine(rest));
}

}  // namespace
}  // namespace pagelab

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pagelab::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
