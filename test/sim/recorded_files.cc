#include "pagelab/test/sim/recorded_files.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/base/input_stream.h"

namespace pagelab {
namespace {

HostMapping MakeMapping() {
  absl::StatusOr<HostMapping> mapping =
      HostMapping::Create(uint64_t{256} << 20);
  PAGELAB_CHECK(mapping.ok());
  return *std::move(mapping);
}

Pfn EndOf(const std::vector<PfnRange>& ranges) {
  Pfn end;
  for (const PfnRange range : ranges) end = std::max(end, range.end);
  return end;
}

// The number in a word that may have a comma or bracket around it.
int64_t NumberIn(std::string_view word) {
  while (!word.empty() && (word.front() == '(' || word.front() == '>')) {
    word.remove_prefix(1);
  }
  int64_t value = 0;
  const auto result =
      std::from_chars(word.data(), word.data() + word.size(), value);
  PAGELAB_CHECK(result.ec == std::errc());
  return value;
}

template <typename Stat>
int64_t* FindStat(int64_t* values, int count, std::string_view name) {
  for (int i = 0; i < count; ++i) {
    if (ToString(static_cast<Stat>(i)) == name) return &values[i];
  }
  return nullptr;
}

}  // namespace

std::string RecordedText(const std::string& machine, const std::string& file) {
  const absl::StatusOr<std::string> text =
      ReadWholeFile(std::string(PAGELAB_TEST_DATA_DIR) + "/proc/" + machine +
                    "/" + file + ".txt");
  PAGELAB_CHECK(text.ok());
  return *text;
}

std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<std::string> WordsOf(std::string_view line) {
  std::vector<std::string> words;
  for (;;) {
    const size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const size_t end = std::min(line.find(' '), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

RecordedMachine::RecordedMachine(std::string name,
                                 std::vector<PfnRange> present)
    : name_(std::move(name)),
      arena_(MakeMapping()),
      memory_(arena_, MemoryGeometry(), EndOf(present)) {
  for (const PfnRange range : present) memory_.MarkPresent(range);
  state_.memory = &memory_;
  state_.nr_pageblocks = memory_.end_pfn().value() >> 9;
  state_.pageblock_type = arena_.ReserveArray<uint8_t>(state_.nr_pageblocks);
  int nr_cpus = 0;
  for (const std::string& line : LinesOf(RecordedText(name_, "zoneinfo"))) {
    const std::vector<std::string> words = WordsOf(line);
    if (words[0] == "cpu:") {
      nr_cpus = std::max(nr_cpus, static_cast<int>(NumberIn(words[1])) + 1);
    }
  }
  MakeZones(nr_cpus);
}

void RecordedMachine::MakeZones(int nr_cpus) {
  state_.nr_cpus = nr_cpus;
  state_.nr_nodes = 1;
  state_.nodes = arena_.New<Node>();
  state_.nodes->id = NodeId(0);
  state_.nr_zones = kMaxNrZones;
  state_.zones = arena_.ReserveArray<Zone>(kMaxNrZones);
  for (int i = 0; i < kMaxNrZones; ++i) {
    Zone& zone = *new (&state_.zones[i]) Zone;
    zone.node = NodeId(0);
    zone.type = static_cast<ZoneType>(i);
    zone.id = static_cast<uint8_t>(i);
    zone.pcp = arena_.ReserveArray<PerCpuPages>(static_cast<uint64_t>(nr_cpus));
    for (int cpu = 0; cpu < nr_cpus; ++cpu) new (&zone.pcp[cpu]) PerCpuPages;
  }
}

Zone& RecordedMachine::zone(std::string_view name) {
  for (Zone& zone : state_.all_zones()) {
    if (ToString(zone.type) == name) return zone;
  }
  PAGELAB_CHECK(false);
  return *state_.zones;
}

void RecordedMachine::ReadZoneinfo() {
  for (const std::string& line : LinesOf(RecordedText(name_, "zoneinfo"))) {
    const std::vector<std::string> words = WordsOf(line);
    if (words[0] == "Node") {
      current_ = &zone(words[3]);
    } else {
      ReadZoneLine(words);
    }
  }
  // What the kernel computes with the watermarks (text-formats.md 8).
  state_.totalreserve_pages = 0;
  for (const Zone& zone : state_.all_zones()) {
    const int64_t reserve = *std::max_element(zone.lowmem_reserve.begin(),
                                              zone.lowmem_reserve.end());
    state_.totalreserve_pages +=
        std::min(static_cast<int64_t>(zone.managed.value()),
                 reserve + zone.watermark[static_cast<int>(Watermark::kHigh)]);
  }
}

void RecordedMachine::ReadZoneLine(const std::vector<std::string>& words) {
  Zone& zone = *current_;
  const std::string& key = words[0];
  const auto number = [&words] { return NumberIn(words.back()); };
  const auto pages = [&number] {
    return PageCount(static_cast<uint64_t>(number()));
  };
  static constexpr std::string_view kMarks[] = {"min", "low", "high", "promo"};
  const auto* mark = std::find(std::begin(kMarks), std::end(kMarks), key);
  if (key == "pages") {
    zone.vm_stat[0] = number();
  } else if (key == "boost") {
    zone.watermark_boost = number();
  } else if (mark != std::end(kMarks)) {
    zone.watermark[mark - std::begin(kMarks)] = number() - zone.watermark_boost;
  } else if (key == "spanned") {
    zone.span = {Pfn(0), Pfn(0) + pages()};
  } else if (key == "present") {
    zone.present = pages();
  } else if (key == "managed") {
    zone.managed = pages();
  } else if (key == "cma") {
    zone.cma = pages();
  } else if (key == "protection:") {
    for (int i = 0; i < kMaxNrZones; ++i) {
      zone.lowmem_reserve[i] = NumberIn(words[static_cast<size_t>(i) + 1]);
    }
  } else if (key == "cpu:") {
    current_cpu_ = static_cast<int>(number());
  } else if (key == "count:") {
    zone.pcp[current_cpu_].count = static_cast<int32_t>(number());
  } else if (key == "high:") {
    zone.pcp[current_cpu_].high = static_cast<int32_t>(number());
  } else if (key == "batch:") {
    zone.pcp[current_cpu_].batch = static_cast<int32_t>(number());
  } else if (key == "vm") {
    zone.pcp[current_cpu_].stat_threshold = static_cast<int16_t>(number());
  } else if (key == "start_pfn:") {
    const PageCount spanned = zone.span.size();
    zone.span = {Pfn(0) + pages(), Pfn(0) + pages() + spanned};
  } else if (words.size() == 2 && key != "per-node") {
    ReadCounter(key, number());
  }
}

void RecordedMachine::ReadCounter(std::string_view name, int64_t value) {
  Zone& zone = *current_;
  if (name == "nr_free_cma") {
    zone.vm_stat[static_cast<int>(ZoneStat::kFreeCma)] = value;
    return;
  }
  if (int64_t* stat =
          FindStat<ZoneLruStat>(zone.lru_stat.data(), kNrZoneLruStats, name)) {
    *stat = value;
    return;
  }
  auto& node_stats = state_.nodes->stat;
  if (int64_t* stat =
          FindStat<NodeStat>(node_stats.data(), kNrNodeStats, name)) {
    const auto which = static_cast<NodeStat>(stat - node_stats.data());
    *stat = PrintedInHugePages(which) ? value * 512 : value;
    return;
  }
  for (int i = 0; i < kNrNumaStats; ++i) {
    if (ToString(static_cast<NumaStat>(i)) == name) {
      zone.numa_stat[i] = static_cast<uint64_t>(value);
    }
  }
}

void RecordedMachine::ReadBuddyinfo() {
  for (const std::string& line : LinesOf(RecordedText(name_, "buddyinfo"))) {
    const std::vector<std::string> words = WordsOf(line);
    Zone& target = zone(words[3]);
    for (size_t order = 0; order < kNrPageOrders; ++order) {
      target.free_area[order].nr_free =
          static_cast<uint64_t>(NumberIn(words[order + 4]));
    }
  }
}

void RecordedMachine::ReadPagetypeinfo() {
  std::fill_n(state_.pageblock_type, state_.nr_pageblocks,
              static_cast<uint8_t>(Migratetype::kMovable));
  next_block_ = Pfn(0);
  bool mixed = false;
  for (const std::string& line : LinesOf(RecordedText(name_, "pagetypeinfo"))) {
    const std::vector<std::string> words = WordsOf(line);
    if (line.starts_with("Number of mixed")) mixed = true;
    if (words.empty() || words[0] != "Node") continue;
    // "DMA," in the first part, "DMA" in the others.
    std::string name = words[3];
    if (name.back() == ',') name.pop_back();
    Zone& target = zone(name);
    if (words[4] == "type") {
      int type = 0;
      while (ToString(static_cast<Migratetype>(type)) != words[5]) ++type;
      FillList(target, static_cast<Migratetype>(type),
               {words.begin() + 6, words.end()});
    } else if (mixed) {
      for (size_t i = 0; i < kMigrateTypes; ++i) {
        mixed_[&target][i] = static_cast<uint64_t>(NumberIn(words[i + 4]));
      }
    } else {
      FillPageblocks(target, {words.begin() + 4, words.end()});
    }
  }
}

// Blocks of the largest order become one run.
void RecordedMachine::FillList(Zone& zone, Migratetype type,
                               const std::vector<std::string>& words) {
  for (int order = 0; order < kNrPageOrders; ++order) {
    const int64_t count = NumberIn(words[static_cast<size_t>(order)]);
    const bool run = order == kMaxPageOrder && count > 1;
    for (int64_t i = 0; i < (run ? 1 : count); ++i) {
      Page& page = *memory_.PageAt(next_block_);
      next_block_ += PageCount(1);
      page.state = PageState::kBuddy;
      page.order_value = static_cast<uint8_t>(order);
      page.extra_blocks = run ? static_cast<uint32_t>(count - 1) : 0;
      zone.free_area[order].list(type).PushBack(page);
    }
  }
}

// The types in turn over the places that the kernel looks at.
void RecordedMachine::FillPageblocks(Zone& zone,
                                     const std::vector<std::string>& words) {
  Pfn pfn = zone.span.begin;
  for (int type = 0; type < kMigrateTypes; ++type) {
    for (int64_t i = NumberIn(words[static_cast<size_t>(type)]); i > 0; --i) {
      while (!memory_.IsValid(pfn)) pfn += PageCount(512);
      state_.SetPageblockType(pfn, static_cast<Migratetype>(type));
      pfn += PageCount(512);
    }
  }
}

MixedBlocks RecordedMachine::mixed() const {
  MixedBlocks mixed;
  mixed.count = [this](const Zone& zone) { return mixed_.at(&zone); };
  return mixed;
}

uint64_t RecordedMachine::Number(const std::string& file,
                                 std::string_view name) const {
  for (const std::string& line : LinesOf(RecordedText(name_, file))) {
    const std::vector<std::string> words = WordsOf(line);
    if (words[0] == name) return static_cast<uint64_t>(NumberIn(words[1]));
  }
  PAGELAB_CHECK(false);
  return 0;
}

void RecordedMachine::ReadMeminfoAndVmstat() {
  const auto pages = [this](std::string_view label) {
    return PageCount(Number("meminfo", label) / 4);
  };
  const auto bytes = [this](std::string_view label) {
    return Number("meminfo", label) << 10;
  };
  inputs_.buffers = pages("Buffers:");
  inputs_.committed = pages("Committed_AS:");
  inputs_.vmalloc_used = pages("VmallocUsed:");
  inputs_.percpu = pages("Percpu:");
  inputs_.direct_map = {.by_4k = bytes("DirectMap4k:"),
                        .by_2m = bytes("DirectMap2M:"),
                        .by_1g = bytes("DirectMap1G:")};
  inputs_.nr_memmap_pages = PageCount(Number("vmstat", "nr_memmap_pages"));
  inputs_.nr_memmap_boot_pages =
      PageCount(Number("vmstat", "nr_memmap_boot_pages"));
  static constexpr std::string_view kZones[] = {"dma", "dma32", "normal",
                                                "movable"};
  for (size_t i = 0; i < kMaxNrZones; ++i) {
    const std::string zone(kZones[i]);
    state_.events.pgalloc[i] = Number("vmstat", "pgalloc_" + zone);
    state_.events.allocstall[i] = Number("vmstat", "allocstall_" + zone);
  }
  state_.events.pgfree = Number("vmstat", "pgfree");
}

}  // namespace pagelab
