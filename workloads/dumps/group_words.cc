#include "pagelab/workloads/dumps/group_words.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {
namespace {

// The function that allocates for itself, and its callers.
constexpr size_t kFramesInLine = 4;

std::string NameOfStack(std::string_view stack) {
  return OwnerName(FramesOf(stack));
}

// How many bytes at the front of `text`, which is not empty, are a character
// that would steer a terminal or turn the direction of the text: 0 if none are.
size_t UnprintableLength(std::string_view text) {
  const auto byte = [text](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto third_is = [&byte](int first, int last) {
    return byte(2) >= first && byte(2) <= last;
  };
  if (byte(0) < ' ' || byte(0) == 0x7f) return 1;
  // U+0080 to U+009F.
  if (byte(0) == 0xc2 && byte(1) >= 0x80 && byte(1) <= 0x9f) return 2;
  if (byte(0) != 0xe2) return 0;
  // U+202A to U+202E.
  if (byte(1) == 0x80 && third_is(0xaa, 0xae)) return 3;
  // U+2066 to U+2069.
  if (byte(1) == 0x81 && third_is(0xa6, 0xa9)) return 3;
  return 0;
}

// A value as a cell or in a sentence.
std::string Shown(std::string_view value) {
  return value.empty() ? "\"\"" : Printable(value);
}

}  // namespace

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const size_t length = UnprintableLength(text);
    printable += length == 0 ? text.front() : '?';
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return printable;
}

std::string SizeOfPages(uint64_t pages) { return HumanSize(pages * kPageSize); }

std::string StackSummary(std::string_view stack) {
  const FrameList frames = FramesOf(stack);
  std::string summary = NameOfStack(stack);
  if (summary.starts_with('(')) return summary;
  const auto own = std::find(frames.begin(), frames.end(), OwnFrame(frames));
  const auto left = static_cast<size_t>(frames.end() - own);
  for (size_t i = 1; i < std::min(left, kFramesInLine); ++i) {
    summary += " < ";
    summary += FunctionOf(own[static_cast<ptrdiff_t>(i)]);
  }
  return summary;
}

std::vector<std::string> GroupHeadings(absl::Span<const DumpField> by) {
  std::vector<std::string> headings;
  for (const DumpField field : by) {
    if (field == DumpField::kStack) headings.emplace_back("stack id");
    headings.emplace_back(InfoOf(field).name);
  }
  return headings;
}

std::vector<std::string> GroupCells(absl::Span<const DumpField> by,
                                    absl::Span<const std::string> values,
                                    StackIdentity identity) {
  std::vector<std::string> cells;
  for (size_t i = 0; i < by.size(); ++i) {
    if (by[i] == DumpField::kStack) {
      cells.push_back(StackIdText(StackId(values[i], identity)));
      cells.push_back(Printable(StackSummary(values[i])));
    } else {
      cells.push_back(Shown(values[i]));
    }
  }
  return cells;
}

std::string GroupCsv(absl::Span<const DumpField> by,
                     absl::Span<const std::string> values,
                     StackIdentity identity) {
  std::string text;
  for (size_t i = 0; i < by.size(); ++i) {
    text += ',';
    if (by[i] == DumpField::kStack) {
      text += StackIdText(StackId(values[i], identity));
      text += ',';
      text += CsvText(fmt::format("{}", fmt::join(FramesOf(values[i]), ";")));
    } else {
      text += CsvText(values[i]);
    }
  }
  return text;
}

std::string CsvText(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

void TextColumns::Add(std::vector<std::string> cells) {
  widths_.resize(std::max(widths_.size(), cells.size()));
  for (size_t i = 0; i < cells.size(); ++i) {
    widths_[i] = std::max(widths_[i], cells[i].size());
  }
  rows_.push_back(std::move(cells));
}

std::string TextColumns::Row(size_t row) const {
  std::string line;
  for (size_t i = 0; i < rows_[row].size(); ++i) {
    const std::string& cell = rows_[row][i];
    line += "  " + cell;
    if (i + 1 < rows_[row].size()) line.append(widths_[i] - cell.size(), ' ');
  }
  return line;
}

std::string GroupFrames(absl::Span<const DumpField> by,
                        absl::Span<const std::string> values) {
  std::string text;
  for (size_t i = 0; i < by.size(); ++i) {
    if (by[i] != DumpField::kStack) continue;
    for (const std::string_view frame : FramesOf(values[i])) {
      text.append(16, ' ');
      text += Printable(frame);
      text += '\n';
    }
  }
  return text;
}

std::string Share(uint64_t pages, uint64_t of) {
  if (of == 0) return "-";
  return fmt::format(
      "{:.1f} %", 100.0 * static_cast<double>(pages) / static_cast<double>(of));
}

std::string GroupName(absl::Span<const DumpField> by,
                      absl::Span<const std::string> values) {
  std::string name;
  for (size_t i = 0; i < by.size(); ++i) {
    if (i > 0) name += ", ";
    if (by[i] == DumpField::kStack) {
      name += Printable(NameOfStack(values[i]));
      if (by.size() == 1) name += ", in one call stack,";
    } else if (by[i] == DumpField::kFunction) {
      name += Shown(values[i]);
    } else {
      name += InfoOf(by[i]).name;
      name += ' ';
      name += Shown(values[i]);
    }
  }
  return name;
}

}  // namespace pagelab
