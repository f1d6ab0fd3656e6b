#include "pagelab/owner/memcg_line.h"

#include <string>
#include <vector>

#include "pagelab/owner/dump_writer.h"
#include "pagelab/test/owner/owner_fixture.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

class Memcgs final : public MemcgSource {
 public:
  MemcgView Memcg(uint32_t memcg) const override { return views[memcg]; }
  std::vector<MemcgView> views;
};

std::string LineOf(MemcgWord word, const Memcgs& memcgs) {
  std::string line;
  AppendMemcgLine(line, word, memcgs);
  return line;
}

TEST_CASE("MemcgLine: what a page's word says", "[owner][memcg]") {
  // page-ext-owner-depot.md 6.4.
  Memcgs memcgs;
  memcgs.views = {{"app.slice", true}, {"job-7", false}};
  CHECK(LineOf(MemcgWord(), memcgs).empty());
  CHECK(LineOf(MemcgWord::User(0), memcgs) == "Charged to memcg app.slice\n");
  CHECK(LineOf(MemcgWord::User(1), memcgs) ==
        "Charged to offline memcg job-7\n");
  CHECK(LineOf(MemcgWord::Kernel(0), memcgs) ==
        "Charged (via objcg) to memcg app.slice\n");
  CHECK(LineOf(MemcgWord::Kernel(1), memcgs) ==
        "Charged (via objcg) to offline memcg job-7\n");
  CHECK(LineOf(MemcgWord::Slab(1), memcgs) == "Slab cache page\n");
}

TEST_CASE("MemcgLine: at most 79 characters of a name", "[owner][memcg]") {
  const std::string name79(79, 'a');
  const std::string name80(80, 'a');
  Memcgs memcgs;
  memcgs.views = {{name79, true}, {name80, true}};
  const std::string line = "Charged to memcg " + name79 + "\n";
  CHECK(LineOf(MemcgWord::User(0), memcgs) == line);
  CHECK(LineOf(MemcgWord::User(1), memcgs) == line);
}

TEST_CASE("MemcgLine: a dump says who pays, as it is now", "[owner][memcg]") {
  for (std::string_view version : {"5.10", "6.3", "6.12"}) {
    CAPTURE(version);
    OwnerOptions options;
    options.profile.text = FindOwnerTextProfile(version);
    OwnerFixture machine(options);
    REQUIRE(machine.Boot().ok());
    machine.CallFrom("once+0x10/0x20");
    const Pfn pfn = machine.Alloc(gfp::kHighuserMovable, 0);
    machine.kernel.memory->PageAt(pfn)->set_memcg(MemcgWord::User(0));
    Memcgs memcgs;
    memcgs.views = {{"app.slice", true}};
    DumpWriter writer(machine.owner, {}, &memcgs);
    const auto dump = [&] {
      StringOutput out;
      REQUIRE(writer.Write(out).ok());
      return out.text();
    };
    const std::string online =
        " once+0x10/0x20\nCharged to memcg app.slice\n\n";
    // Cgroups came to the records in 5.18.
    CHECK((dump().find(online) != std::string::npos) == (version != "5.10"));
    memcgs.views[0].online = false;
    CHECK((dump().find("\nCharged to offline memcg app.slice\n\n") !=
           std::string::npos) == (version != "5.10"));
    // Nobody else is charged, and nobody asks without a table.
    CHECK(machine.WriteAll().find("Charged") == std::string::npos);
    CHECK(dump().find("Charged") == dump().rfind("Charged"));
  }
}

}  // namespace
}  // namespace pagelab
