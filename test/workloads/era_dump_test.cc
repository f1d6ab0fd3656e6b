// Records of other kernel versions, read back.

#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"
#include "pagelab/workloads/trace_owners/owner_dump_reader.h"

namespace pagelab {
namespace {

TEST_CASE("OwnerDumpReader: records of 4.7 to 6.12",
          "[workloads][owner_dump_reader]") {
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

}  // namespace
}  // namespace pagelab
