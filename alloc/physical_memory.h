#ifndef PAGELAB_ALLOC_PHYSICAL_MEMORY_H_
#define PAGELAB_ALLOC_PHYSICAL_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/frame_bitmap.h"
#include "pagelab/alloc/page.h"
#include "pagelab/alloc/range_set.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// Geometry of the machine's memory map: values of a machine, not constants.
struct MemoryGeometry {
  // log2 of the pages of a section: 15 is the 128 MiB of x86-64.
  int section_order = 15;
  int pageblock_order = 9;
};

// Descriptors for all frames below `max_pfn`: whole sections, and whole blocks
// of the largest order where sections are smaller, so that every buddy of
// every block has one.
uint64_t NrDescriptors(const MemoryGeometry& geometry, Pfn max_pfn);

// What page poisoning fills free frames with (page-ext-owner-depot.md 13).
// Kernel counterpart: PAGE_POISON.
inline constexpr std::byte kPagePoison{0xaa};

// The frames of a machine: a descriptor for each, and contents for those that
// somebody wrote to. Descriptors are one array indexed by pfn inside the arena
// (SPARSEMEM_VMEMMAP); contents are mapped section by section on first touch.
//
//  M1  A section is present iff it holds memory; its frames are valid, holes
//      included (page-allocator.md 2.3, early sections).
//  M2  A frame that nobody wrote to reads as zero and costs nothing.
//  M3  A frame that was poisoned reads as kPagePoison, and costs nothing until
//      somebody writes to it.
//
// Thread-compatible: one machine, one thread.
class PhysicalMemory {
 public:
  // Descriptors reach to `max_possible_pfn` where memory can be plugged in
  // later; at least to `max_pfn`.
  PhysicalMemory(Arena& arena, const MemoryGeometry& geometry, Pfn max_pfn,
                 Pfn max_possible_pfn = Pfn(0));
  ~PhysicalMemory();
  PhysicalMemory(const PhysicalMemory&) = delete;
  PhysicalMemory& operator=(const PhysicalMemory&) = delete;

  const MemoryGeometry& geometry() const { return geometry_; }
  Order pageblock_order() const { return Order(geometry_.pageblock_order); }
  PageCount pages_per_section() const {
    return PageCount(uint64_t{1} << geometry_.section_order);
  }
  // The lowest frame of RAM, and one past the highest.
  Pfn min_low_pfn() const { return min_low_pfn_; }
  void set_min_low_pfn(Pfn pfn) { min_low_pfn_ = pfn; }
  // Grows with memory that is plugged in, and never shrinks.
  Pfn max_pfn() const { return max_pfn_; }
  // One past the highest frame that can ever be.
  Pfn max_possible_pfn() const { return max_possible_pfn_; }

  // --- sections ---
  uint64_t SectionOf(Pfn pfn) const {
    return pfn.value() >> geometry_.section_order;
  }
  uint64_t nr_sections() const { return sections_.size(); }
  uint64_t nr_present_sections() const;
  bool IsPresent(uint64_t section) const { return sections_[section].present; }
  void MarkPresent(PfnRange range);
  // The same for memory that was plugged in: max_pfn() covers it then.
  // REQUIRES: range.end <= max_possible_pfn().
  void PlugIn(PfnRange range);
  // Its sections hold no memory any more. Kernel counterpart:
  // sparse_remove_section().
  void MarkAbsent(PfnRange range);
  // Kernel counterpart: pfn_valid().
  bool IsValid(Pfn pfn) const {
    const uint64_t section = SectionOf(pfn);
    return section < sections_.size() && sections_[section].present;
  }

  // --- descriptors ---
  // REQUIRES: pfn < end_pfn().
  Page* PageAt(Pfn pfn) { return pages_ + pfn.value(); }
  const Page* PageAt(Pfn pfn) const { return pages_ + pfn.value(); }
  Pfn PfnOf(const Page* page) const {
    return Pfn(static_cast<uint64_t>(page - pages_));
  }
  // One past the last valid frame: a whole number of sections.
  Pfn end_pfn() const {
    return Pfn(sections_.size() << geometry_.section_order);
  }

