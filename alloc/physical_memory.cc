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
      has_contents_(geometry.section_order),
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

void PhysicalMemory::NoteContents(Pfn pfn, PageCount count) {
  const PfnRange range{pfn, pfn + count};
  for (; pfn < range.end; ++pfn) {
    // Our own data does not start from what a task or poison left there.
    if (written_.Test(pfn) || poisoned_.Test(pfn)) {
      ZeroFrames(pfn, PageCount(1));
    }
  }
  has_contents_.Set(range);
}

void PhysicalMemory::ZeroFrames(Pfn pfn, PageCount count) {
  const PfnRange range{pfn, pfn + count};
  has_contents_.ForEachSet(range, [&](Pfn frame) {
    const Section& section = sections_[SectionOf(frame)];
    if (!section.contents.has_value()) return;
    std::memset(
        section.contents->data() + (IndexInSection(frame) << kPageShift), 0,
        kPageSize);
  });
  has_contents_.Clear(range);
  written_.Clear(range);
  poisoned_.Clear(range);
}

std::byte PhysicalMemory::ByteAt(Pfn pfn, uint64_t offset) const {
  if (has_contents_.Test(pfn)) {
    const std::byte* frame = FrameIfMapped(pfn);
    return frame != nullptr ? frame[offset] : std::byte{0};
  }
  return poisoned_.Test(pfn) ? kPagePoison : std::byte{0};
}

bool PhysicalMemory::WriteByte(Pfn pfn, uint64_t offset, std::byte value) {
  if (HoldsKernelData(pfn)) return false;
  std::byte* frame = Frame(pfn);
  if (!has_contents_.Test(pfn)) {
    if (poisoned_.Test(pfn)) {
      std::memset(frame, std::to_integer<int>(kPagePoison), kPageSize);
    }
    const PfnRange range{pfn, pfn + PageCount(1)};
    has_contents_.Set(range);
    written_.Set(range);
  }
  frame[offset] = value;
  return true;
}

void PhysicalMemory::CopyFrame(Pfn from, Pfn to) {
  const PfnRange target{to, to + PageCount(1)};
  ZeroFrames(to, PageCount(1));
  if (poisoned_.Test(from)) poisoned_.Set(target);
  if (!has_contents_.Test(from)) return;
  std::memcpy(Frame(to), Frame(from), kPageSize);
  has_contents_.Set(target);
  written_.Set(target);
}

void PhysicalMemory::PoisonFrames(PfnRange range) {
  if (range.empty()) return;
  ZeroFrames(range.begin, range.size());
  poisoned_.Set(range);
}

const std::byte* PhysicalMemory::WrittenSincePoison(Pfn pfn) const {
  if (!poisoned_.Test(pfn) || !has_contents_.Test(pfn)) return nullptr;
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
                        .has_contents = has_contents_,
                        .written = written_,
                        .poisoned = poisoned_};
  for (const Section& section : sections_) {
    checkpoint.contents.push_back(section.contents.has_value()
                                      ? section.contents->Save()
                                      : HostPageImage());
    checkpoint.present.push_back(section.present);
  }
  return checkpoint;
}

void PhysicalMemory::Restore(const Checkpoint& checkpoint) {
  reserved_ = checkpoint.reserved;
  has_contents_ = checkpoint.has_contents;
  written_ = checkpoint.written;
  poisoned_ = checkpoint.poisoned;
  max_pfn_ = checkpoint.max_pfn;
  for (size_t i = 0; i < sections_.size(); ++i) {
    if (sections_[i].contents.has_value()) {
      sections_[i].contents->Restore(checkpoint.contents[i]);
    }
    sections_[i].present = checkpoint.present[i];
  }
}

}  // namespace pagelab
