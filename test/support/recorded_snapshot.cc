#include "pagelab/test/support/recorded_snapshot.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "pagelab/base/check.h"
#include "pagelab/base/input_stream.h"

namespace pagelab {
namespace {

// "key=value" of a snapshot line.
std::string Field(absl::string_view line, absl::string_view key) {
  for (absl::string_view word : absl::StrSplit(line, ' ')) {
    if (absl::ConsumePrefix(&word, absl::StrCat(key, "="))) {
      return std::string(word);
    }
  }
  return {};
}

std::string ZoneLine(const std::string& name, const std::string& start,
                     const std::string& spanned, const std::string& present,
                     const std::string& managed) {
  return absl::StrCat("zone ", name, " start ", start, " spanned ", spanned,
                      " present ", present, " managed ", managed);
}

void AppendFreeLists(const AllocatorState& state, const Zone& zone,
                     std::vector<std::string>& lines) {
  for (int order = 0; order < kNrPageOrders; ++order) {
    for (int type = 0; type < kMigrateTypes; ++type) {
      std::string pfns;
      for (const Page& node : zone.free_area[order].lists[type]) {
        const Pfn head = state.memory->PfnOf(&node);
        for (uint64_t i = 0; i <= node.extra_blocks; ++i) {
          pfns += fmt::format(" {:x}", head.value() + i * kMaxOrderNrPages);
        }
      }
      if (pfns.empty()) continue;
      lines.push_back(fmt::format("free order={} mt={}:{}", order, type, pfns));
    }
    lines.push_back(fmt::format("nr_free order={} {}", order,
                                zone.free_area[order].nr_free));
  }
}

// -1 where there is no memory map.
int TypeOf(const AllocatorState& state, Pfn pfn) {
  return state.memory->IsValid(pfn) ? Index(state.PageblockType(pfn)) : -1;
}

// Run lengths from the first pageblock of the zone to its last.
void AppendPageblocks(const AllocatorState& state, const Zone& zone,
                      std::vector<std::string>& lines) {
  const Order order = state.memory->pageblock_order();
  const PageCount step(order.pages());
  Pfn begin = AlignDown(zone.span.begin, order);
  while (begin < zone.span.end) {
    Pfn end = begin + step;
    while (end < zone.span.end && TypeOf(state, end) == TypeOf(state, begin)) {
      end += step;
    }
    lines.push_back(fmt::format("pageblock {:#x} {:#x} {}", begin.value(),
                                end.value(), TypeOf(state, begin)));
    begin = end;
  }
}

}  // namespace

std::vector<std::string> ReadRecordedLists(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  PAGELAB_CHECK(text.ok());
  std::vector<std::string> lines;
  bool populated = false;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (absl::StartsWith(line, "zone ")) {
      populated = Field(line, "populated") == "1";
      if (populated) {
        lines.push_back(ZoneLine(Field(line, "name"),
                                 Field(line, "zone_start_pfn"),
                                 Field(line, "spanned"), Field(line, "present"),
                                 Field(line, "managed")));
      }
      continue;
    }
    if (!populated) continue;
    if (absl::StartsWith(line, "vm_stat ")) {
      const std::vector<std::string> words = absl::StrSplit(line, ' ');
      lines.push_back(absl::StrCat("nr_free_pages ", words[1]));
    }
    if (absl::StartsWith(line, "free ") || absl::StartsWith(line, "nr_free ") ||
        absl::StartsWith(line, "pageblock ")) {
      lines.emplace_back(line);
    }
  }
  return lines;
}

std::vector<std::string> SimulatedLists(const AllocatorState& state) {
  std::vector<std::string> lines;
  for (const Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    lines.push_back(ZoneLine(std::string(ToString(zone.type)),
                             fmt::format("{:#x}", zone.span.begin.value()),
                             absl::StrCat(zone.span.size().value()),
                             absl::StrCat(zone.present.value()),
                             absl::StrCat(zone.managed.value())));
    lines.push_back(
        absl::StrCat("nr_free_pages ", zone.StatPages(ZoneStat::kFreePages)));
    AppendFreeLists(state, zone, lines);
    AppendPageblocks(state, zone, lines);
  }
  return lines;
}

}  // namespace pagelab