  // Frames that belong to the firmware, to boot allocations or to nothing:
  // everything inside a present section that memblock did not free.
  // Kernel counterpart: PageReserved().
  const RangeSet& reserved() const { return reserved_; }
  RangeSet& reserved() { return reserved_; }
  bool IsReserved(Pfn pfn) const {
    return PageAt(pfn)->state == PageState::kNone && reserved_.Contains(pfn);
  }

  // The machine was made from a snapshot: frames in no block may be in use,
  // nobody knows by whom.
  bool has_unknown_frames() const { return has_unknown_frames_; }
  void set_has_unknown_frames(bool value) { has_unknown_frames_ = value; }

  // --- contents (the direct map), for the simulated kernel's own data ---
  // The host address of `pfn`'s content. Frames of one section are contiguous.
  std::byte* Frame(Pfn pfn);
  // As Frame, but null where nobody ever asked for Frame: then it reads as
  // zero.
  const std::byte* FrameIfMapped(Pfn pfn) const;
  // Says that the simulated kernel is about to keep data in these frames, which
  // start out as zero if tasks or poison had them before. Frames that never
  // held data need no zeroing.
  void NoteContents(Pfn pfn, PageCount count);
  // Makes the content zero; free of charge where nobody kept data.
  void ZeroFrames(Pfn pfn, PageCount count);

  // --- contents, for tasks and for page poisoning ---
  // REQUIRES: `offset` is below kPageSize.
  std::byte ByteAt(Pfn pfn, uint64_t offset) const;
  // False, and nothing happens, where the frame holds data that was noted with
  // NoteContents(). Differs from Linux, where a stray write can destroy the
  // kernel's data; here it would destroy the simulation's.
  bool WriteByte(Pfn pfn, uint64_t offset, std::byte value);
  // The frame holds data of the simulated kernel itself.
  bool HoldsKernelData(Pfn pfn) const {
    return has_contents_.Test(pfn) && !written_.Test(pfn);
  }
  // Makes the frame at `to` hold what tasks see in the one at `from`, which
  // holds no data of the simulated kernel.
  void CopyFrame(Pfn from, Pfn to);
  // Makes every byte kPagePoison, whatever was there.
  void PoisonFrames(PfnRange range);
  // The bytes of a poisoned frame that somebody wrote to since; null where it
  // is all poison still, or was not poisoned.
  const std::byte* WrittenSincePoison(Pfn pfn) const;
  // Bytes of content that the host holds for this machine.
  uint64_t resident_bytes() const;

  // Contents, sections and reserved ranges, to come back to. Descriptors belong
  // to the arena's checkpoint.
  struct Checkpoint {
    RangeSet reserved;
    Pfn max_pfn;
    std::vector<bool> present;
    std::vector<HostPageImage> contents;
    FrameBitmap has_contents;
    FrameBitmap written;
    FrameBitmap poisoned;
  };
  Checkpoint Save() const;
  void Restore(const Checkpoint& checkpoint);

 private:
  struct Section {
    std::optional<HostMapping> contents;
    bool present = false;
  };

  uint64_t IndexInSection(Pfn pfn) const {
    return pfn.value() & (pages_per_section().value() - 1);
  }

  MemoryGeometry geometry_;
  Page* pages_;
  Pfn min_low_pfn_;
  Pfn max_pfn_;
  Pfn max_possible_pfn_;
  bool has_unknown_frames_ = false;
  std::vector<Section> sections_;
  RangeSet reserved_;
  // Frames whose content is what the host holds; others read as zero, or as
  // poison.
  FrameBitmap has_contents_;
  // Of those: the ones that WriteByte() gave them.
  FrameBitmap written_;
  FrameBitmap poisoned_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PHYSICAL_MEMORY_H_
