// Limits of memory cgroups, and what they count.

#include <string>

#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"

namespace pagelab {
namespace {

const MemcgAccount& AccountOf(Machine& machine, std::string_view name) {
  const auto memcg = machine.memcgs().FindOnline(name);
  REQUIRE(memcg.has_value());
  return machine.memcgs().account(*memcg);
}

// Pages of user and kernel memory whose word names the cgroup.
struct Recount {
  int64_t user = 0;
  int64_t kernel = 0;
};
Recount CountPages(Machine& machine, std::string_view name) {
  Recount count;
  const PhysicalMemory& memory = machine.memory();
  for (uint64_t pfn = 256; pfn < 0x1100; ++pfn) {
    const Page* page = memory.PageAt(Pfn(pfn));
    if (page->state != PageState::kAllocated) continue;
    const MemcgWord word = page->memcg();
    if (!word.charged() || machine.memcgs().Memcg(word.memcg()).name != name) {
      continue;
    }
    const auto pages = static_cast<int64_t>(page->order().pages());
    if (MemcgUseOf(word) == MemcgUse::kUser) count.user += pages;
    if (MemcgUseOf(word) == MemcgUse::kKernel) count.kernel += pages;
  }
  return count;
}

TEST_CASE("Memcg: the account is what the pages say",
          "[workloads][memcg][kernel]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "app", "steps": [
    {"mmap": {"as": "heap", "size": "2M"}},
    {"fault": {"area": "heap", "size": "1M"}},
    {"fork": {"as": "kids", "count": 2}},
    {"madvise": {"area": "heap", "advice": "dontneed", "stride": 3}},
    {"alloc": {"call": "pipe_write", "count": 5}}]}]})");
  const MemcgAccount& account = AccountOf(world.machine(), "app");
  const Recount pages = CountPages(world.machine(), "app");
  CHECK(account.user == pages.user);
  CHECK(account.kernel == pages.kernel);
  // The parent's pages are shared with the children, and so still there.
  CHECK(account.user == 256);
  CHECK(account.anon == 256);
  // Page tables of three processes, top-level ones of two, five pipe buffers.
  CHECK(account.kernel == 3 + 2 * 2 + 5);
  CHECK(account.usage() >= 256 + 12);
  CHECK(KernelFile(world.machine(), "/sys/fs/cgroup/app/memory.current") ==
        std::to_string(account.usage() * 4096) + "\n");
}

TEST_CASE("Memcg: slab objects are charged by the object, with their payer",
          "[workloads][memcg][kernel]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [
    {"name": "a", "memcg": "one", "steps": [
      {"kmalloc": {"size": 256, "count": 4, "kind": "account", "as": "o"}}]},
    {"name": "b", "memcg": "two", "start": "1ms", "steps": [
      {"kmalloc": {"size": 256, "count": 3, "kind": "account", "as": "p"}},
      {"kmalloc": {"size": 256, "count": 9, "as": "q"}},
      {"kfree": {"handle": "p", "count": 1}}]}]})");
  // One slab for both; each object with a pointer to its payer.
  CHECK(AccountOf(world.machine(), "one").slab_bytes == 4 * 264);
  CHECK(AccountOf(world.machine(), "two").slab_bytes == 2 * 264);
  CHECK(AccountOf(world.machine(), "two").usage() == 1);
  CHECK(RecordsWith(world.Dump(), "Slab cache page") == 1);
}

