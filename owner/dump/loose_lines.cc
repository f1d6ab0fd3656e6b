#include "pagelab/owner/dump/loose_lines.h"

#include "pagelab/owner/dump/log_prefix.h"
#include "pagelab/owner/dump/record_header.h"

namespace pagelab {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view Trim(std::string_view line) {
  const size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view WithoutQuotes(std::string_view line) {
  line = Trim(line);
  while (line.starts_with('>')) line = Trim(line.substr(1));
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

bool IsNote(std::string_view line) {
  return line.starts_with("Page has been migrated, last migrate reason: ") ||
         line.starts_with("Charged to ") ||
         line.starts_with("Charged (via objcg) to ") ||
         line == "Slab cache page";
}

bool TellsOfBug(std::string_view line) {
  for (std::string_view words :
       {"Call Trace", "Call trace", "BUG: ", "WARNING: ", "INFO: ", "RIP: ",
        "CPU: ", "Hardware name: ", "Modules linked in:"}) {
    if (line.starts_with(words)) return true;
  }
  return line.find("[ cut here ]") != std::string_view::npos;
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
  if (IsFrame(line)) return LooseLine::kFrame;
  if (IsNote(line)) return LooseLine::kNote;
  return TellsOfBug(line) ? LooseLine::kBug : LooseLine::kOther;
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
  kind_ = text_[position_] == '\0' ? LooseLine::kZeros : KindOf(line_);
}

}  // namespace pagelab
