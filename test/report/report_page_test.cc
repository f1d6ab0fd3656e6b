#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "pagelab/base/gzip_text.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/report/page/column_writer.h"
#include "pagelab/report/page/frame_chunks.h"
#include "pagelab/report/page/page_blocks.h"
#include "pagelab/report/page/write_page.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

std::string Unpacked(std::string gzip) {
  auto input = InputStream::FromString("gzip", std::move(gzip));
  REQUIRE(input.ok());
  std::string out;
  for (;;) {
    char piece[4096];
    const auto got = (*input)->Read(absl::MakeSpan(piece));
    REQUIRE(got.ok());
    if (*got == 0) return out;
    out.append(piece, *got);
  }
}

// What a section of the page holds; empty: there is none.
std::string Section(std::string_view page, std::string_view name) {
  const std::string mark = "data-name=\"" + std::string(name) + "\">";
  const size_t at = page.find(mark);
  if (at == page.npos) return {};
  const size_t begin = at + mark.size();
  std::string gzip;
  REQUIRE(absl::Base64Unescape(
      ToAbsl(page.substr(begin, page.find('<', begin) - begin)), &gzip));
  return Unpacked(std::move(gzip));
}

std::vector<std::vector<uint64_t>> Columns(std::string_view bytes) {
  size_t at = 0;
  const auto next = [&] {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes[at++]);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  };
  std::vector<std::vector<uint64_t>> columns(next());
  for (auto& column : columns) {
    column.resize(next());
    for (uint64_t& value : column) value = next();
  }
  CHECK(at == bytes.size());
  return columns;
}

std::string Record(uint64_t pfn, int order, std::string_view comm,
                   std::string_view type, uint64_t ts) {
  std::string text = "Page allocated via order " + std::to_string(order) +
                     ", mask 0xcc0(GFP_KERNEL), pid 5, tgid 4 (" +
                     std::string(comm) + "), ts " + std::to_string(ts) +
                     " ns\nPFN 0x";
  AppendHex(text, pfn);
  return text + " type " + std::string(type) + " Block " +
         std::to_string(pfn >> 9) +
         " type Movable Flags 0x0(node=0|zone=1|lastcpupid=0x7)\n"
         " __alloc_pages+0x1/0x2\n " +
         (type == "Movable" ? "fault" : "leak") + "+0x3/0x4 [mod]\n\n";
}

MemoryPicture PictureWith(const TemporaryDirectory& directory,
                          const std::string& dump) {
  MemoryPicture picture;
  picture.title = "a <b> & \"c\"";
  picture.owners = RereadableText::OfFile(directory.WriteFile("dump", dump));
  picture.now = 5'000;
  return picture;
}

std::string PageOf(const MemoryPicture& picture,
                   const PageOptions& options = {}) {
  StringOutput out;
  REQUIRE(WritePage(picture, options, out).ok());
  return out.text();
}

