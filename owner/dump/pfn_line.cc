#include "pagelab/owner/dump/pfn_line.h"

#include <algorithm>

#include "pagelab/owner/dump/line_cursor.h"

namespace pagelab {
namespace {

// No machine has physical addresses of more bits.
constexpr uint64_t kMaxPfn = uint64_t{1} << (52 - 12);

// Up to 4.5: "PFN 26 Block 0 type 2 Fallback Flags    U LA     ".
bool ParseNumberedTypes(LineCursor cursor, PfnLine& parsed) {
  std::string_view fallback;
  if (!cursor.Take(" Block ") || !cursor.TakeNumber(parsed.pageblock) ||
      !cursor.Take(" type ") || !cursor.TakeUntil(' ', parsed.pageblock_type) ||
      !cursor.TakeUntil("Flags", fallback)) {
    return false;
  }
  // Blanks at the end may be lost.
  cursor.Take(" ");
  parsed.flags = cursor.rest();
  return true;
}

}  // namespace

std::string_view PfnLine::flag_names() const {
  const size_t open = flags.find('(');
  if (open == std::string_view::npos) return {};
  const size_t close = flags.find(')', open);
  return flags.substr(open + 1, close == std::string_view::npos
                                    ? std::string_view::npos
                                    : close - open - 1);
}

std::string_view TakeFlag(std::string_view& names) {
  const size_t end = std::min(names.find('|'), names.size());
  const std::string_view name = names.substr(0, end);
  names.remove_prefix(std::min(end + 1, names.size()));
  return name;
}

int PfnLine::Flag(std::string_view name) const {
  std::string_view names = flag_names();
  while (!names.empty()) {
    LineCursor cursor(TakeFlag(names));
    int value = 0;
    if (cursor.Take(name) && cursor.Take("=") && cursor.TakeNumber(value) &&
        value >= 0) {
      return value;
    }
  }
  return -1;
}

bool ParsePfnLine(std::string_view line, PfnLine& parsed) {
  parsed = PfnLine();
  LineCursor cursor(line);
  if (!cursor.Take("PFN ")) return false;
  if (!cursor.TakeNumber(parsed.pfn, cursor.Take("0x") ? 16 : 10)) return false;
  if (parsed.pfn >= kMaxPfn) return false;
  if (cursor.rest().starts_with(" Block ")) {
    return ParseNumberedTypes(cursor, parsed);
  }
  if (!cursor.Take(" type ") || !cursor.TakeUntil(' ', parsed.migratetype) ||
      !cursor.Take("Block ") || !cursor.TakeNumber(parsed.pageblock) ||
      !cursor.Take(" type ") || !cursor.TakeUntil(' ', parsed.pageblock_type) ||
      !cursor.Take("Flags ")) {
    return false;
  }
  parsed.flags = cursor.rest();
  return !parsed.flags.empty();
}

}  // namespace pagelab
