// Records of a real 6.12 kernel, taken apart and printed again. The data: every
// 400th record of each dump in real-linux, and the first of each mask, order,
// flags word, pair of types and migrated page.

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/owner/record_formatter.h"
#include "pagelab/test/owner/owner_fixture.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr std::string_view kDataDir = PAGELAB_TEST_DATA_DIR;

std::string ReadData(std::string_view name) {
  const absl::StatusOr<std::string> text =
      ReadWholeFile(std::string(kDataDir) + "/owner/" + std::string(name));
  REQUIRE(text.ok());
  return *text;
}

std::vector<std::string_view> SplitBlocks(std::string_view text) {
  std::vector<std::string_view> blocks;
  while (!text.empty()) {
    const size_t end = text.find("\n\n");
    blocks.push_back(text.substr(0, end + 2));
    text.remove_prefix(end + 2);
  }
  return blocks;
}

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

Migratetype TypeNamed(std::string_view name) {
  for (int i = 0; i < kMigrateTypes; ++i) {
    if (ToString(static_cast<Migratetype>(i)) == name) {
      return static_cast<Migratetype>(i);
    }
  }
  FAIL("no migratetype " << std::string(name));
  return Migratetype::kUnmovable;
}

// The text of the record again, from the numbers and names in it.
std::string PrintedAgain(RecordFormatter& formatter, std::string_view block) {
  const std::vector<std::string_view> lines = SplitLines(block);
  PageOwnerRecord record{};
  record.last_migrate_reason = -1;
  const std::string header(lines[0]);
  REQUIRE(std::sscanf(header.c_str(),
                      "Page allocated via order %" SCNu16 ", mask 0x%x",
                      &record.order, &record.gfp_mask) == 2);
  REQUIRE(std::sscanf(header.c_str() + header.find("), pid "),
                      "), pid %d, tgid %d", &record.pid, &record.tgid) == 2);
  // Names of tasks may hold parentheses.
  const size_t comm_begin = header.find(" (", header.find(", tgid ")) + 2;
  const size_t comm_end = header.rfind("), ts ");
  std::copy(header.begin() + static_cast<ptrdiff_t>(comm_begin),
            header.begin() + static_cast<ptrdiff_t>(comm_end),
            record.comm.begin());
  REQUIRE(std::sscanf(header.c_str() + comm_end, "), ts %" SCNu64,
                      &record.ts_nsec) == 1);

  uint64_t pfn = 0;
  uint64_t flags = 0;
  char block_type[16] = "";
  REQUIRE(std::sscanf(std::string(lines[1]).c_str(),
                      "PFN 0x%" SCNx64
                      " type %*s Block %*u type %15s Flags 0x%" SCNx64,
                      &pfn, block_type, &flags) == 3);
  std::string stack;
  for (size_t i = 2; i < lines.size(); ++i) {
    if (lines[i].starts_with(' ')) stack += std::string(lines[i]) + "\n";
    if (lines[i].ends_with("reason: compaction")) {
      record.last_migrate_reason = 0;
    }
  }
  const RecordText text{.record = record,
                        .pfn = Pfn(pfn),
                        .pageblock_type = TypeNamed(block_type),
                        .flags_word = flags,
                        .stack = stack};
  std::string out(RecordFormatter::MaxSize(text), '\0');
  out.resize(
      static_cast<size_t>(formatter.Write(out.data(), text) - out.data()));
  return out;
}

}  // namespace

TEST_CASE("RecordFormatter: recorded records come out as they went in",
          "[owner][record_formatter]") {
  const std::string recorded = ReadData("page_owner_records.txt.xz");
  const std::vector<std::string_view> blocks = SplitBlocks(recorded);
  REQUIRE(blocks.size() == 2822);
  RecordFormatter formatter({});
  for (std::string_view block : blocks) {
    const std::string printed = PrintedAgain(formatter, block);
    if (printed != block) CHECK(printed == std::string(block));
  }
}

TEST_CASE("ShowStacks: a recorded file comes out as it went in",
          "[owner][dump_writer]") {
  const std::string recorded = ReadData("show_stacks.txt.xz");
  const std::vector<std::string_view> blocks = SplitBlocks(recorded);
  REQUIRE(blocks.size() == 484);
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  // Last in the file, first counted. All but the dummy stack begin with the
  // allocator's two frames.
  REQUIRE(blocks.back().starts_with(" register_dummy_stack+0x46/0x80\n"));
  const auto pages_of = [](std::string_view block) {
    int pages = 0;
    const std::string count(block.substr(block.find("nr_base_pages")));
    REQUIRE(std::sscanf(count.c_str(), "nr_base_pages: %d", &pages) == 1);
    return pages;
  };
  for (size_t i = blocks.size() - 1; i > 0; --i) {
    const std::string_view block = blocks[i - 1];
    std::vector<std::string_view> frames;
    for (std::string_view line : SplitLines(block)) {
      if (line.starts_with(' ')) frames.push_back(line.substr(1));
    }
    REQUIRE(frames[1] == "__alloc_pages_noprof+0x1ad/0x1160");
    frames.erase(frames.begin(), frames.begin() + 2);
    machine.CallFromStack(frames);
    const Pfn pfn = machine.Alloc(gfp::kKernel, 0);
    machine.depot.SetRefcount(StackHandle(machine.RecordOf(pfn).handle),
                              pages_of(block) + 1);
  }
  machine.depot.SetRefcount(machine.owner.dummy_handle(),
                            pages_of(blocks.back()) + 1);
  const std::string printed = machine.ShowStacks();
  CHECK((printed == recorded));
}

}  // namespace pagelab
