#include "pagelab/alloc/frame_bitmap.h"

#include <algorithm>

namespace pagelab {
namespace {

// Bits [first, end) of one word; end is 1 to 64.
constexpr uint64_t MaskOf(uint64_t first, uint64_t end) {
  const uint64_t below_end =
      end == 64 ? ~uint64_t{0} : (uint64_t{1} << end) - 1;
  return below_end & ~uint64_t{0} << first;
}

}  // namespace

void FrameBitmap::Assign(PfnRange range, bool value) {
  for (Pfn pfn = range.begin; pfn < range.end;) {
    const uint64_t section = pfn.value() >> section_order_;
    const Pfn section_begin(section << section_order_);
    const Pfn end =
        std::min(range.end, section_begin + PageCount(pages_per_section()));
    if (section >= sections_.size()) {
      // What was never set is clear.
      if (!value) return;
      sections_.resize(section + 1);
    }
    AssignInSection(sections_[section], IndexInSection(pfn),
                    (end - section_begin).value(), value);
    pfn = end;
  }
}

void FrameBitmap::AssignInSection(Section& section, uint64_t first,
                                  uint64_t end, bool value) const {
  if (section.words.empty() && section.uniform == value) return;
  if (first == 0 && end == pages_per_section()) {
    section.words = {};
    section.uniform = value;
    return;
  }
  if (section.words.empty()) {
    section.words.assign((pages_per_section() + 63) / 64,
                         section.uniform ? ~uint64_t{0} : 0);
  }
  for (uint64_t index = first; index < end;) {
    const uint64_t word_end = std::min(end, (index / 64 + 1) * 64);
    const uint64_t mask = MaskOf(index % 64, index % 64 + (word_end - index));
    uint64_t& word = section.words[index / 64];
    word = value ? word | mask : word & ~mask;
    index = word_end;
  }
}

}  // namespace pagelab
