#include "pagelab/owner/dump/log_prefix.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "pagelab/owner/dump/line_cursor.h"
#include "pagelab/owner/dump/record_header.h"

namespace pagelab {
namespace {

// As far into a line as a syslog's own words go, what is between brackets, and
// the flags of /dev/kmsg.
constexpr size_t kMaxSyslog = 80;
constexpr size_t kMaxBracket = 48;
constexpr size_t kMaxFlags = 40;

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kDayOrMonth[] = {
    "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar",
    "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kFacilities[] = {"kern", "user", "daemon"};
constexpr std::string_view kLevels[] = {"emerg", "alert",  "crit", "err",
                                        "warn",  "notice", "info", "debug"};

bool IsOf(std::string_view text, std::string_view characters) {
  return text.find_first_not_of(characters) == std::string_view::npos;
}

void DropBlanks(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
}

// Takes a word of the list off the front.
template <size_t n>
bool DropWord(const std::string_view (&words)[n], std::string_view& line) {
  for (std::string_view word : words) {
    if (!line.starts_with(word)) continue;
    line.remove_prefix(word.size());
    return true;
  }
  return false;
}

// "12.345678", "+0.000012", "12.345678@1", "14:00", "Fri", "Nov22", "T1234".
bool IsBracketWord(std::string_view word) {
  if (DropWord(kDayOrMonth, word)) return IsOf(word, kDigits);
  if (word.starts_with('T') || word.starts_with('C')) word.remove_prefix(1);
  return IsOf(word, "0123456789.:+@<>");
}

bool DropBracket(std::string_view& line, bool& timed) {
  if (!line.starts_with('[')) return false;
  const size_t end = line.substr(0, kMaxBracket).find(']');
  if (end == std::string_view::npos) return false;
  const std::string_view inside = line.substr(1, end - 1);
  // "[<ffffffff81000000>]" is a frame's.
  if (inside.starts_with('<') ||
      inside.find_first_of(kDigits) == std::string_view::npos) {
    return false;
  }
  for (std::string_view rest = inside; !rest.empty();) {
    const size_t blank = std::min(rest.find(' '), rest.size());
    if (!IsBracketWord(rest.substr(0, blank))) return false;
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  line.remove_prefix(end + 1);
  timed = true;
  return true;
}

// "(0)[1:init]", the processor and the task, also with a minus sign in front.
bool DropVendorTask(std::string_view& line) {
  LineCursor cursor(line);
  cursor.Take("-");
  unsigned number = 0;
  std::string_view comm;
  if (!cursor.Take("(") || !cursor.TakeNumber(number) || !cursor.Take(")[") ||
      !cursor.TakeNumber(number) || !cursor.Take(":") ||
      !cursor.TakeUntil(']', comm)) {
    return false;
  }
  line = cursor.rest();
  return true;
}

bool DropConsoleLevel(std::string_view& line) {
  if (line.size() < 3 || line[0] != '<' || line[2] != '>' ||
      !IsOf(line.substr(1, 1), kDigits)) {
    return false;
  }
  line.remove_prefix(3);
  return true;
}

bool DropKmsg(std::string_view& line) {
  LineCursor cursor(line);
  for (int i = 0; i < 3; ++i) {
    uint64_t number = 0;
    if (!cursor.TakeNumber(number) || !cursor.Take(",")) return false;
  }
  std::string_view flags;
  if (!cursor.TakeUntil(';', flags) || flags.empty() ||
      flags.size() > kMaxFlags || flags.find(' ') != std::string_view::npos ||
      !IsOf(flags.substr(0, 1), "-c+")) {
    return false;
  }
  line = cursor.rest();
  return true;
}

bool DropFacility(std::string_view& line) {
  std::string_view rest = line;
  if (!DropWord(kFacilities, rest)) return false;
  DropBlanks(rest);
  if (!rest.starts_with(':')) return false;
  rest.remove_prefix(1);
  if (!DropWord(kLevels, rest)) return false;
  DropBlanks(rest);
  if (!rest.starts_with(':')) return false;
  line = rest.substr(1);
  return true;
}

bool DropIsoTime(std::string_view& line, bool& timed) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  const std::string_view word = line.substr(0, line.find(' '));
  if (word.size() < kShape.size()) return false;
  for (size_t i = 0; i < kShape.size(); ++i) {
    const bool good = kShape[i] == '0' ? IsOf(word.substr(i, 1), kDigits)
                                       : word[i] == kShape[i];
    if (!good) return false;
  }
  if (!IsOf(word.substr(kShape.size()), "0123456789.,:+-Z")) return false;
  line.remove_prefix(word.size());
  timed = true;
  return true;
}

// "Nov 22 14:00:01 host kernel:", "2024-11-22T14:00:01+0100 host kernel:", and
// where a time was before "host kernel:".
bool DropSyslog(std::string_view& line, bool timed) {
  constexpr std::string_view kKernel = "kernel:";
  const size_t at = line.substr(0, kMaxSyslog).find(kKernel);
  if (at == std::string_view::npos) return false;
  const std::string_view after = line.substr(at + kKernel.size());
  if (!after.empty() && !after.starts_with(' ')) return false;
  std::string_view before = line.substr(0, at);
  if (!before.empty()) {
    // Other words are those of a message.
    if (!before.ends_with(' ') ||
        before.find_first_of("(=") != std::string_view::npos) {
      return false;
    }
    const bool host_only = before.find(' ') == before.size() - 1;
    const bool clock = IsOf(before.substr(0, 1), kDigits) ||
                       (DropWord(kDayOrMonth, before) && before[0] == ' ');
    if (!clock && !(timed && host_only)) return false;
  }
  line = after;
  return true;
}

// What names of tasks are in, and the line behind it.
bool IsOfRecord(std::string_view line) {
  return line.starts_with(kRecordStart) || line.starts_with("PFN ") ||
         line.starts_with("page last allocated via ") ||
         line.starts_with("page allocated via ");
}

}  // namespace

std::string_view WithoutLogPrefix(std::string_view line) {
  bool timed = false;
  while (!line.empty() && !IsOfRecord(line) &&
         (DropBracket(line, timed) || (timed && DropVendorTask(line)) ||
          DropConsoleLevel(line) || DropKmsg(line) || DropFacility(line) ||
          DropSyslog(line, timed) || DropIsoTime(line, timed))) {
    DropBlanks(line);
  }
  return line;
}

}  // namespace pagelab