TEST_CASE("Memcg: over its limit a cgroup swaps its own memory out",
          "[workloads][memcg][kernel]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [
    {"name": "other", "memcg": "other", "steps": [
      {"mmap": {"as": "heap", "size": "1M"}},
      {"fault": {"area": "heap"}}]},
    {"name": "t", "memcg": "app", "start": "10ms", "steps": [
      {"swapon": {"size": "8M"}},
      {"memcg": {"name": "app", "max": "1M"}},
      {"mmap": {"as": "heap", "size": "3M"}},
      {"fault": {"area": "heap"}}]}]})");
  const MemcgAccount& account = AccountOf(world.machine(), "app");
  CHECK(account.usage() <= 256);
  CHECK(account.peak <= 257);
  CHECK(account.event(MemcgEvent::kMax) > 0);
  CHECK(account.event(MemcgEvent::kOom) == 0);
  // 768 pages were written to, and what is not there is swapped out.
  CHECK(world.machine().state().events.count(VmEvent::kPswpout) ==
        768 - static_cast<uint64_t>(account.user));
  CHECK(AccountOf(world.machine(), "other").user == 256);
  CHECK(CountPages(world.machine(), "app").user == account.user);
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("Memcg: without swap the largest process of the cgroup dies",
          "[workloads][memcg][kernel]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [
    {"name": "small", "memcg": "app", "steps": [
      {"memcg": {"name": "app", "max": "2M"}},
      {"mmap": {"as": "heap", "size": "512K"}},
      {"fault": {"area": "heap"}}]},
    {"name": "outside", "start": "1ms", "steps": [
      {"mmap": {"as": "heap", "size": "4M"}},
      {"fault": {"area": "heap"}}]},
    {"name": "large", "memcg": "app", "start": "100ms", "steps": [
      {"mmap": {"as": "heap", "size": "3M"}},
      {"fault": {"area": "heap"}}]}]})");
  const MemcgAccount& account = AccountOf(world.machine(), "app");
  CHECK(account.event(MemcgEvent::kOom) == 1);
  CHECK(account.event(MemcgEvent::kOomKill) == 1);
  CHECK(world.machine().state().events.count(VmEvent::kOomKill) == 1);
  // What is left is the small one's.
  CHECK(account.user == 128);
  const std::string log = KernelFile(world.machine(), "dmesg");
  CHECK_THAT(log, ContainsText("oom-kill:constraint=CONSTRAINT_MEMCG"));
  CHECK_THAT(log, ContainsText("Memory cgroup out of memory: Killed process "));
  CHECK_THAT(log, ContainsText("(large) total-vm:3072kB, anon-rss:15"));
  CHECK_THAT(KernelFile(world.machine(), "/sys/fs/cgroup/app/memory.events"),
             ContainsText("oom 1\noom_kill 1\n"));
}

TEST_CASE("Memcg: a limit below the usage brings the usage below it",
          "[workloads][memcg][kernel]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "app", "steps": [
      {"swapon": {"size": "8M"}},
      {"mmap": {"as": "heap", "size": "2M"}},
      {"fault": {"area": "heap"}},
      {"memcg": {"name": "app", "max": "1M", "high": "512K"}}]}]})");
  const MemcgAccount& account = AccountOf(world.machine(), "app");
  CHECK(account.usage() <= 128);
  CHECK(account.event(MemcgEvent::kHigh) == 1);
  CHECK(KernelFile(world.machine(), "/sys/fs/cgroup/app/memory.max") ==
        "1048576\n");
  CHECK(KernelFile(world.machine(), "/sys/fs/cgroup/app/memory.high") ==
        "524288\n");
}

TEST_CASE("Memcg: a removed cgroup is dying as long as something is charged",
          "[workloads][memcg][kernel]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "job", "steps": [
      {"alloc": {"call": "filemap_read", "count": 3, "as": "cache"}},
      {"memcg_offline": "job"}]}]})");
  CHECK(KernelFile(world.machine(), "/sys/fs/cgroup/cgroup.stat") ==
        "nr_descendants 0\nnr_dying_descendants 1\n");
  const auto file = world.machine().File("/sys/fs/cgroup/job/memory.current");
  CHECK_THAT(std::string(file.status().message()),
             ContainsText("no memory cgroup \"job\" is online"));
}

TEST_CASE("Memcg: files of a cgroup that are not there say what is",
          "[workloads][memcg][kernel]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "app", "steps": [
      {"alloc": {"call": "filemap_read", "count": 3}}]}]})");
  const auto file = world.machine().File("/sys/fs/cgroup/app/memory.curent");
  CHECK_THAT(std::string(file.status().message()),
             ContainsText("no file \"memory.curent\" in a memory cgroup"));
  CHECK_THAT(std::string(file.status().message()),
             ContainsText("memory.current"));
  CHECK(KernelFile(world.machine(), "/sys/fs/cgroup/app/memory.stat") ==
        "anon 0\nfile 12288\nkernel 0\nslab 0\n");
  CHECK(KernelFile(world.machine(), "/sys/fs/cgroup/app/memory.max") ==
        "max\n");
}

}  // namespace
}  // namespace pagelab