TEST_CASE("Report page: gzip gives what it got, and the same bytes again",
          "[report][page]") {
  std::string text;
  for (uint64_t i = 0; i < 100'000; ++i) text += std::to_string(i * i);
  CHECK(Unpacked(GzipText(text)) == text);
  CHECK(GzipText(text) == GzipText(text));
  CHECK(GzipText("").size() == 20);
}

TEST_CASE("Report page: columns hold numbers of any size", "[report][page]") {
  ColumnWriter columns(2);
  columns.Add(0, 0);
  columns.Add(0, 127);
  columns.Add(0, 128);
  columns.Add(0, UINT64_MAX);
  columns.AddSigned(1, -1);
  columns.AddSigned(1, 1);
  CHECK(Columns(columns.Take()) ==
        std::vector<std::vector<uint64_t>>{{0, 127, 128, UINT64_MAX}, {1, 2}});
  CHECK(Columns(columns.Take()) == std::vector<std::vector<uint64_t>>{{}, {}});
}

TEST_CASE("Report page: neighbours that differ in their time alone are one run",
          "[report][page]") {
  PageSections sections;
  FrameChunks chunks(sections);
  const uint64_t base = uint64_t{3} << kChunkOrder;
  chunks.Add({.pfn = base + 9, .stack = 1, .ts_nsec = 40});
  chunks.Add({.pfn = base + 2, .stack = 1, .ts_nsec = 10});
  chunks.Add({.pfn = base + 3, .stack = 1, .ts_nsec = 7});
  // Once more: the first one counts.
  chunks.Add({.pfn = base + 3, .stack = 2, .ts_nsec = 8});
  chunks.Add({.pfn = base + 4, .order = 2, .kind = FrameBlock::Kind::kFree});
  chunks.Flush();
  StringOutput out;
  sections.WriteTo(out);
  const auto frames = Columns(Section(out.text(), "frames-3"));
  REQUIRE(frames.size() == 6);
  CHECK(frames[0] == std::vector<uint64_t>{2, 0, 1});
  CHECK(frames[1] == std::vector<uint64_t>{2, 1, 1});
  CHECK(frames[2] == std::vector<uint64_t>{0, 9, 0});
  CHECK(frames[3] == std::vector<uint64_t>{1, 1});
  // 10, 7, 40 as differences.
  CHECK(Columns(Section(out.text(), "times-3"))[0] ==
        std::vector<uint64_t>{20, 5, 66});
}

TEST_CASE("Report page: a block larger than a chunk is in each it covers",
          "[report][page]") {
  PageSections sections;
  FrameChunks chunks(sections);
  chunks.Add({.pfn = 0, .order = kChunkOrder + 1, .stack = 6});
  chunks.Flush();
  StringOutput out;
  sections.WriteTo(out);
  constexpr uint64_t kHead = (kChunkOrder + 1) << 2;
  CHECK(Columns(Section(out.text(), "frames-0"))[2][0] == kHead);
  CHECK(Columns(Section(out.text(), "frames-1"))[2][0] == (kHead | 3));
  CHECK(Section(out.text(), "frames-2").empty());
}

TEST_CASE("Report page: what keeps a pageblock, and who alone does",
          "[report][page]") {
  const TemporaryDirectory directory;
  std::string dump = Record(0x200, 0, "a", "Unmovable", 1'000);
  dump += Record(0x210, 0, "a", "Movable", 3'000);
  dump += Record(0x400, 0, "a", "Movable", 3'000);
  dump += Record(0x600, 9, "a", "Movable", 5'000);
  const std::string page = PageOf(PictureWith(directory, dump));
  const auto meta = nlohmann::json::parse(Section(page, "meta"));
  CHECK(meta["ranges"].dump() == R"([{"count":3,"first":1,"zone":-1}])");
  CHECK(meta["block_states"].dump() == "[0,0,1,1,1,0,0]");
  CHECK(meta["totals"]["records"] == 4);
  CHECK(meta["owners"][0]["name"] == "fault [mod]");
  CHECK(meta["owners"][0]["pages"] == 514);
  // Also of the block that is one huge page.
  CHECK(meta["owners"][0]["in_blocks"] == 3);
  CHECK(meta["totals"]["recorded"] == 515);
  CHECK(meta["owners"][1]["name"] == "leak [mod]");
  CHECK(meta["owners"][1]["compacted_blocks"] == 1);
  CHECK(meta["owners"][1]["blocks"] == 0);
  CHECK(meta["mixed"].size() == 1);
  CHECK(meta["mixed"][0]["owners"][0]["name"] == "leak [mod]");
  CHECK(meta["answer"] ==
        "fault [mod] holds 2 MiB, 100 % of what page_owner recorded.");
  const auto names = nlohmann::json::parse(Section(page, "names"));
  CHECK(names["tasks"].dump() == R"([[5,4,"a"]])");
  CHECK(names["classes"][0]["flags"] == "");
  CHECK(names["stack_owner"].dump() == "[1,0]");
}

TEST_CASE("Report page: names cannot leave their place", "[report][page]") {
  const TemporaryDirectory directory;
  const std::string page = PageOf(PictureWith(
      directory, Record(0x200, 0, "</script>{{REST}}", "Movable", 1)));
  CHECK(page.find("</script>{{REST}}") == page.npos);
  CHECK(page.find("{{") == page.npos);
  CHECK_THAT(page, ContainsText("<title>a &lt;b&gt; &amp; &quot;c&quot;"));
  const auto names = nlohmann::json::parse(Section(page, "names"));
  CHECK(names["tasks"][0][2] == "</script>{{REST}}");
  // Bytes that are no UTF-8 do not stop it.
  CHECK_THAT(Section(PageOf(PictureWith(directory, Record(0x200, 0, "\xff\xfe",
                                                          "Movable", 1))),
                     "names"),
             ContainsText("\xef\xbf\xbd"));
}

TEST_CASE("Report page: who is charged and why it moved, as in a dump's notes",
          "[report][page]") {
  const TemporaryDirectory directory;
  std::string dump = Record(0x200, 0, "app", "Movable", 10);
  dump.insert(dump.size() - 1,
              "Page has been migrated, last migrate reason: compaction\n"
              "Charged (via objcg) to offline memcg job-7\n");
  const auto names = nlohmann::json::parse(
      Section(PageOf(PictureWith(directory, dump)), "names"));
  REQUIRE(names["classes"].size() == 1);
  CHECK(names["classes"][0]["memcg"] == "job-7");
  CHECK(names["classes"][0]["reason"] == "compaction");
}

TEST_CASE("Report page: stacks that name only the allocator are of their task",
          "[report][page]") {
  const TemporaryDirectory directory;
  std::string dump = Record(0x200, 0, "app", "Movable", 1);
  dump += Record(0x201, 1, "other", "Movable", 1);
  const auto own = [&dump] { return dump.find(" fault+0x3/0x4 [mod]\n"); };
  while (own() != dump.npos) dump.erase(own(), 21);
  const std::string page = PageOf(PictureWith(directory, dump));
  const auto meta = nlohmann::json::parse(Section(page, "meta"));
  REQUIRE(meta["owners"].size() == 2);
  CHECK(meta["owners"][0]["name"] == "task other");
  CHECK(meta["owners"][1]["name"] == "task app");
  CHECK_THAT(meta["missing"].dump(), ContainsText("tasks instead of"));
}

TEST_CASE("Report page: frames and times that cannot be are left out",
          "[report][page]") {
  const TemporaryDirectory directory;
  const std::string page = PageOf(
      PictureWith(directory, Record(UINT64_MAX, 0, "a", "Movable", 1) +
                                 Record(0x200, 0, "a", "Movable", UINT64_MAX)));
  const auto meta = nlohmann::json::parse(Section(page, "meta"));
  CHECK(meta["totals"]["recorded"] == 2);
  CHECK(meta["totals"]["movable"] == 1);
  CHECK(meta["ranges"].size() == 1);
  CHECK_THAT(meta["missing"].dump(), ContainsText("1 record names a page"));
  // -1: no time.
  CHECK(Columns(Section(page, "times-0"))[0] == std::vector<uint64_t>{1});
}

TEST_CASE("Report page: without times there are no ages", "[report][page]") {
  const TemporaryDirectory directory;
  MemoryPicture picture =
      PictureWith(directory, Record(0x200, 0, "app", "Movable", 10));
  const auto knows_ages = [&picture] {
    return nlohmann::json::parse(
        Section(PageOf(picture), "meta"))["knows"]["ages"];
  };
  CHECK(knows_ages() == true);
  picture.now = std::nullopt;
  CHECK(knows_ages() == false);
}

TEST_CASE("Report page: a second dump is what was before", "[report][page]") {
  const TemporaryDirectory directory;
  const MemoryPicture picture =
      PictureWith(directory, Record(0x200, 0, "a", "Movable", 1));
  const TemporaryDirectory other;
  PageOptions options;
  options.before = RereadableText::OfFile(
      other.WriteFile("old", Record(0x400, 3, "a", "Movable", 1) +
                                 Record(0x500, 1, "a", "Unmovable", 1)));
  const std::string page = PageOf(picture, options);
  const auto meta = nlohmann::json::parse(Section(page, "meta"));
  CHECK(meta["before_name"] == "old");
  CHECK(meta["owners"].size() == 1);
  const auto names = nlohmann::json::parse(Section(page, "names"));
  CHECK(names["stack_pages"].dump() == "[1,0]");
  CHECK(names["stack_before"].dump() == "[8,2]");
  CHECK(names["stack_owner"].dump() == "[0,-1]");

  options.before = RereadableText::OfFile(other.WriteFile("none", "words\n"));
  StringOutput out;
  CHECK(!WritePage(picture, options, out).ok());
}

TEST_CASE("Report page: pageblocks far from each other have a hole between",
          "[report][page]") {
  PageBlocks blocks(Order(9));
  blocks.AddUsed({.pfn = 0}, {.owner = 0});
  blocks.AddUsed({.pfn = 512 * 100}, {.owner = 0});
  blocks.AddUsed({.pfn = 512 * 1000}, {.owner = 0});
  blocks.Finish();
  REQUIRE(blocks.ranges().size() == 2);
  CHECK(blocks.nr_blocks() == 102);
  CHECK(blocks.CellOf(100) == 100);
  CHECK(blocks.CellOf(101) == -1);
  CHECK(blocks.CellOf(1000) == 101);
}

TEST_CASE("Report page: the same picture gives the same bytes",
          "[report][page]") {
  const TemporaryDirectory directory;
  const MemoryPicture picture =
      PictureWith(directory, Record(0x200, 0, "a", "Movable", 1));
  CHECK(PageOf(picture) == PageOf(picture));
}

}  // namespace
}  // namespace pagelab
