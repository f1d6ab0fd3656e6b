#include "pagelab/sim/memcg_table.h"

#include "pagelab/alloc/verify.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

Machine BootTracking() {
  MachineConfig config;
  config.name = "small";
  config.memory_map = {{.range = {0x100000, 0x1100000}}};
  config.command_line = "page_owner=on";
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  REQUIRE(machine.ok());
  return *std::move(machine);
}

std::string DumpOf(Machine& machine) {
  auto file = machine.File("/sys/kernel/debug/page_owner");
  REQUIRE(file.ok());
  StringOutput out;
  REQUIRE((*file)->Dump(out).ok());
  return out.text();
}

TEST_CASE("MemcgTable: a name is one cgroup until it is removed",
          "[sim][memcg]") {
  MemcgTable table;
  const uint32_t app = table.FindOrMake("app.slice");
  const uint32_t job = table.FindOrMake("job-7");
  CHECK(app != job);
  CHECK(table.FindOrMake("app.slice") == app);
  CHECK(table.SetOffline("job-7"));
  CHECK_FALSE(table.SetOffline("job-7"));
  CHECK_FALSE(table.SetOffline("nobody"));
  CHECK(table.Memcg(app).online);
  CHECK_FALSE(table.Memcg(job).online);
  CHECK(table.Memcg(job).name == "job-7");
  // The next of that name is another one.
  const uint32_t again = table.FindOrMake("job-7");
  CHECK(again != job);
  CHECK(table.Memcg(again).online);
  CHECK(table.size() == 3);
}

TEST_CASE("MemcgTable: pages are charged by what they are", "[sim][memcg]") {
  const PageFlags user = page_flag::kLru.With(page_flag::kUptodate);
  CHECK(MemcgUseOf(user, gfp::kHighuserMovable) == MemcgUse::kUser);
  CHECK(MemcgUseOf(PageFlags(), gfp::kKernelAccount) == MemcgUse::kKernel);
  CHECK(MemcgUseOf(PageFlags(), gfp::kKernel) == MemcgUse::kNone);
  CHECK(MemcgUseOf(page_flag::kSlab, gfp::kKernel) == MemcgUse::kSlab);
  CHECK(MemcgWordFor(MemcgUse::kUser, 2) == MemcgWord::User(2));
  CHECK(MemcgWordFor(MemcgUse::kKernel, 2) == MemcgWord::Kernel(2));
  CHECK(MemcgWordFor(MemcgUse::kSlab, 2) == MemcgWord::Slab(2));
  CHECK_FALSE(MemcgWordFor(MemcgUse::kNone, 2).charged());
}

TEST_CASE("MemcgTable: comes back with a checkpoint, and so do the charges",
          "[sim][memcg]") {
  Machine machine = BootTracking();
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  Page* page = machine.AllocPages(context, gfp::kHighuserMovable, Order(0));
  REQUIRE(page != nullptr);
  page->set_memcg(MemcgWord::User(machine.memcgs().FindOrMake("app.slice")));
  const std::string before = DumpOf(machine);
  CHECK_THAT(before, ContainsText("\nCharged to memcg app.slice\n\n"));

  const Machine::CheckpointPtr checkpoint = machine.Save();
  REQUIRE(machine.memcgs().SetOffline("app.slice"));
  page->set_memcg(MemcgWord::Kernel(machine.memcgs().FindOrMake("other")));
  CHECK_THAT(DumpOf(machine),
             ContainsText("\nCharged (via objcg) to memcg other\n\n"));
  page->set_memcg(MemcgWord::User(0));
  CHECK_THAT(DumpOf(machine),
             ContainsText("\nCharged to offline memcg app.slice\n\n"));

  machine.Restore(*checkpoint);
  CHECK(machine.memcgs().size() == 1);
  CHECK(DumpOf(machine) == before);
  CHECK(Verify(machine.state()).empty());
}

}  // namespace
}  // namespace pagelab
