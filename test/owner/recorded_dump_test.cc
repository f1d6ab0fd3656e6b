// Records of a real 6.12 kernel, taken apart and printed again. The data: every
// 400th record of each dump in real-linux, and the first of each mask, order,
// flags word, pair of types and migrated page.

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/owner/dump/dump_parser.h"
#include "pagelab/owner/dump/print_record.h"
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

}  // namespace

TEST_CASE("RecordFormatter: recorded records come out as they went in",
          "[owner][record_formatter]") {
  const std::string recorded = ReadData("page_owner_records.txt.xz");
  DumpParser parser;
  DumpRecord record;
  RecordPrinter printer({});
  size_t records = 0;
  size_t taken = 0;
  for (std::string_view rest = recorded; !rest.empty(); ++records) {
    REQUIRE(parser.Next(rest, /*last=*/true, record, taken) ==
            DumpParser::Found::kRecord);
    const auto values = ParseValues(record, kOwnerText612);
    REQUIRE(values.ok());
    std::string printed;
    printer.Append(printed, *values);
    if (printed != record.text) CHECK(printed == std::string(record.text));
    rest.remove_prefix(taken);
  }
  CHECK(records == 2822);
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
