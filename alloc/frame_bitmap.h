#ifndef PAGELAB_ALLOC_FRAME_BITMAP_H_
#define PAGELAB_ALLOC_FRAME_BITMAP_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "pagelab/alloc/types.h"

namespace pagelab {

// A bit for every frame, all clear at first. Kept by sections: one whose bits
// are all alike costs nothing, however large it is. A copy is a checkpoint.
class FrameBitmap {
 public:
  // `section_order`: log2 of the pages of a section, as in MemoryGeometry.
  explicit FrameBitmap(int section_order) : section_order_(section_order) {}

  bool Test(Pfn pfn) const {
    const uint64_t section = pfn.value() >> section_order_;
    if (section >= sections_.size()) return false;
    return TestInSection(sections_[section], IndexInSection(pfn));
  }
  void Set(PfnRange range) { Assign(range, true); }
  void Clear(PfnRange range) { Assign(range, false); }

  // Calls fn(Pfn) for every frame of the range whose bit is set, ascending.
  template <typename Fn>
  void ForEachSet(PfnRange range, Fn&& fn) const {
    for (Pfn pfn = range.begin; pfn < range.end;) {
      const uint64_t index = pfn.value() >> section_order_;
      if (index >= sections_.size()) return;
      const Section& section = sections_[index];
      const Pfn end = std::min(range.end, Pfn((index + 1) << section_order_));
      const bool all_clear = section.words.empty() && !section.uniform;
      for (; !all_clear && pfn < end; ++pfn) {
        if (TestInSection(section, IndexInSection(pfn))) fn(pfn);
      }
      pfn = end;
    }
  }

  friend bool operator==(const FrameBitmap&, const FrameBitmap&) = default;

 private:
  struct Section {
    // Where there are no words, all bits are this.
    bool uniform = false;
    std::vector<uint64_t> words;
    friend bool operator==(const Section&, const Section&) = default;
  };

  static bool TestInSection(const Section& section, uint64_t index) {
    if (section.words.empty()) return section.uniform;
    return (section.words[index / 64] >> (index % 64) & 1) != 0;
  }
  uint64_t pages_per_section() const { return uint64_t{1} << section_order_; }
  uint64_t IndexInSection(Pfn pfn) const {
    return pfn.value() & (pages_per_section() - 1);
  }
  void Assign(PfnRange range, bool value);
  // Bits [first, end) of one section.
  void AssignInSection(Section& section, uint64_t first, uint64_t end,
                       bool value) const;

  int section_order_;
  // Up to the last one that was ever set.
  std::vector<Section> sections_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_FRAME_BITMAP_H_
