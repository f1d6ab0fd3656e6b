#include "pagelab/sim/boot_reservations.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/sim/boot_initial.h"

namespace pagelab {
namespace {

constexpr uint64_t kStructPageSize = 64;
constexpr uint64_t kHugePage = uint64_t{2} << 20;
constexpr uint64_t kHashHead = 8;

absl::Status NoRoom(const Machine::Impl& m, std::string_view what,
                    uint64_t bytes) {
  return absl::InvalidArgumentError(
      absl::StrCat("machine '", m.config.name, "': no room in memory for '",
                   std::string(what), "', ", bytes, " bytes"));
}

absl::Status Take(Machine::Impl& m, std::string_view what, uint64_t bytes,
                  uint64_t align, NodeId node = NodeId()) {
  if (!m.memblock.Allocate(bytes, align, node).has_value()) {
    return NoRoom(m, what, bytes);
  }
  return absl::OkStatus();
}

// struct page of every present section, per node, mapped by huge pages.
absl::Status ReserveMemmap(Machine::Impl& m) {
  const uint64_t per_section =
      m.memory->pages_per_section().value() * kStructPageSize;
  std::vector<uint64_t> sections(static_cast<size_t>(m.state->nr_nodes), 0);
  for (uint64_t s = 0; s < m.memory->nr_sections(); ++s) {
    if (!m.memory->IsPresent(s)) continue;
    const Pfn first(s << m.config.geometry.section_order);
    // A section of two nodes belongs to the one that comes first in it.
    for (const Memblock::Region& region : m.memblock.memory()) {
      if (region.range.end <= first.address()) continue;
      ++sections[static_cast<size_t>(region.node.value())];
      break;
    }
  }
  for (size_t n = 0; n < sections.size(); ++n) {
    if (sections[n] == 0) continue;
    const uint64_t bytes = sections[n] * per_section;
    PAGELAB_RETURN_IF_ERROR(Take(m, "memory map", bytes,
                                 std::min(kHugePage, std::bit_ceil(bytes)),
                                 NodeId(static_cast<int>(n))));
  }
  return absl::OkStatus();
}

// A hash table with a bucket per 2^scale bytes of memory; beyond 64 GiB the
// scale grows by one for each factor of four.
absl::Status ReserveHash(Machine::Impl& m, std::string_view name, int scale) {
  constexpr uint64_t kAdaptBase = (uint64_t{64} << 30) >> kPageShift;
  uint64_t pages = 0;
  for (const Zone& zone : m.state->all_zones()) pages += zone.managed.value();
  constexpr uint64_t kPagesPerMib = 256;
  pages = (pages + kPagesPerMib - 1) / kPagesPerMib * kPagesPerMib;
  for (uint64_t adapt = kAdaptBase; adapt < pages; adapt <<= 2) ++scale;
  const uint64_t entries =
      std::bit_ceil(std::max<uint64_t>(pages >> (scale - kPageShift), 1));
  const uint64_t bytes = entries * kHashHead;
  const int order =
      bytes <= kPageSize ? 0 : std::bit_width(bytes - 1) - kPageShift;
  m.dmesg.Printk(
      fmt::format("{} hash table entries: {} (order: {}, {} bytes, linear)",
                  name, entries, order, bytes));
  return Take(m, name, bytes, kBootAlign);
}

// The highest place below 4 GiB or, where there is room, the lowest above it:
// the lower zones are for devices that reach no further.
std::optional<uint64_t> PlaceCma(Machine::Impl& m, uint64_t bytes,
                                 uint64_t align) {
  constexpr uint64_t k4Gib = uint64_t{4} << 30;
  const uint64_t end = m.memblock.memory().back().range.end;
  if (end < k4Gib + bytes) return m.memblock.Allocate(bytes, align);
  for (const PfnRange& free : m.memblock.FreeRanges()) {
    const uint64_t from = std::max(free.begin.address(), k4Gib);
    const uint64_t begin = (from + align - 1) / align * align;
    if (begin + bytes > free.end.address()) continue;
    m.memblock.Reserve({begin, begin + bytes});
    return begin;
  }
  return m.memblock.Allocate(bytes, align);
}

absl::Status ReserveCma(Machine::Impl& m) {
  if (m.command_line.cma == 0 || !m.config.policy.cma) return absl::OkStatus();
  const uint64_t align = m.memory->pageblock_order().pages() * kPageSize;
  const uint64_t bytes = (m.command_line.cma + align - 1) / align * align;
  const std::optional<uint64_t> place = PlaceCma(m, bytes, align);
  if (!place.has_value()) return NoRoom(m, "cma", bytes);
  const PfnRange frames{Pfn(*place >> kPageShift),
                        Pfn((*place + bytes) >> kPageShift)};
  const Zone* zone = m.state->FindZone(frames.begin);
  if (zone == nullptr || zone->span.begin > frames.begin ||
      zone->span.end < frames.end) {
    return absl::InvalidArgumentError(
        absl::StrCat("machine '", m.config.name, "': cma=", m.command_line.cma,
                     ": no zone has so much memory in one piece"));
  }
  m.dmesg.Printk(fmt::format("cma: Reserved {} MiB at {:#018x} on node -1",
                             bytes >> 20, *place));
  m.cma.emplace(*m.allocator,
                CmaArea::Description{.name = "reserved", .frames = frames});
  return absl::OkStatus();
}

absl::Status ReserveBookkeeping(Machine::Impl& m) {
  // The recorded build's per-cpu unit.
  constexpr uint64_t kPerCpuUnit = 53 * kPageSize;
  PAGELAB_RETURN_IF_ERROR(ReserveMemmap(m));
  PAGELAB_RETURN_IF_ERROR(
      Take(m, "per-cpu areas",
           kPerCpuUnit * static_cast<uint64_t>(m.state->nr_cpus), kPageSize));
  PAGELAB_RETURN_IF_ERROR(ReserveHash(m, "Dentry cache", 13));
  return ReserveHash(m, "Inode-cache", 14);
}

}  // namespace

absl::Status ReserveBootMemory(Machine::Impl& m) {
  for (const BootReservation& entry : m.config.reserved) {
    if (entry.address.has_value()) {
      m.memblock.Reserve({*entry.address, *entry.address + entry.bytes});
    }
  }
  PAGELAB_RETURN_IF_ERROR(ReserveCma(m));
  PAGELAB_RETURN_IF_ERROR(ReserveInitialMemory(m));
  for (const BootReservation& entry : m.config.reserved) {
    if (entry.address.has_value()) continue;
    PAGELAB_RETURN_IF_ERROR(
        Take(m, entry.what, entry.bytes, std::max<uint64_t>(entry.align, 1)));
  }
  return m.config.reserve_memmap ? ReserveBookkeeping(m) : absl::OkStatus();
}

}  // namespace pagelab
