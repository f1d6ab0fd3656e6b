#ifndef PAGELAB_OWNER_DUMP_PFN_LINE_H_
#define PAGELAB_OWNER_DUMP_PFN_LINE_H_

#include <cstdint>
#include <string_view>

namespace pagelab {

// The second line of a record, of any kernel version (text-formats.md 3).
// Views into the line.
struct PfnLine {
  uint64_t pfn = 0;
  uint64_t pageblock = 0;
  // The type that the page asked for; empty up to 4.5, which say only whether
  // it is another than the pageblock's.
  std::string_view migratetype;
  // A name; a number up to 4.5.
  std::string_view pageblock_type;
  // "0x1fffc0000000000(node=0|zone=1)", or twelve letters up to 4.5.
  std::string_view flags;

  // Between the parentheses.
  std::string_view flag_names() const;
  // The value of "node" or "zone" among them; -1 without.
  int Flag(std::string_view name) const;
};

// Takes the first of names with bars between them off `names`.
std::string_view TakeFlag(std::string_view& names);

bool ParsePfnLine(std::string_view line, PfnLine& parsed);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_PFN_LINE_H_
