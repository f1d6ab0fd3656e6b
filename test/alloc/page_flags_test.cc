#include "pagelab/alloc/page_flags.h"

#include <string>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/zone.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

// The recorded build, and the two builds of the composed examples of
// text-formats.md 1.3.
constexpr PageFlagsLayout kRecorded;
constexpr PageFlagsLayout kCommon = {
    .node_width = 10, .zone_width = 3, .lastcpupid_width = 21};
constexpr PageFlagsLayout kNoNuma = {
    .node_width = 0, .zone_width = 2, .lastcpupid_width = 0};
constexpr PageFlagsLayout kNoFields = {
    .node_width = 0, .zone_width = 0, .lastcpupid_width = 0};

std::string TextOf(uint64_t word, const PageFlagsLayout& layout) {
  std::string out;
  AppendFlagsWord(out, word, layout);
  return out;
}

TEST_CASE("PageFlags: words of the recorded build", "[alloc][page_flags]") {
  CHECK(TextOf(0x1fffc0000020028, kRecorded) ==
        "0x1fffc0000020028(uptodate|lru|swapbacked|node=0|zone=1|"
        "lastcpupid=0x3fff)");
  CHECK(TextOf(0x1fffc00000e0868, kRecorded) ==
        "0x1fffc00000e0868(uptodate|lru|owner_2|head|swapbacked|unevictable|"
        "mlocked|node=0|zone=1|lastcpupid=0x3fff)");
  CHECK(TextOf(0x1fffc0000014230, kRecorded) ==
        "0x1fffc0000014230(dirty|lru|workingset|private|reclaim|node=0|zone=1|"
        "lastcpupid=0x3fff)");
}

TEST_CASE("PageFlags: words of other builds", "[alloc][page_flags]") {
  CHECK(TextOf(0x17ffffc0000000, kCommon) ==
        "0x17ffffc0000000(node=0|zone=2|lastcpupid=0x1fffff)");
  CHECK(TextOf(0x17ffffc0020038, kCommon) ==
        "0x17ffffc0020038(uptodate|dirty|lru|swapbacked|node=0|zone=2|"
        "lastcpupid=0x1fffff)");
  CHECK(TextOf(0x8000000000000000, kNoNuma) == "0x8000000000000000(zone=2)");
  CHECK(TextOf(0, kNoFields) == "0x0()");
}

TEST_CASE("PageFlags: names come in the kernel's print order",
          "[alloc][page_flags]") {
  CHECK(TextOf(0xffffff, kNoFields) ==
        "0xffffff(locked|waiters|referenced|uptodate|dirty|lru|active|"
        "workingset|owner_priv_1|owner_2|arch_1|reserved|private|private_2|"
        "writeback|head|reclaim|swapbacked|unevictable|mlocked|hwpoison|idle|"
        "young|arch_2)");
}

TEST_CASE("PageFlags: composing a word puts the fields at the top",
          "[alloc][page_flags]") {
  const PageFlags flags =
      page_flag::kUptodate.With(page_flag::kLru).With(page_flag::kSwapbacked);
  CHECK(FlagsWord(flags, NodeId(0), 1, kRecorded) == 0x1fffc0000020028);
  CHECK(FlagsWord(PageFlags(), NodeId(0), 2, kCommon) == 0x17ffffc0000000);
  CHECK(FlagsWord(PageFlags(), NodeId(0), 2, kNoNuma) == 0x8000000000000000);
  CHECK(FlagsWord(flags, NodeId(0), 2, kNoFields) == flags.value());
  const uint64_t second_node = FlagsWord(PageFlags(), NodeId(3), 1, kRecorded);
  CHECK(TextOf(second_node, kRecorded) ==
        "0xdfffc0000000000(node=3|zone=1|lastcpupid=0x3fff)");
}

TEST_CASE("PageFlags: with, without and has", "[alloc][page_flags]") {
  const PageFlags both = page_flag::kHead.With(page_flag::kReserved);
  CHECK(both.Has(page_flag::kHead));
  CHECK_FALSE(both.Has(page_flag::kHead.With(page_flag::kLru)));
  CHECK(both.Without(page_flag::kHead) == page_flag::kReserved);
}

TEST_CASE("ZoneType: names are the kernel's", "[alloc][zone]") {
  CHECK(ToString(ZoneType::kDma) == "DMA");
  CHECK(ToString(ZoneType::kDma32) == "DMA32");
  CHECK(ToString(ZoneType::kNormal) == "Normal");
  CHECK(ToString(ZoneType::kMovable) == "Movable");
}

TEST_CASE("Task: comm keeps fifteen characters", "[alloc][execution_context]") {
  Task task;
  CHECK(task.comm_text() == "");
  task.set_comm("pipe(worker)");
  CHECK(task.comm_text() == "pipe(worker)");
  task.set_comm("a name that is too long");
  CHECK(task.comm_text() == "a name that is ");
  task.set_comm("sh");
  CHECK(task.comm_text() == "sh");
}

}  // namespace
}  // namespace pagelab
