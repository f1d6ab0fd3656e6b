#include "pagelab/workloads/shrink/trace_units.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_map.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// The number behind " key=", hexadecimal with or without "0x" if `base` is 16.
std::optional<uint64_t> NumberOf(std::string_view line, std::string_view key,
                                 int base) {
  const size_t found = line.find(key);
  if (found == std::string_view::npos) return std::nullopt;
  line.remove_prefix(found + key.size());
  if (line.starts_with("0x")) {
    line.remove_prefix(2);
    base = 16;
  }
  uint64_t value = 0;
  size_t digits = 0;
  for (; digits < line.size(); ++digits) {
    const char c = line[digits];
    int digit = c >= '0' && c <= '9' ? c - '0' : -1;
    if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (digit < 0 || digit >= base) break;
    value = value * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit);
  }
  if (digits == 0) return std::nullopt;
  return value;
}

bool Has(std::string_view line, std::string_view what) {
  return line.find(what) != std::string_view::npos;
}

// A line of an event's stack, or the heading of one.
bool GoesWithTheLast(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return true;
  if (Has(line, "<stack trace>")) return true;
  const std::string_view rest = line.substr(first);
  // perf script: "\tffffffff81000000 symbol+0x10 ([kernel.kallsyms])".
  const bool frame = line.starts_with('\t') && !Has(line, ": ");
  return rest.starts_with("=> ") || frame;
}

// Which recorded frames belong to which allocation.
class FrameOwners {
 public:
  void Alloc(uint64_t pfn, uint64_t pages, size_t entry) {
    for (uint64_t i = 0; i < pages; ++i) owner_[pfn + i] = entry;
  }
  // The allocation of the frames, which are nobody's afterwards.
  std::optional<size_t> Free(uint64_t pfn, uint64_t pages) {
    std::optional<size_t> owner;
    for (uint64_t i = 0; i < pages; ++i) {
      const auto found = owner_.find(pfn + i);
      if (found == owner_.end()) continue;
      if (!owner.has_value()) owner = found->second;
      owner_.erase(found);
    }
    return owner;
  }

 private:
  absl::flat_hash_map<uint64_t, size_t> owner_;
};

void TieFrees(std::vector<TraceEntry>& entries) {
  constexpr uint64_t kMostOrder = 10;
  FrameOwners owners;
  for (size_t i = 0; i < entries.size(); ++i) {
    TraceEntry& entry = entries[i];
    entry.allocation = i;
    const std::string_view text = entry.text;
    const bool alloc = Has(text, "mm_page_alloc: ");
    const bool free = Has(text, "mm_page_free: ");
    if (!alloc && !free) continue;
    const std::optional<uint64_t> pfn = NumberOf(text, "pfn=", 10);
    const uint64_t order = NumberOf(text, "order=", 10).value_or(0);
    if (!pfn.has_value() || *pfn == 0) continue;
    const uint64_t pages = uint64_t{1} << std::min(order, kMostOrder);
    if (alloc) {
      owners.Alloc(*pfn, pages, i);
    } else {
      entry.allocation = owners.Free(*pfn, pages).value_or(i);
    }
  }
}

// Entries of the tracer: events, and stacks under their first line.
size_t CountEntries(std::string_view text) {
  size_t count = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.empty() && !line.starts_with('#') && !line.starts_with(" =>")) {
      ++count;
    }
  }
  return count;
}

// The header says how many entries there are, or the trace looks cut off.
void CorrectHeader(std::string& text) {
  constexpr std::string_view kWritten = "# entries-in-buffer/entries-written: ";
  const size_t found = text.find(kWritten);
  if (found == std::string::npos) return;
  const size_t begin = found + kWritten.size();
  const size_t end = text.find_first_not_of("0123456789/", begin);
  if (end == std::string::npos) return;
  const std::string count = std::to_string(CountEntries(text));
  text.replace(begin, end - begin, count + "/" + count);
}

}  // namespace

std::vector<TraceEntry> SplitTrace(std::string_view text) {
  std::vector<TraceEntry> entries;
  // The last line was a probe about the event that follows.
  bool open = false;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    const std::string_view line = text.substr(begin, end - begin);
    const bool header = line.starts_with('#');
    const bool joins = !header && !entries.empty() && entries.back().is_event &&
                       (open || GoesWithTheLast(line));
    if (joins) {
      TraceEntry& last = entries.back();
      last.text =
          text.substr(static_cast<size_t>(last.text.data() - text.data()),
                      last.text.size() + line.size());
    } else {
      entries.push_back(
          {.text = line, .is_event = !header && !GoesWithTheLast(line)});
    }
    open = !header && Has(line, " compaction_free:");
    begin = end;
  }
  TieFrees(entries);
  return entries;
}

std::string JoinTrace(const std::vector<TraceEntry>& entries,
                      const std::vector<bool>& kept) {
  std::string text;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (kept[i]) text += entries[i].text;
  }
  CorrectHeader(text);
  return text;
}

}  // namespace pagelab
