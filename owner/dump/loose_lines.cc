#include "pagelab/owner/dump/loose_lines.h"

#include <algorithm>

#include "pagelab/owner/dump/record_header.h"

namespace pagelab {
namespace {

constexpr std::string_view kBlanks = " \t\r";
// As far into a line as a logger's own words go.
constexpr size_t kMaxPrefix = 80;

std::string_view Trim(std::string_view line) {
  const size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlanks) - begin + 1);
}

// "[   12.345678]", "[T1234]", "[ C0]" in front.
bool DropBracket(std::string_view& line) {
  if (!line.starts_with('[')) return false;
  const size_t end = line.find(']');
  if (end == std::string_view::npos || end > 24) return false;
  const std::string_view inside = line.substr(1, end - 1);
  if (inside.find_first_not_of("0123456789. TC") != std::string_view::npos) {
    return false;
  }
  line = Trim(line.substr(end + 1));
  return true;
}

std::string_view WithoutQuotes(std::string_view line) {
  line = Trim(line);
  while (line.starts_with('>')) line = Trim(line.substr(1));
  return line;
}

std::string_view WithoutLogPrefix(std::string_view line) {
  // Names of tasks may look like one.
  if (line.empty() || line.starts_with(kRecordStart)) return line;
  const size_t kernel = line.substr(0, kMaxPrefix).find("kernel: ");
  if (line.size() <= kMaxPrefix && line.ends_with(" kernel:")) return {};
  if (kernel != std::string_view::npos) line = Trim(line.substr(kernel + 8));
  if (line.starts_with('<') && line.size() > 2 && line[2] == '>') {
    line = Trim(line.substr(3));
  }
  while (DropBracket(line)) {
  }
  return line;
}

bool IsHex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") ==
                              std::string_view::npos;
}

// "symbol+0x1/0x2 [module]" or a bare address.
bool IsFrame(std::string_view line) {
  if (line.starts_with("[<")) {
    const size_t end = line.find(">] ");
    if (end == std::string_view::npos) return false;
    line = line.substr(end + 3);
  }
  const std::string_view symbol = line.substr(0, line.find(' '));
  if (symbol.starts_with("0x")) return IsHex(symbol.substr(2));
  const size_t plus = symbol.rfind("+0x");
  if (plus == std::string_view::npos || plus == 0) return false;
  const std::string_view numbers = symbol.substr(plus + 3);
  const size_t slash = numbers.find("/0x");
  return slash != std::string_view::npos && IsHex(numbers.substr(0, slash)) &&
         IsHex(numbers.substr(slash + 3));
}

LooseLine KindOf(std::string_view line) {
  if (line.empty()) return LooseLine::kEmpty;
  if (line.starts_with(kRecordStart)) return LooseLine::kRecord;
  if (line.starts_with("page last allocated via order ") ||
      line.starts_with("page allocated via order ")) {
    return LooseLine::kReport;
  }
  if (line.starts_with("page_owner tracks the page as ")) {
    return LooseLine::kReportState;
  }
  if (line.starts_with("page:") && line.find("mapcount:") != line.npos) {
    return LooseLine::kReportPage;
  }
  if (line.starts_with("PFN ")) return LooseLine::kPfn;
  if (line.starts_with("nr_base_pages: ") ||
      line.starts_with("stack_count: ")) {
    return LooseLine::kPages;
  }
  if (line.starts_with("handle: ")) return LooseLine::kHandle;
  return IsFrame(line) ? LooseLine::kFrame : LooseLine::kOther;
}

}  // namespace

void LooseLines::Next() {
  position_ = next_;
  Read();
}

void LooseLines::Read() {
  const size_t newline = text_.find('\n', position_);
  cut_ = newline == std::string_view::npos;
  has_line_ = position_ < text_.size() && (!cut_ || last_);
  if (!has_line_) return;
  next_ = cut_ ? text_.size() : newline + 1;
  const std::string_view line = WithoutQuotes(
      text_.substr(position_, (cut_ ? next_ : newline) - position_));
  line_ = WithoutLogPrefix(line);
  logged_ = line_.size() != line.size();
  kind_ = KindOf(line_);
}

}  // namespace pagelab
