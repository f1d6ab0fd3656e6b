#include "pagelab/sim/boot_initial.h"

#include <algorithm>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/sim/initial_memory.h"

namespace pagelab {
namespace {

AddressRange AddressesOf(PfnRange frames) {
  return {frames.begin.address(), frames.end.address()};
}

PfnRange FramesOf(const InitialBlock& block) {
  return {block.head, block.head + PageCount(block.order.pages())};
}

PfnRange FramesOf(const AddressRange& range) {
  return {Pfn(range.begin >> kPageShift), Pfn(range.end >> kPageShift)};
}

// The first range that ends behind `pfn`.
auto FirstBehind(const std::vector<PfnRange>& ranges, Pfn pfn) {
  return std::upper_bound(
      ranges.begin(), ranges.end(), pfn,
      [](Pfn at, const PfnRange& range) { return at < range.end; });
}

// Why the first frame of `range` that is not in `free` cannot be in use.
std::string WhyNot(const Machine::Impl& m, PfnRange range,
                   const std::vector<PfnRange>& free) {
  Pfn at = range.begin;
  const auto found = FirstBehind(free, at);
  if (found != free.end() && found->begin <= at) at = found->end;
  for (const BootReservation& entry : m.config.reserved) {
    if (!entry.address.has_value()) continue;
    if (*entry.address < at.address() + kPageSize &&
        at.address() < *entry.address + entry.bytes) {
      return fmt::format("machine '{}' reserves pfn {:#x} for '{}'",
                         m.config.name, at.value(), entry.what);
    }
  }
  return fmt::format(
      "machine '{}' has no memory at pfn {:#x}; its memory ends at {:#x}",
      m.config.name, at.value(), m.memory->max_pfn().value());
}

absl::Status CheckPlaces(const Machine::Impl& m) {
  Memblock later = m.memblock;
  for (const BootFree& late : m.config.boot_frees) later.Release(late.range);
  const std::vector<PfnRange> free = later.FreeRanges();
  const InitialMemory& initial = *m.config.initial;
  const auto check = [&](PfnRange range) {
    const auto found = FirstBehind(free, range.begin);
    if (found != free.end() && found->begin <= range.begin &&
        range.end <= found->end) {
      return absl::OkStatus();
    }
    return initial.WrongPlace(range, WhyNot(m, range, free));
  };
  for (const InitialBlock& block : initial.blocks()) {
    PAGELAB_RETURN_IF_ERROR(check(FramesOf(block)));
  }
  for (const PfnRange& range :
       initial.free_ranges().value_or(absl::Span<const PfnRange>())) {
    PAGELAB_RETURN_IF_ERROR(check(range));
  }
  return absl::OkStatus();
}

void ReserveBlocks(Machine::Impl& m) {
  PfnRange run;
  for (const InitialBlock& block : m.config.initial->blocks()) {
    const PfnRange frames = FramesOf(block);
    if (frames.begin != run.end) {
      m.memblock.Reserve(AddressesOf(run));
      run = frames;
    }
    run.end = frames.end;
  }
  m.memblock.Reserve(AddressesOf(run));
}

// What is in neither list: both sorted, `known` inside `all`.
std::vector<PfnRange> Without(const std::vector<PfnRange>& all,
                              absl::Span<const PfnRange> known) {
  std::vector<PfnRange> rest;
  size_t next = 0;
  for (const PfnRange& range : all) {
    Pfn at = range.begin;
    for (; next < known.size() && known[next].begin < range.end; ++next) {
      if (at < known[next].begin) rest.push_back({at, known[next].begin});
      at = known[next].end;
    }
    if (at < range.end) rest.push_back({at, range.end});
  }
  return rest;
}

std::vector<PfnRange> Inside(const std::vector<PfnRange>& ranges,
                             PfnRange span) {
  std::vector<PfnRange> inside;
  for (const PfnRange& range : ranges) {
    const PfnRange part{std::max(range.begin, span.begin),
                        std::min(range.end, span.end)};
    if (!part.empty()) inside.push_back(part);
  }
  return inside;
}

PageCount PagesOf(const std::vector<PfnRange>& ranges) {
  PageCount pages;
  for (const PfnRange& range : ranges) pages += range.size();
  return pages;
}

// The pages of the zone that are in use, nobody knows by whom.
void FindEarlyPages(Machine::Impl& m, const Zone& zone) {
  const InitialMemory& initial = *m.config.initial;
  const absl::Span<const PfnRange> free = *initial.free_ranges();
  const std::vector<PfnRange> all = Inside(m.memblock.FreeRanges(), zone.span);
  std::vector<PfnRange> rest = Without(
      all, Inside(std::vector<PfnRange>(free.begin(), free.end()), zone.span));
  PageCount surplus;
  const std::optional<PageCount> managed =
      initial.ManagedPages(zone.node, zone.type);
  if (managed.has_value() && PagesOf(all) > *managed) {
    surplus = std::min(PagesOf(all) - *managed, PagesOf(rest));
  }
  for (PfnRange& range : rest) {
    const PageCount cut = std::min(surplus, range.size());
    m.memblock.Reserve(AddressesOf(range));
    range.begin += cut;
    surplus -= cut;
    if (!range.empty()) m.early_ranges.push_back(range);
  }
}

void Claim(Machine::Impl& m, const InitialBlock& block) {
  Zone* zone = m.state->FindZone(block.head);
  Page& page = *m.memory->PageAt(block.head);
  page.state = PageState::kAllocated;
  page.order_value = static_cast<uint8_t>(block.order.value());
  page.zone = zone->id;
  page.refcount = 1;
  zone->managed += PageCount(block.order.pages());
}

// Pages of a range that boot frees late and does not reserve any more.
PageCount LatePages(const Machine::Impl& m, const Zone& zone,
                    const BootFree& late) {
  PageCount pages;
  for (const PfnRange& part :
       Inside(m.memory->reserved().Gaps(FramesOf(late.range)), zone.span)) {
    pages += part.size();
  }
  return pages;
}

}  // namespace

absl::Status ReserveInitialMemory(Machine::Impl& m) {
  if (m.config.initial == nullptr) return absl::OkStatus();
  PAGELAB_RETURN_IF_ERROR(CheckPlaces(m));
  ReserveBlocks(m);
  for (const PfnRange& range :
       m.config.initial->free_ranges().value_or(absl::Span<const PfnRange>())) {
    m.memblock.Reserve(AddressesOf(range));
  }
  return absl::OkStatus();
}

void SettleInitialMemory(Machine::Impl& m) {
  if (m.config.initial == nullptr) return;
  const InitialMemory& initial = *m.config.initial;
  for (const BootFree& late : m.config.boot_frees) {
    m.memblock.Release(late.range);
  }
  for (const InitialPageblock& pageblock : initial.pageblocks()) {
    m.state->SetPageblockType(pageblock.begin, pageblock.type);
    Zone* zone = m.state->FindZone(pageblock.begin);
    if (zone == nullptr) continue;
    const PageCount pages(m.memory->pageblock_order().pages());
    if (pageblock.type == Migratetype::kCma) zone->cma += pages;
    if (pageblock.type == Migratetype::kHighAtomic) {
      zone->nr_reserved_highatomic += static_cast<int64_t>(pages.value());
    }
  }
  for (const PfnRange& range :
       initial.free_ranges().value_or(absl::Span<const PfnRange>())) {
    m.memblock.Release(AddressesOf(range));
  }
  ReserveBlocks(m);
  for (const InitialBlock& block : initial.blocks()) {
    if (!block.early) continue;
    const PfnRange frames = FramesOf(block);
    const bool goes_on =
        !m.early_ranges.empty() && m.early_ranges.back().end == frames.begin &&
        m.state->FindZone(frames.begin)->span.begin != frames.begin;
    if (goes_on) {
      m.early_ranges.back().end = frames.end;
    } else {
      m.early_ranges.push_back(frames);
    }
  }
  if (!initial.free_ranges().has_value()) return;
  for (const Zone& zone : m.state->all_zones()) {
    if (zone.populated()) FindEarlyPages(m, zone);
  }
}

void ClaimInitialMemory(Machine::Impl& m) {
  if (m.config.initial == nullptr) return;
  for (const PfnRange& range : m.early_ranges) {
    m.memory->reserved().Remove(range);
    for (Pfn pfn = range.begin; pfn < range.end; ++pfn) {
      Claim(m, {.head = pfn, .order = Order(0)});
    }
    m.boot_pages->Offer(range);
  }
  for (const InitialBlock& block : m.config.initial->blocks()) {
    if (block.early) continue;
    m.memory->reserved().Remove(FramesOf(block));
    Claim(m, block);
  }
  m.early_ranges = {};
  for (const BootFree& late : m.config.boot_frees) {
    for (Zone& zone : m.state->all_zones()) {
      zone.managed -= LatePages(m, zone, late);
    }
  }
}

void CountLateFrees(Machine::Impl& m, const BootFree& late) {
  for (Zone& zone : m.state->all_zones()) {
    zone.managed += LatePages(m, zone, late);
  }
}

}  // namespace pagelab
