#include "pagelab/owner/dump/dump_field.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "pagelab/base/text.h"
#include "pagelab/test/owner/dump_text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"
#include "pagelab/test/support/heap.h"

namespace pagelab {
namespace {

// A record and its fields.
class Fields {
 public:
  explicit Fields(std::string text) : text_(std::move(text)) {
    size_t taken = 0;
    CAPTURE(text_);
    REQUIRE(parser_.Next(text_, /*last=*/true, record_, taken) ==
            DumpParser::Found::kRecord);
    reader_.Start(record_);
  }

  FieldValue operator[](std::string_view name) {
    const DumpFieldInfo* info = FindDumpField(name);
    REQUIRE(info != nullptr);
    return reader_.Read(info->field);
  }
  std::string Text(std::string_view name) {
    return std::string((*this)[name].text);
  }

 private:
  const std::string text_;
  DumpParser parser_;
  DumpRecord record_;
  FieldReader reader_{uint64_t{100'000'000'000}};
};

}  // namespace

TEST_CASE("FieldReader: all that a record of 6.12 says",
          "[owner][dump_field]") {
  Fields fields{std::string(era_records::k612)};
  CHECK(fields.Text("comm") == "worker-3");
  CHECK(fields["pid"].number == 4711);
  CHECK(fields["tgid"].number == 4700);
  CHECK(fields.Text("memcg") == "app.slice");
  CHECK(fields["order"].number == 0);
  CHECK(fields["pages"].number == 1);
  CHECK(fields["pfn"].number == 0x7a3c1);
  CHECK(fields.Text("gfp") == "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO");
  CHECK(fields.Text("mt") == "Movable");
  CHECK(fields.Text("block") == "Movable");
  CHECK(fields.Text("zone") == "Normal");
  CHECK(fields["node"].number == 0);
  CHECK(fields["ts"].number == 81233445566);
  CHECK(fields["age"].number == 100'000'000'000 - 81233445566);
  CHECK(fields.Text("migrate_reason") == "compaction");
  CHECK(fields.Text("function") == "do_anonymous_page");
  CHECK(fields.Text("module") == "kernel");
  CHECK_FALSE(fields["free_ts"].known);
}

TEST_CASE("FieldReader: what old records do not say is not known",
          "[owner][dump_field]") {
  Fields fields{std::string(era_records::k45)};
  for (std::string_view name : {"comm", "pid", "tgid", "memcg", "ts", "free_ts",
                                "age", "node", "mt", "migrate_reason"}) {
    CAPTURE(name);
    CHECK_FALSE(fields[name].known);
  }
  CHECK(fields.Text("gfp") == "0x24280ca");
  CHECK(fields.Text("zone") == "DMA32");
  CHECK(fields["pfn"].number == 4096);
}

TEST_CASE("FieldReader: stacks that are all different leave little behind",
          "[owner][dump_field]") {
  FieldReader reader;
  DumpParser parser;
  const int64_t before = HeapBytes();
  int64_t most = 0;
  for (uint64_t i = 0; i < 400'000; ++i) {
    std::string frames = " ";
    AppendDecimal(frames, i * 2654435761);
    frames += "_and_a_name_that_is_rather_long+0x1/0x2\n";
    const std::string text = RecordOf({.frames = frames});
    DumpRecord record;
    size_t taken = 0;
    REQUIRE(parser.Next(text, /*last=*/true, record, taken) ==
            DumpParser::Found::kRecord);
    reader.Start(record);
    REQUIRE(reader.Read(DumpField::kAllocator).text == "others");
    most = std::max(most, HeapBytes() - before);
  }
  CHECK(most < int64_t{20} << 20);
}

}  // namespace pagelab
