#include "pagelab/workloads/start/dump_memory.h"

#include <algorithm>
#include <numeric>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/owner/dump/pfn_line.h"

namespace pagelab {
namespace {

constexpr int kSectionOrder = MemoryGeometry().section_order;
// Where the addresses for devices end that lie below 4 GiB.
constexpr Pfn kFourGib{0x100000};

Pfn EndOf(const InitialBlock& block) {
  return block.head + PageCount(block.order.pages());
}

std::optional<Migratetype> TypeNamed(std::string_view name) {
  for (int i = 0; i < kMigrateTypes; ++i) {
    const auto type = static_cast<Migratetype>(i);
    // Isolation is somebody's work in progress, which nobody here ends.
    if (ToString(type) == name && type != Migratetype::kIsolate) return type;
  }
  return std::nullopt;
}

MigrateReason ReasonNamed(std::string_view name) {
  for (int i = 0; i < kMigrateReasons; ++i) {
    const auto reason = static_cast<MigrateReason>(i);
    if (ToString(reason) == name) return reason;
  }
  return MigrateReason::kNone;
}

struct NamedFlag {
  std::string name;
  PageFlags flag;
};

// As 6.12 prints them, one by one.
std::vector<NamedFlag> NamedFlags() {
  constexpr int kNrFlags = 24;
  std::vector<NamedFlag> flags;
  for (int bit = 0; bit < kNrFlags; ++bit) {
    const PageFlags flag(uint32_t{1} << bit);
    std::string text;
    AppendFlagsWord(text, FlagsWord(flag, NodeId(0), 0, {}), {});
    const size_t begin = text.find('(') + 1;
    flags.push_back({text.substr(begin, text.find('|') - begin), flag});
  }
  return flags;
}

// "referenced|uptodate|lru"; names that 6.12 does not have are left out.
PageFlags FlagsNamed(std::string_view names) {
  static const auto* const known = new std::vector<NamedFlag>(NamedFlags());
  PageFlags flags;
  while (!names.empty()) {
    const std::string_view name = TakeFlag(names);
    for (const NamedFlag& flag : *known) {
      if (flag.name == name) flags = flags.With(flag.flag);
    }
  }
  return flags;
}

// What page_owner writes for pages from before it started.
bool IsEarly(const OwnerDumpRecord& record) {
  return record.order == Order(0) && record.gfp.value() == 0;
}

}  // namespace

uint32_t DumpMemory::Strings::IndexOf(std::string_view text) {
  const auto [at, added] =
      index_.try_emplace(std::string(text), static_cast<uint32_t>(all_.size()));
  if (added) all_.emplace_back(text);
  return at->second;
}

absl::Status DumpMemory::At(uint64_t line, std::string_view what) const {
  return InvalidInputAt({name_, static_cast<int>(line), 1}, what);
}

absl::StatusOr<std::shared_ptr<DumpMemory>> DumpMemory::Read(
    InputStream& input) {
  std::shared_ptr<DumpMemory> memory(new DumpMemory(input.name()));
  OwnerDumpReader reader(input);
  OwnerDumpRecord record;
  while (reader.Next(record)) PAGELAB_RETURN_IF_ERROR(memory->Add(record));
  PAGELAB_RETURN_IF_ERROR(reader.status());
  PAGELAB_RETURN_IF_ERROR(memory->Sort());
  return memory;
}

absl::Status DumpMemory::Add(const OwnerDumpRecord& record) {
  // 64 TiB, as far as x86-64 with four levels of page tables goes.
  constexpr Pfn kHighest{uint64_t{1} << 34};
  if (!record.pfn.IsAlignedTo(record.order) || record.pfn >= kHighest) {
    return At(
        record.line + 1,
        fmt::format("a block of order {} cannot be at PFN {:#x}: expected "
                    "a multiple of {} below {:#x}",
                    record.order.value(), record.pfn.value(),
                    record.order.pages(), kHighest.value()));
  }
  const Nanoseconds since(record.ts_nsec.value_or(0));
  newest_ = std::max(newest_, since);
  blocks_.push_back({.head = record.pfn,
                     .order = record.order,
                     .early = IsEarly(record),
                     .since = since});
  records_.push_back({.line = record.line,
                      .gfp = record.gfp,
                      .pid = std::max(record.pid, 0),
                      .tgid = std::max(record.tgid, 0),
                      .comm = comms_.IndexOf(record.comm),
                      .stack = stacks_.IndexOf(record.stack),
                      .flags = FlagsNamed(record.flag_names),
                      .reason = ReasonNamed(record.migrate_reason),
                      .pageblock = TypeNamed(record.block_type)});
  return absl::OkStatus();
}

absl::Status DumpMemory::Sort() {
  std::vector<size_t> order(blocks_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [this](size_t a, size_t b) {
    return blocks_[a].head < blocks_[b].head;
  });
  std::vector<InitialBlock> blocks;
  std::vector<Record> records;
  for (const size_t index : order) {
    const InitialBlock& block = blocks_[index];
    if (!blocks.empty() && block.head < EndOf(blocks.back())) {
      const InitialBlock& other = blocks.back();
      const bool later = records_[index].line > records.back().line;
      return At(
          (later ? records_[index].line : records.back().line) + 1,
          fmt::format("PFN {:#x} of order {} is in use already, by the block "
                      "of order {} at PFN {:#x} in line {}",
                      (later ? block : other).head.value(),
                      (later ? block : other).order.value(),
                      (later ? other : block).order.value(),
                      (later ? other : block).head.value(),
                      (later ? records.back() : records_[index]).line + 1));
    }
    blocks.push_back(block);
    records.push_back(records_[index]);
  }
  blocks_ = std::move(blocks);
  records_ = std::move(records);
  return absl::OkStatus();
}

absl::StatusOr<MachineConfig> DumpMemory::DescribeMachine() const {
  const auto section_of = [](Pfn pfn) { return pfn.value() >> kSectionOrder; };
  const auto address_of = [](uint64_t number) {
    return number << (kSectionOrder + kPageShift);
  };
  const uint64_t end = section_of(EndOf(blocks_.back()) - PageCount(1)) + 1;
  // The last section below 4 GiB that has a block.
  uint64_t below = 0;
  for (const InitialBlock& block : blocks_) {
    if (block.head < kFourGib) below = section_of(block.head) + 1;
  }
  MachineConfig config;
  config.name = name_.substr(name_.rfind('/') + 1);
  config.reserve_memmap = false;
  if (below > 0) {
    config.memory_map.push_back({.range = {0, address_of(below)}});
  }
  if (end > section_of(kFourGib)) {
    config.memory_map.push_back(
        {.range = {kFourGib.address(), address_of(end)}});
  }
  return config;
}

std::string DumpMemory::Caveat(bool machine_given) const {
  std::string text = "memory that " + name_ +
                     " does not name is free, also what its kernel "
                     "had reserved";
  if (machine_given) return text;
  return text + fmt::format(
                    "; the machine is made for it, one node and one CPU, as "
                    "large as its highest PFN {:#x} needs, in whole sections: "
                    "a machine named by \"machine\" or --machine would be "
                    "itself",
                    (EndOf(blocks_.back()) - PageCount(1)).value());
}

absl::Status DumpMemory::FitTo(const MachineConfig& config) {
  const Order order(config.geometry.pageblock_order);
  pageblocks_.clear();
  for (size_t i = 0; i < blocks_.size(); ++i) {
    std::optional<Migratetype> type = records_[i].pageblock;
    if (type == Migratetype::kCma && !config.policy.cma) type.reset();
    if (!type.has_value()) continue;
    const Pfn begin = AlignDown(blocks_[i].head, order);
    // A dump takes time to read: what was printed last is newest.
    if (!pageblocks_.empty() && pageblocks_.back().begin == begin) {
      pageblocks_.back().type = *type;
      continue;
    }
    for (Pfn pfn = begin; pfn < EndOf(blocks_[i]);
         pfn += PageCount(order.pages())) {
      pageblocks_.push_back({.begin = pfn, .type = *type});
    }
  }
  return absl::OkStatus();
}

absl::Status DumpMemory::WrongPlace(PfnRange range,
                                    std::string_view what) const {
  const auto found = std::lower_bound(
      blocks_.begin(), blocks_.end(), range.begin,
      [](const InitialBlock& block, Pfn pfn) { return block.head < pfn; });
  const auto index = static_cast<size_t>(found - blocks_.begin());
  return At(records_[index].line + 1,
            fmt::format("PFN {:#x} of order {} is in use, but {}",
                        found->head.value(), found->order.value(), what));
}

}  // namespace pagelab
