// All that DumpParser finds in a text, for comparisons.

#ifndef PAGELAB_TEST_SUPPORT_PARSED_DUMP_H_
#define PAGELAB_TEST_SUPPORT_PARSED_DUMP_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/owner/dump/dump_parser.h"

namespace pagelab {

// A record, or the place of a damaged one.
struct FoundRecord {
  bool damaged = false;
  // In the whole text, and behind it.
  uint64_t begin = 0;
  uint64_t end = 0;
  std::string what = {};
  RecordKind kind = RecordKind::kRecord;
  uint64_t pages = 0;
  uint64_t handle = 0;
  int order = 0;
  int32_t pid = -1;
  std::string comm = {};
  std::string lead = {};
  std::string header_line = {};
  std::string pfn_line = {};
  std::string frames = {};
  uint64_t frames_hash = 0;
  std::string notes = {};

  friend bool operator==(const FoundRecord&, const FoundRecord&) = default;
  friend std::ostream& operator<<(std::ostream& out, const FoundRecord& found);
};

struct ParsedDump {
  std::vector<FoundRecord> found;
  uint64_t other_lines = 0;
  bool found_report = false;

  // Those that are whole, and the others.
  std::vector<FoundRecord> records() const;
  std::vector<FoundRecord> damaged() const;
  uint64_t pages() const;
  // What another parser found behind this one's text.
  void Append(const ParsedDump& other);

  friend bool operator==(const ParsedDump&, const ParsedDump&) = default;
  friend std::ostream& operator<<(std::ostream& out, const ParsedDump& dump);
};

// Takes what it can off the front of `text`, which lies `offset` bytes behind
// the beginning, adds it to `found` and returns how many bytes it took. Checks
// what DumpParser promises on the way.
size_t TakeRecords(DumpParser& parser, std::string_view text, uint64_t offset,
                   bool last, std::vector<FoundRecord>& found);

// In one piece.
ParsedDump ParseWhole(std::string_view text);
// In pieces of up to `max_piece` bytes; what was not taken comes again.
ParsedDump ParseInPieces(std::string_view text, uint64_t seed,
                         uint64_t max_piece);
// Cut at empty lines, each share with a parser of its own.
ParsedDump ParseInShares(std::string_view text, uint64_t seed);

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_PARSED_DUMP_H_
