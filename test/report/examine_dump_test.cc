#include "pagelab/report/source/examine_dump.h"

#include <string>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

constexpr const char* kHeader =
    "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (sh), "
    "ts 7 ns\n";
constexpr const char* kFrame = " take+0x3/0x4\n\n";

absl::Status Added(const std::string& text, MemoryPicture& picture) {
  const TemporaryDirectory directory;
  return AddDump(RereadableText::OfFile(directory.WriteFile("dump", text)), {},
                 picture);
}

TEST_CASE("AddDump: no record is another thing than no whole record",
          "[report][source]") {
  MemoryPicture picture;
  CHECK(absl::IsNotFound(Added("words\n", picture)));
  CHECK(absl::IsInvalidArgument(Added(kHeader, picture)));
  CHECK(picture.owners == nullptr);
}

TEST_CASE("AddDump: all records together tell the order of pageblocks",
          "[report][source]") {
  const auto record = [](const std::string& pfn, const std::string& block) {
    return kHeader + ("PFN " + pfn) + " type Movable Block " + block +
           " type Movable Flags 0x0()\n" + kFrame;
  };
  struct Example {
    std::string dump;
    int order;
    bool assumed;
  };
  for (const Example& example : {
           Example{record("0x100", "32"), 3, false},
           // 5 and more, then 6.
           Example{record("0x10", "0") + record("0x40", "1"), 6, false},
           Example{record("0x10", "0"), 9, true},
           // No order of both.
           Example{record("0x100", "32") + record("0x100", "1"), 9, true},
       }) {
    CAPTURE(example.dump);
    MemoryPicture picture;
    REQUIRE(Added(example.dump, picture).ok());
    CHECK(picture.pageblock_order() == Order(example.order));
    CHECK(picture.missing.size() == (example.assumed ? 1 : 0));
  }
  // What is known already counts.
  MemoryPicture known;
  known.told_pageblock_order = Order(4);
  REQUIRE(Added(record("0x10", "0"), known).ok());
  CHECK(known.pageblock_order() == Order(4));
  CHECK(known.missing.empty());
}

}  // namespace
}  // namespace pagelab
