#ifndef PAGELAB_ALLOC_PAGE_FLAGS_ERA_H_
#define PAGELAB_ALLOC_PAGE_FLAGS_ERA_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "pagelab/alloc/page_flags.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// How a version of the kernel prints the flags of a page.
enum class PageFlagsStyle : uint8_t {
  // One column a flag, a letter or a blank: before 4.6.
  kLetters,
  // "0x<hex>(names)": before 5.14.
  kNames,
  // "0x<hex>(names|node=..|zone=..|lastcpupid=0x..)".
  kNamesAndFields,
};

// The flags of a page in a kernel version: where they are in the word and how
// they are printed (text-formats.md 1.3). The machine's pages have 6.12's;
// those of other versions are translated by meaning.
struct PageFlagsEra {
  // A page that has all of `all` and none of `none` has `mask` in its word.
  struct Rule {
    PageFlags all;
    PageFlags none;
    uint64_t mask = 0;
  };

  // "4.7": the first kernel profile it is for.
  std::string_view version;
  PageFlagsStyle style = PageFlagsStyle::kNamesAndFields;
  // Empty: the bits are those of 6.12.
  absl::Span<const Rule> rules;
  // In the order of printing; letters where the style is kLetters.
  absl::Span<const PageFlagName> names;
};

// The whole flags word of a frame in that version.
uint64_t EraFlagsWord(const PageFlagsEra& era, PageFlags flags, NodeId node,
                      int zone_index, const PageFlagsLayout& layout);

// The text of a word of that version.
void AppendEraFlags(std::string& out, const PageFlagsEra& era, uint64_t word,
                    const PageFlagsLayout& layout);

// 3.19 and 4.5: the twelve letters.
extern const PageFlagsEra kPageFlagsEra319;
// 4.7 and 4.8.
extern const PageFlagsEra kPageFlagsEra47;
extern const PageFlagsEra kPageFlagsEra510;
// 5.10's bits, with fields.
extern const PageFlagsEra kPageFlagsEra63;
extern const PageFlagsEra kPageFlagsEra612;

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PAGE_FLAGS_ERA_H_
