#include "pagelab/owner/dump/owner_dump_reader.h"

#include <string>
#include <string_view>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"

namespace pagelab {
namespace {

std::string ErrorOf(const std::string& dump) {
  auto input = InputStream::FromString("dump.txt", dump);
  REQUIRE(input.ok());
  OwnerDumpReader reader(**input);
  OwnerDumpRecord record;
  while (reader.Next(record)) continue;
  return std::string(FromAbsl(reader.status().message()));
}

}  // namespace

TEST_CASE("OwnerDumpReader: reads what kernels print",
          "[owner][owner_dump_reader]") {
  // text-formats.md 3: 6.12 with everything, 6.3, 4.7.
  const std::string dump =
      "Page allocated via order 0, mask 0x140dca(GFP_HIGHUSER_MOVABLE|"
      "__GFP_COMP|__GFP_ZERO), pid 4711, tgid 4700 (a), ts 1 (b)), ts "
      "81233445566 ns\n"
      "PFN 0x7a3c1 type Movable Block 977 type CMA Flags 0x17ff(lru)\n"
      " post_alloc_hook+0x10c/0x130\n"
      " nicdrv_poll+0x1b7/0x3d0 [nicdrv]\n"
      "Page has been migrated, last migrate reason: compaction\n"
      "Charged to memcg app.slice\n"
      "\n\n"
      "Page allocated via order 3, mask 0xd20c0(__GFP_IO|__GFP_FS), pid 1, "
      "tgid 1 (swapper/0), ts 120034567 ns, free_ts 0 ns\n"
      "PFN 4104 type Unmovable Block 8 type Unmovable Flags 0x2(slab)\n"
      "Slab cache page\n"
      "\n"
      "Page allocated via order 0, mask 0x24200ca(GFP_HIGHUSER_MOVABLE)\n"
      "PFN 628753 type Movable Block 1228 type Movable Flags 0x1f(lru)\n"
      " [<ffffffff811682c4>] __alloc_pages_nodemask+0x134/0x230\n";
  auto input = InputStream::FromString("dump.txt", dump);
  REQUIRE(input.ok());
  OwnerDumpReader reader(**input);
  OwnerDumpRecord record;
  REQUIRE(reader.Next(record));
  CHECK(record.line == 1);
  CHECK(record.pfn == Pfn(0x7a3c1));
  CHECK(record.gfp == Gfp(0x140dca));
  CHECK(record.gfp_names == "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO");
  CHECK(record.pid == 4711);
  CHECK(record.tgid == 4700);
  CHECK(record.comm == "a), ts 1 (b)");
  CHECK(record.ts_nsec == 81233445566);
  CHECK(record.type == "Movable");
  CHECK(record.block_type == "CMA");
  CHECK(record.stack ==
        " post_alloc_hook+0x10c/0x130\n nicdrv_poll+0x1b7/0x3d0 [nicdrv]\n");
  CHECK(record.migrate_reason == "compaction");
  REQUIRE(reader.Next(record));
  CHECK(record.line == 9);
  CHECK(record.order == Order(3));
  CHECK(record.pfn == Pfn(4104));
  CHECK(record.ts_nsec == 120034567);
  CHECK(record.stack.empty());
  REQUIRE(reader.Next(record));
  CHECK(record.line == 13);
  CHECK(record.pid == -1);
  CHECK_FALSE(record.ts_nsec.has_value());
  CHECK(record.comm.empty());
  CHECK_FALSE(reader.Next(record));
  CHECK(reader.status().ok());
}

TEST_CASE("OwnerDumpReader: records of 4.7 to 6.12",
          "[owner][owner_dump_reader]") {
  using namespace era_records;  // NOLINT: nothing but records
  std::string dump;
  for (std::string_view record : {k47, k48, k510, k63, k612}) dump += record;
  auto input = InputStream::FromString("dump.txt", dump);
  REQUIRE(input.ok());
  OwnerDumpReader reader(**input);
  OwnerDumpRecord record;

  REQUIRE(reader.Next(record));
  CHECK(record.pfn == Pfn(628753));
  CHECK(record.gfp_names == "GFP_HIGHUSER_MOVABLE");
  CHECK(record.pid == -1);
  CHECK_FALSE(record.ts_nsec.has_value());
  CHECK(record.migrate_reason == "compaction");

  REQUIRE(reader.Next(record));
  CHECK(record.order == Order(9));
  CHECK(record.migrate_reason == "cma");

  REQUIRE(reader.Next(record));
  CHECK(record.gfp == Gfp(0xa20));
  CHECK(record.block_type == "Movable");
  CHECK(record.stack == " __alloc_pages_nodemask+0x134/0x230\n");

  REQUIRE(reader.Next(record));
  CHECK(record.pfn == Pfn(4104));
  CHECK(record.comm == "swapper/0");
  CHECK(record.ts_nsec == 120034567);

  REQUIRE(reader.Next(record));
  CHECK(record.pfn == Pfn(0x7a3c1));
  CHECK(record.tgid == 4700);
  CHECK(record.migrate_reason == "compaction");

  CHECK_FALSE(reader.Next(record));
  CHECK(reader.status().ok());
}

TEST_CASE("OwnerDumpReader: text around the records is passed over",
          "[owner][owner_dump_reader]") {
  const std::string dump =
      "$ cat page_owner\r\n\n" + std::string(era_records::k612) + "# \n" +
      std::string(era_records::k63) + " a+0x1/0x2\nnr_base_pages: 16\n\n";
  auto input = InputStream::FromString("dump.txt", dump);
  REQUIRE(input.ok());
  OwnerDumpReader reader(**input);
  OwnerDumpRecord record;
  REQUIRE(reader.Next(record));
  CHECK(record.line == 3);
  REQUIRE(reader.Next(record));
  CHECK(record.line == 14);
  CHECK_FALSE(reader.Next(record));
  CHECK(reader.status().ok());
}

TEST_CASE("OwnerDumpReader: dumps longer than what is read at once",
          "[owner][owner_dump_reader]") {
  std::string dump;
  size_t records = 0;
  for (; dump.size() < 3'000'000; ++records) dump += era_records::k612;
  auto input = InputStream::FromString("dump.txt", dump);
  REQUIRE(input.ok());
  OwnerDumpReader reader(**input);
  OwnerDumpRecord record;
  for (size_t i = 0; i < records; ++i) {
    REQUIRE(reader.Next(record));
    REQUIRE(record.line == 1 + 10 * i);
    REQUIRE(record.migrate_reason == "compaction");
  }
  CHECK_FALSE(reader.Next(record));
  CHECK(reader.status().ok());
}

TEST_CASE("OwnerDumpReader: says where a dump makes no sense",
          "[owner][owner_dump_reader]") {
  const std::string good(era_records::k612);
  CHECK(ErrorOf("") ==
        "dump.txt:1:1: no page_owner record; expected \"Page allocated via "
        "order ...\"");
  CHECK(ErrorOf("\n\njunk\n") == ErrorOf(""));
  const std::string what_header =
      "expected \"Page allocated via order N, mask 0xN(names), ...\"";
  CHECK(ErrorOf(good + "Page allocated via order 21, mask 0x0()\n\n") ==
        "dump.txt:11:1: order 21 is above 20");
  CHECK(ErrorOf(good + "\nPage allocated via order 11, mask 0x0()\nPFN 1 "
                       "type Movable Block 0 type Movable Flags 0x0()\n\n") ==
        "dump.txt:12:1: expected an order of at most 10");
  CHECK(ErrorOf("x" + good) == "dump.txt:2:1: " + what_header);
  CHECK(ErrorOf("Page allocated via order 1, mask 0x0()\n\n") ==
        "dump.txt:1:1: expected \"PFN N ...\" behind its first line");
  CHECK(ErrorOf("Page allocated via order 1, mask 0x0()\nPFN 5 x\n\n") ==
        "dump.txt:2:1: expected \"PFN 0xN type T Block N type T Flags ...\"");
  CHECK(ErrorOf(good + good.substr(0, 300)) == "dump.txt:11:1: it is cut off");
  std::string endless = good.substr(0, good.size() - 1);
  while (endless.size() < 1'000'000) endless += " frame+0x1/0x2\n";
  CHECK(ErrorOf(endless) == "dump.txt:1:1: no kernel prints records that long");
  CHECK(ErrorOf(good + std::string(5'000'000, 'x')) ==
        "dump.txt:11:1: no line of a dump is that long");
}

}  // namespace pagelab
