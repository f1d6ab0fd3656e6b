#include "pagelab/alloc/page_flags_era.h"

#include <string>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

using namespace page_flag;  // NOLINT: nothing but flags

constexpr PageFlagsLayout kCommon = {
    .node_width = 10, .zone_width = 3, .lastcpupid_width = 21};
constexpr PageFlagsLayout kNoFields = {
    .node_width = 0, .zone_width = 0, .lastcpupid_width = 0};

std::string TextOf(const PageFlagsEra& era, uint64_t word,
                   const PageFlagsLayout& layout = kCommon) {
  std::string out;
  AppendEraFlags(out, era, word, layout);
  return out;
}

uint64_t WordOf(const PageFlagsEra& era, PageFlags flags) {
  return EraFlagsWord(era, flags, NodeId(0), 0, kNoFields);
}

std::string FlagsText(const PageFlagsEra& era, PageFlags flags) {
  return TextOf(era, WordOf(era, flags), kNoFields);
}

TEST_CASE("PageFlagsEra: the recorded word of 4.7", "[alloc][page_flags_era]") {
  // text-formats.md 1.3: fields are not printed, nor left over.
  CHECK(TextOf(kPageFlagsEra47, 0x1fffff80040030) ==
        "0x1fffff80040030(dirty|lru|swapbacked)");
  CHECK(WordOf(kPageFlagsEra47, kDirty.With(kLru).With(kSwapbacked)) ==
        0x40030);
}

TEST_CASE("PageFlagsEra: the word of the 6.3 example",
          "[alloc][page_flags_era]") {
  CHECK(TextOf(kPageFlagsEra63, 0x17ffffc0010200) ==
        "0x17ffffc0010200(slab|head|node=0|zone=2|lastcpupid=0x1fffff)");
  CHECK(EraFlagsWord(kPageFlagsEra63, kSlab.With(kHead), NodeId(0), 2,
                     kCommon) == 0x17ffffc0010200);
  CHECK(TextOf(kPageFlagsEra510, 0x17ffffc0010200) ==
        "0x17ffffc0010200(slab|head)");
}

TEST_CASE("PageFlagsEra: the twelve letters of 3.19",
          "[alloc][page_flags_era]") {
  CHECK(FlagsText(kPageFlagsEra319, PageFlags()) == "            ");
  // page-ext-owner-depot.md 6.3.
  CHECK(FlagsText(kPageFlagsEra319, kUptodate.With(kLru).With(kActive)) ==
        "   U LA     ");
  CHECK(FlagsText(kPageFlagsEra319, kHead.With(kSlab)) == "       S C  ");
  CHECK(FlagsText(kPageFlagsEra319, kLocked.With(kReferenced)
                                        .With(kDirty)
                                        .With(kWriteback)
                                        .With(kOwner2)) == "K R D   W  M");
  CHECK(TextOf(kPageFlagsEra319, ~uint64_t{0}) == "KERUDLASWCBM");
}

TEST_CASE("PageFlagsEra: one bit of 6.12 is several flags of old kernels",
          "[alloc][page_flags_era]") {
  const PageFlags in_swap = kOwnerPriv1.With(kSwapbacked);
  CHECK(FlagsText(kPageFlagsEra47, in_swap) == "0x48000(swapcache|swapbacked)");
  CHECK(FlagsText(kPageFlagsEra47, kOwnerPriv1) == "0x100(owner_priv_1)");
  CHECK(FlagsText(kPageFlagsEra510, in_swap) ==
        "0x80400(owner_priv_1|swapbacked)");
  CHECK(FlagsText(kPageFlagsEra47, kOwner2) == "0x10000(mappedtodisk)");
  const PageFlags exclusive = kOwner2.With(kSwapbacked);
  CHECK(FlagsText(kPageFlagsEra47, exclusive) == "0x40000(swapbacked)");
  CHECK(FlagsText(kPageFlagsEra510, exclusive) == "0x80000(swapbacked)");
  CHECK(FlagsText(kPageFlagsEra63, exclusive) ==
        "0xa0000(mappedtodisk|swapbacked)");
}

TEST_CASE("PageFlagsEra: a version's word has no flag that it lacks",
          "[alloc][page_flags_era]") {
  CHECK(FlagsText(kPageFlagsEra47, kWaiters.With(kWorkingset)) == "0x0()");
  CHECK(FlagsText(kPageFlagsEra510, kWaiters.With(kWorkingset)) ==
        "0xc0(waiters|workingset)");
  CHECK(FlagsText(kPageFlagsEra510, kHwpoison.With(kYoung).With(kIdle)) ==
        "0x3800000(hwpoison|young|idle)");
  // 6.12 has a page type instead of a flag.
  CHECK(WordOf(kPageFlagsEra612, kSlab) == 0);
  CHECK(FlagsWord(kSlab.With(kHead), NodeId(0), 0, kNoFields) == 0x40);
}

TEST_CASE("PageFlagsEra: 6.12 is what PageFlags prints",
          "[alloc][page_flags_era]") {
  CHECK(TextOf(kPageFlagsEra612, 0x17ffffc0020038) ==
        "0x17ffffc0020038(uptodate|dirty|lru|swapbacked|node=0|zone=2|"
        "lastcpupid=0x1fffff)");
}

}  // namespace
}  // namespace pagelab
