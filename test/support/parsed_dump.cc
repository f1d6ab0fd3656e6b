#include "pagelab/test/support/parsed_dump.h"

#include <xxhash.h>

#include "pagelab/base/check.h"
#include "pagelab/base/random.h"

namespace pagelab {
namespace {

FoundRecord Copy(const DumpRecord& record) {
  return {
      .kind = record.kind,
      .pages = record.pages,
      .handle = record.kind == RecordKind::kStackOfHandle ? record.handle : 0,
      .order = record.header.order,
      .pid = record.header.pid,
      .comm = std::string(record.header.comm),
      .header_line = std::string(record.header_line),
      .pfn_line = std::string(record.pfn_line),
      .frames = std::string(record.frames),
      .frames_hash = record.frames_hash,
      .notes = std::string(record.notes)};
}

void CheckRecord(const DumpRecord& record) {
  PAGELAB_CHECK(record.frames_hash ==
                XXH3_64bits(record.frames.data(), record.frames.size()));
  PAGELAB_CHECK(record.frames.empty() ||
                (record.frames.front() == ' ' && record.frames.back() == '\n'));
  const bool has_header = record.kind == RecordKind::kRecord ||
                          record.kind == RecordKind::kReport ||
                          record.kind == RecordKind::kFreedReport;
  PAGELAB_CHECK(record.header_line.empty() != has_header);
  if (has_header) PAGELAB_CHECK(record.pages == record.header.pages());
}

ParsedDump Finished(const DumpParser& parser, std::vector<FoundRecord> found) {
  return {.found = std::move(found),
          .other_lines = parser.other_lines(),
          .found_report = parser.found_report()};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const FoundRecord& found) {
  out << '[' << found.begin << ", " << found.end << ") ";
  if (found.damaged) return out << "damaged: " << found.what;
  return out << "kind " << static_cast<int>(found.kind) << ", " << found.pages
             << " pages, handle " << found.handle << ", order " << found.order
             << ", pid " << found.pid << ", comm \"" << found.comm << "\"\n"
             << found.header_line << "|\n"
             << found.pfn_line << "|\n"
             << found.frames << "|\n"
             << found.notes << '|';
}

std::ostream& operator<<(std::ostream& out, const ParsedDump& dump) {
  for (const FoundRecord& found : dump.found) out << found << '\n';
  return out << dump.other_lines << " other lines, "
             << (dump.found_report ? "a report" : "no report");
}

std::vector<FoundRecord> ParsedDump::records() const {
  std::vector<FoundRecord> whole = found;
  std::erase_if(whole, [](const FoundRecord& one) { return one.damaged; });
  return whole;
}

std::vector<FoundRecord> ParsedDump::damaged() const {
  std::vector<FoundRecord> others = found;
  std::erase_if(others, [](const FoundRecord& one) { return !one.damaged; });
  return others;
}

uint64_t ParsedDump::pages() const {
  uint64_t pages = 0;
  for (const FoundRecord& one : found) pages += one.pages;
  return pages;
}

void ParsedDump::Append(const ParsedDump& other) {
  found.insert(found.end(), other.found.begin(), other.found.end());
  other_lines += other.other_lines;
  found_report = found_report || other.found_report;
}

size_t TakeRecords(DumpParser& parser, std::string_view text, uint64_t offset,
                   bool last, std::vector<FoundRecord>& found) {
  size_t done = 0;
  while (true) {
    DumpRecord record;
    size_t taken = 0;
    const std::string_view rest = text.substr(done);
    const DumpParser::Found got = parser.Next(rest, last, record, taken);
    PAGELAB_CHECK(taken <= rest.size());
    done += taken;
    if (got == DumpParser::Found::kNothing) {
      PAGELAB_CHECK(!last || done == text.size());
      return done;
    }
    FoundRecord one;
    size_t size = parser.damage().size;
    if (got == DumpParser::Found::kRecord) {
      CheckRecord(record);
      size = record.text.size();
      PAGELAB_CHECK(record.text.data() + size == rest.data() + taken);
      one = Copy(record);
    } else {
      one = {.damaged = true, .what = std::string(parser.damage().what)};
      PAGELAB_CHECK(!one.what.empty());
    }
    PAGELAB_CHECK(size > 0 && size <= taken);
    one.end = offset + done;
    one.begin = one.end - size;
    found.push_back(one);
  }
}

ParsedDump ParseWhole(std::string_view text) {
  DumpParser parser;
  std::vector<FoundRecord> found;
  TakeRecords(parser, text, 0, /*last=*/true, found);
  return Finished(parser, std::move(found));
}

ParsedDump ParseInPieces(std::string_view text, uint64_t seed,
                         uint64_t max_piece) {
  Random random(seed);
  DumpParser parser;
  std::vector<FoundRecord> found;
  uint64_t begin = 0;
  uint64_t end = 0;
  while (end < text.size()) {
    end += random.UniformBetween(
        1, std::min<uint64_t>(max_piece, text.size() - end));
    // A copy, so that a reader of what is behind it is found out.
    const std::string window(text.substr(begin, end - begin));
    begin += TakeRecords(parser, window, begin, /*last=*/false, found);
  }
  TakeRecords(parser, text.substr(begin), begin, /*last=*/true, found);
  return Finished(parser, std::move(found));
}

ParsedDump ParseInShares(std::string_view text, uint64_t seed) {
  Random random(seed);
  ParsedDump dump;
  uint64_t begin = 0;
  while (begin < text.size()) {
    size_t end = begin;
    do {
      end = text.find("\n\n", end);
      end = end == std::string_view::npos ? text.size() : end + 2;
    } while (end < text.size() && random.Bernoulli(0.5));
    DumpParser parser;
    std::vector<FoundRecord> found;
    TakeRecords(parser, text.substr(begin, end - begin), begin, /*last=*/true,
                found);
    dump.Append(Finished(parser, std::move(found)));
    begin = end;
  }
  return dump;
}

}  // namespace pagelab
