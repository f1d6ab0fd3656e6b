#include "pagelab/alloc/physical_memory.h"

#include <algorithm>
#include <cstring>

#include "pagelab/base/check.h"

namespace pagelab {

uint64_t NrDescriptors(const MemoryGeometry& geometry, Pfn max_pfn) {
  const uint64_t unit =
      std::max(uint64_t{1} << geometry.section_order, kMaxOrderNrPages);
  return (max_pfn.value() + unit - 1) / unit * unit;
}

PhysicalMemory::PhysicalMemory(Arena& arena, const MemoryGeometry& geometry,
                               Pfn max_pfn, Pfn max_possible_pfn)
    : geometry_(geometry),
      max_pfn_(max_pfn),
      max_possible_pfn_(std::max(max_pfn, max_possible_pfn)),
      written_(geometry.section_order),
      poisoned_(geometry.section_order) {
  const uint64_t per_section = uint64_t{1} << geometry.section_order;
  sections_.resize((max_possible_pfn_.value() + per_section - 1) / per_section);
  pages_ = arena.ReserveArray<Page>(NrDescriptors(geometry, max_possible_pfn_));
}

PhysicalMemory::~PhysicalMemory() = default;

uint64_t PhysicalMemory::nr_present_sections() const {
  return static_cast<uint64_t>(
      std::count_if(sections_.begin(), sections_.end(),
                    [](const Section& section) { return section.present; }));
}

void PhysicalMemory::MarkPresent(PfnRange range) {
  if (range.empty()) return;
  const uint64_t last = SectionOf(Pfn(range.end.value() - 1));
  PAGELAB_CHECK(last < sections_.size());
  for (uint64_t s = SectionOf(range.begin); s <= last; ++s) {
    sections_[s].present = true;
  }
}

void PhysicalMemory::PlugIn(PfnRange range) {
  PAGELAB_CHECK(range.end <= max_possible_pfn_);
  MarkPresent(range);
  max_pfn_ = std::max(max_pfn_, range.end);
}

void PhysicalMemory::MarkAbsent(PfnRange range) {
  if (range.empty()) return;
  const uint64_t last = SectionOf(Pfn(range.end.value() - 1));
  for (uint64_t s = SectionOf(range.begin); s <= last; ++s) {
    sections_[s].present = false;
  }
}

std::byte* PhysicalMemory::Frame(Pfn pfn) {
  Section& section = sections_[SectionOf(pfn)];
  if (!section.contents.has_value()) [[unlikely]] {
    PAGELAB_CHECK(section.present);
    absl::StatusOr<HostMapping> mapping =
        HostMapping::Create(pages_per_section().bytes());
    PAGELAB_CHECK(mapping.ok());
    section.contents.emplace(*std::move(mapping));
  }
  return section.contents->data() + (IndexInSection(pfn) << kPageShift);
}

const std::byte* PhysicalMemory::FrameIfMapped(Pfn pfn) const {
  const Section& section = sections_[SectionOf(pfn)];
  if (!section.contents.has_value()) return nullptr;
  return section.contents->data() + (IndexInSection(pfn) << kPageShift);
}

bool PhysicalMemory::HasContents(Pfn pfn) const {
  const Section& section = sections_[SectionOf(pfn)];
  if (section.has_contents.empty()) return false;
  const uint64_t index = IndexInSection(pfn);
  return (section.has_contents[index / 64] >> (index % 64) & 1) != 0;
}

void PhysicalMemory::SetHasContents(Pfn pfn) {
  Section& section = sections_[SectionOf(pfn)];
  if (section.has_contents.empty()) {
    section.has_contents.resize((pages_per_section().value() + 63) / 64);
  }
  const uint64_t index = IndexInSection(pfn);
  section.has_contents[index / 64] |= uint64_t{1} << (index % 64);
}

void PhysicalMemory::NoteContents(Pfn pfn, PageCount count) {
  for (Pfn end = pfn + count; pfn < end; ++pfn) {
    // Our own data does not start from what a task or poison left there.
    if (written_.Test(pfn) || poisoned_.Test(pfn)) {
      ZeroFrames(pfn, PageCount(1));
    }
    SetHasContents(pfn);
  }
}

void PhysicalMemory::ZeroFrames(Pfn pfn, PageCount count) {
  const PfnRange range{pfn, pfn + count};
  written_.Clear(range);
  poisoned_.Clear(range);
  for (const Pfn end = pfn + count; pfn < end;) {
    const uint64_t section = SectionOf(pfn);
    const Pfn section_end((section + 1) << geometry_.section_order);
    const PageCount part = std::min(end, section_end) - pfn;
    ZeroInSection(sections_[section], IndexInSection(pfn), part.value());
    pfn += part;
  }
}

void PhysicalMemory::ZeroInSection(Section& section, uint64_t first,
                                   uint64_t count) {
  if (section.has_contents.empty()) return;
  for (uint64_t index = first; index < first + count; ++index) {
    uint64_t& word = section.has_contents[index / 64];
    const uint64_t bit = uint64_t{1} << (index % 64);
    if ((word & bit) == 0) continue;
    word &= ~bit;
    if (section.contents.has_value()) {
      std::memset(section.contents->data() + (index << kPageShift), 0,
                  kPageSize);
    }
  }
}

std::byte PhysicalMemory::ByteAt(Pfn pfn, uint64_t offset) const {
  if (HasContents(pfn)) {
    const std::byte* frame = FrameIfMapped(pfn);
    return frame != nullptr ? frame[offset] : std::byte{0};
  }
  return poisoned_.Test(pfn) ? kPagePoison : std::byte{0};
}

bool PhysicalMemory::WriteByte(Pfn pfn, uint64_t offset, std::byte value) {
  if (HoldsKernelData(pfn)) return false;
  std::byte* frame = Frame(pfn);
  if (!HasContents(pfn)) {
    if (poisoned_.Test(pfn)) {
      std::memset(frame, std::to_integer<int>(kPagePoison), kPageSize);
    }
    SetHasContents(pfn);
    written_.Set({pfn, pfn + PageCount(1)});
  }
  frame[offset] = value;
  return true;
}

void PhysicalMemory::CopyFrame(Pfn from, Pfn to) {
  const PfnRange target{to, to + PageCount(1)};
  ZeroFrames(to, PageCount(1));
  if (poisoned_.Test(from)) poisoned_.Set(target);
  if (!HasContents(from)) return;
  std::memcpy(Frame(to), Frame(from), kPageSize);
  SetHasContents(to);
  written_.Set(target);
}

void PhysicalMemory::PoisonFrames(PfnRange range) {
  if (range.empty()) return;
  ZeroFrames(range.begin, range.size());
  poisoned_.Set(range);
}

const std::byte* PhysicalMemory::WrittenSincePoison(Pfn pfn) const {
  if (!poisoned_.Test(pfn) || !HasContents(pfn)) return nullptr;
  return FrameIfMapped(pfn);
}

uint64_t PhysicalMemory::resident_bytes() const {
  uint64_t bytes = 0;
  for (const Section& section : sections_) {
    if (section.contents.has_value()) {
      bytes += section.contents->resident_bytes();
    }
  }
  return bytes;
}

PhysicalMemory::Checkpoint PhysicalMemory::Save() const {
  Checkpoint checkpoint{.reserved = reserved_,
                        .max_pfn = max_pfn_,
                        .present = {},
                        .contents = {},
                        .has_contents = {},
                        .written = written_,
                        .poisoned = poisoned_};
  for (const Section& section : sections_) {
    checkpoint.contents.push_back(section.contents.has_value()
                                      ? section.contents->Save()
                                      : HostPageImage());
    checkpoint.has_contents.push_back(section.has_contents);
    checkpoint.present.push_back(section.present);
  }
  return checkpoint;
}

void PhysicalMemory::Restore(const Checkpoint& checkpoint) {
  reserved_ = checkpoint.reserved;
  written_ = checkpoint.written;
  poisoned_ = checkpoint.poisoned;
  max_pfn_ = checkpoint.max_pfn;
  for (size_t i = 0; i < sections_.size(); ++i) {
    if (sections_[i].contents.has_value()) {
      sections_[i].contents->Restore(checkpoint.contents[i]);
    }
    sections_[i].has_contents = checkpoint.has_contents[i];
    sections_[i].present = checkpoint.present[i];
  }
}

}  // namespace pagelab
