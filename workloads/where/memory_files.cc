#include "pagelab/workloads/where/memory_files.h"

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/word_lines.h"

namespace pagelab {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 50;

using Line = WordLine;

absl::StatusOr<int64_t> NumberOf(std::string_view name, const Line& line,
                                 std::string_view word) {
  const absl::StatusOr<uint64_t> number = ParseUint64(word);
  if (!number.ok() || *number > kMost) {
    return ErrorInLine(name, line,
                       "\"" + std::string(word) + "\" is not a count of pages");
  }
  return static_cast<int64_t>(*number);
}

}  // namespace

absl::StatusOr<Meminfo> Meminfo::Parse(std::string_view text,
                                       std::string_view name) {
  Meminfo result;
  PAGELAB_RETURN_IF_ERROR(
      ForEachWordLine(text, [&](const Line& line) -> absl::Status {
        std::string_view label = line.words.front();
        if (line.words.size() < 2 || label.back() != ':') {
          return ErrorInLine(
              name, line, "not a line of /proc/meminfo: \"Label: number kB\"");
        }
        label.remove_suffix(1);
        PAGELAB_ASSIGN_OR_RETURN(const int64_t value,
                                 NumberOf(name, line, line.words[1]));
        if (line.words.size() > 2)
          result.kilobytes_[std::string(label)] = value;
        return absl::OkStatus();
      }));
  for (const std::string_view needed : {"MemTotal", "MemFree"}) {
    if (result.kilobytes_.find(needed) != result.kilobytes_.end()) continue;
    return InvalidInput(std::string(name) + ": no \"" + std::string(needed) +
                        ":\" line; it must be a copy of /proc/meminfo");
  }
  return result;
}

int64_t Meminfo::Kilobytes(std::string_view label) const {
  const auto found = kilobytes_.find(label);
  return found == kilobytes_.end() ? 0 : found->second;
}

int64_t UnaccountedKilobytes(const Meminfo& meminfo, StackMemory stacks) {
  int64_t left = meminfo.Kilobytes("MemTotal");
  for (const std::string_view label :
       {"MemFree", "Buffers", "Cached", "SwapCached", "AnonPages", "Slab",
        "PageTables", "SecPageTables", "VmallocUsed", "Percpu", "Bounce",
        "Hugetlb"}) {
    left -= meminfo.Kilobytes(label);
  }
  if (meminfo.Kilobytes("KReclaimable") > 0) {
    left -=
        meminfo.Kilobytes("KReclaimable") - meminfo.Kilobytes("SReclaimable");
  }
  if (stacks == StackMemory::kPages) left -= meminfo.Kilobytes("KernelStack");
  return left;
}

absl::StatusOr<int64_t> PcpPagesOfZoneinfo(std::string_view text,
                                           std::string_view name) {
  int64_t pages = 0;
  bool found_zone = false;
  PAGELAB_RETURN_IF_ERROR(
      ForEachWordLine(text, [&](const Line& line) -> absl::Status {
        found_zone |= line.words.front() == "Node";
        if (line.words.front() != "count:" || line.words.size() != 2) {
          return absl::OkStatus();
        }
        PAGELAB_ASSIGN_OR_RETURN(const int64_t count,
                                 NumberOf(name, line, line.words[1]));
        pages += count;
        return absl::OkStatus();
      }));
  if (found_zone) return pages;
  return InvalidInput(std::string(name) +
                      ": no \"Node 0, zone\" line; it must be a copy of "
                      "/proc/zoneinfo");
}

absl::StatusOr<int64_t> FreePagesOfBuddyinfo(std::string_view text,
                                             std::string_view name) {
  // "Node", "0,", "zone", "DMA", then a number of blocks for each order.
  constexpr size_t kFirstCount = 4;
  constexpr size_t kMaxOrders = 20;
  int64_t pages = 0;
  bool found_zone = false;
  PAGELAB_RETURN_IF_ERROR(
      ForEachWordLine(text, [&](const Line& line) -> absl::Status {
        if (line.words.front() != "Node" || line.words.size() <= kFirstCount ||
            line.words.size() > kFirstCount + kMaxOrders) {
          return ErrorInLine(
              name, line,
              "not a line of /proc/buddyinfo: \"Node 0, zone DMA\" "
              "and a number for each order");
        }
        found_zone = true;
        for (size_t i = kFirstCount; i < line.words.size(); ++i) {
          PAGELAB_ASSIGN_OR_RETURN(const int64_t blocks,
                                   NumberOf(name, line, line.words[i]));
          pages += blocks * (int64_t{1} << (i - kFirstCount));
        }
        return absl::OkStatus();
      }));
  if (found_zone) return pages;
  return InvalidInput(std::string(name) +
                      ": empty; it must be a copy of /proc/buddyinfo");
}

absl::StatusOr<std::optional<int64_t>> CounterOfVmstat(std::string_view text,
                                                       std::string_view counter,
                                                       std::string_view name) {
  std::optional<int64_t> value;
  PAGELAB_RETURN_IF_ERROR(
      ForEachWordLine(text, [&](const Line& line) -> absl::Status {
        if (line.words.size() != 2) {
          return ErrorInLine(name, line,
                             "not a line of /proc/vmstat: a name and a number");
        }
        if (line.words.front() != counter) return absl::OkStatus();
        PAGELAB_ASSIGN_OR_RETURN(value, NumberOf(name, line, line.words[1]));
        return absl::OkStatus();
      }));
  return value;
}

}  // namespace pagelab
