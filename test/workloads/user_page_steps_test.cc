// The steps that use memory, and what page_idle and page_table_check make of
// them.

#include <bit>
#include <string>

#include "pagelab/alloc/verify.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

constexpr const char* kBitmap = "/sys/kernel/mm/page_idle/bitmap";

MachineConfig Checked() {
  MachineConfig config = SmallMachine();
  config.command_line = "page_owner=on page_table_check=on";
  return config;
}

// Steps of one task.
std::string Steps(const std::string& steps) {
  return R"({"tasks": [{"name": "app", "steps": [)" + steps + "]}]}";
}

uint64_t IdlePages(Machine& machine) {
  uint64_t idle = 0;
  for (const char byte : KernelFile(machine, kBitmap)) {
    idle +=
        static_cast<uint64_t>(std::popcount(static_cast<unsigned char>(byte)));
  }
  return idle;
}

// The reports of page_table_check, without pfns.
std::vector<std::string> Bugs(Machine& machine) {
  std::vector<std::string> bugs;
  for (const std::string& line : machine.dmesg()) {
    if (line.find("page_table_check: pfn") == std::string::npos) continue;
    bugs.push_back(line.substr(line.find(", ") + 2));
  }
  return bugs;
}

using Lines = std::vector<std::string>;

constexpr const char* kHeap =
    R"({"alloc": {"call": "handle_mm_fault", "count": 100, "as": "heap"}},)";
constexpr const char* kFiles =
    R"({"alloc": {"call": "filemap_read", "count": 50, "as": "files"}},)";
// 4352 frames are 68 words.
constexpr const char* kMarkIdle =
    R"({"write": {"path": "/sys/kernel/mm/page_idle/bitmap",
                  "hex": "ffffffffffffffff", "times": 68}})";

TEST_CASE("UserPages: marked idle, touched by mapping or system call",
          "[workloads][user_pages]") {
  RunWorld world;
  world.MustRun(Steps(std::string(kHeap) + kFiles + kMarkIdle));
  CHECK(IdlePages(world.machine()) == 150);

  RunWorld used;
  used.MustRun(Steps(std::string(kHeap) + kFiles + kMarkIdle +
                     R"(, {"touch": {"handle": "heap", "count": 30}},
           {"touch": {"handle": "files", "by": "syscall", "count": 20}},
           {"touch": {"handle": "files", "by": "mapping", "count": 5,
                      "pick": "newest"}})"));
  CHECK(IdlePages(used.machine()) == 150 - 30 - 20 - 5);
  CHECK(RecordsWith(used.Dump(), "|idle") > 95);
  CHECK(RecordsWith(used.Dump(), "referenced|") == 20);
}

TEST_CASE("UserPages: a read of part of the bitmap looks at that part",
          "[workloads][user_pages]") {
  const auto flagged = [](const std::string& read) {
    RunWorld world;
    world.MustRun(Steps(std::string(kHeap) + kMarkIdle +
                        R"(, {"touch": {"handle": "heap"}})" + read));
    return RecordsWith(world.Dump(), "|idle");
  };
  CHECK(flagged("") == 100);
  CHECK(flagged(R"(, {"read": "/sys/kernel/mm/page_idle/bitmap"})") == 0);
  CHECK(flagged(R"(, {"read": {"path": "/sys/kernel/mm/page_idle/bitmap",
                               "offset": 8, "length": 8}})") == 100);
}

TEST_CASE("UserPages: Young shields from one pass of reclaim",
          "[workloads][user_pages]") {
  const auto freed = [](const std::string& steps) {
    RunWorld world;
    const uint64_t pages =
        world.MustRun(Steps(std::string(kHeap) + steps)).counts.pages_freed;
    CHECK(Verify(world.machine().state()).empty());
    return pages;
  };
  const std::string shrink = R"({"shrink": {"handle": "heap"}})";
  // All were touched by the fault that made them.
  CHECK(freed(shrink) == 0);
  CHECK(freed(shrink + "," + shrink) == 100);
  // Marking takes the accessed bits away, which reclaim does not notice.
  CHECK(freed(kMarkIdle + ("," + shrink)) == 0);
  CHECK(freed(kMarkIdle + ("," + shrink + "," + shrink)) == 100);
  // Marked twice they are as young as marked once.
  CHECK(freed(std::string(kMarkIdle) + "," + kMarkIdle + "," + shrink) == 0);
  CHECK(freed(shrink + R"(, {"touch": {"handle": "heap", "count": 40}},)" +
              R"({"shrink": {"handle": "heap", "count": 60}})") == 20);
}

TEST_CASE("UserPages: reclaim takes files that are not mapped",
          "[workloads][user_pages]") {
  RunWorld world;
  const RunReport report = world.MustRun(
      Steps(std::string(kFiles) +
            R"({"touch": {"handle": "files", "by": "syscall", "count": 30}},
               {"touch": {"handle": "files", "count": 10, "pick": "newest"}},
               {"shrink": {"handle": "files"}})"));
  CHECK(report.counts.pages_freed == 40);
}

TEST_CASE("UserPages: what the runner maps by itself is fine",
          "[workloads][user_pages]") {
  RunWorld world(Checked());
  world.MustRun(
      Steps(std::string(kHeap) + kFiles +
            R"({"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE|__GFP_COMP", "order": 3,
                    "as": "large"}},
         {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "order": 2, "as": "parts"}},
         {"split": "parts"},
         {"touch": {"handle": "files", "count": 20}},
         {"map": {"handle": "files", "writable": true}},
         {"map": {"handle": "heap"}},
         {"unmap": {"handle": "heap"}},
         {"unmap": {"handle": "files"}},
         {"unmap": {"handle": "heap", "count": 10}},
         {"touch": {"handle": "heap"}},
         {"free": "large"}, {"free": "parts"}, {"free": "heap"},
         {"free": "files"})"));
  CHECK(Bugs(world.machine()) == Lines());
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("UserPages: what a scenario maps wrongly is reported",
          "[workloads][user_pages]") {
  const auto bugs = [](const std::string& steps) {
    RunWorld world(Checked());
    world.MustRun(Steps(
        R"({"alloc": {"call": "handle_mm_fault", "as": "heap"}},
           {"alloc": {"call": "filemap_read", "as": "files"}},)" +
        steps));
    CHECK(Verify(world.machine().state()).empty());
    return Bugs(world.machine());
  };
  CHECK(bugs(R"({"map": {"handle": "heap", "as": "file"}})") ==
        Lines{"anon 1 file 0: mapped as a file while mapped as anonymous"});
  CHECK(bugs(R"({"touch": {"handle": "files"}},
                {"map": {"handle": "files", "as": "anon"}})") ==
        Lines{"anon 0 file 1: mapped as anonymous while mapped as a file"});
  CHECK(bugs(R"({"map": {"handle": "heap", "writable": true}})") ==
        Lines{"anon 1 file 0: a second mapping of an anonymous page is "
              "writable"});
  CHECK(bugs(R"({"unmap": {"handle": "files"}})") ==
        Lines{"anon 0 file 0: unmapped as a file, not mapped"});
  // Somebody else's mapping is left over, and found once.
  CHECK(bugs(R"({"map": {"handle": "heap"}}, {"free": "heap"},
                {"alloc": {"call": "handle_mm_fault", "as": "heap"}})") ==
        Lines{"anon 1 file 0: freed while mapped"});
}

TEST_CASE("UserPages: without page_table_check nobody minds",
          "[workloads][user_pages]") {
  RunWorld world;
  world.MustRun(Steps(std::string(kHeap) +
                      R"({"map": {"handle": "heap", "as": "file"}},
                         {"unmap": {"handle": "heap", "as": "file"}},
                         {"map": {"handle": "heap"}}, {"free": "heap"})"));
  CHECK(Bugs(world.machine()).empty());
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("UserPages: other memory cannot be used by user space",
          "[workloads][user_pages]") {
  RunWorld world;
  const absl::Status status = world.Run(
      Steps(R"({"alloc": {"as": "slab"}}, {"touch": {"handle": "slab"}})"));
  CHECK(FromAbsl(status.message()) ==
        "test.json:1:65: handle \"slab\" has blocks that are no user memory: "
        "pages of a process or a file come with __GFP_MOVABLE in \"gfp\", or "
        "with a \"call\" such as \"handle_mm_fault\" or \"filemap_read\"");
  const absl::Status many =
      world.Run(Steps(R"({"alloc": {"call": "handle_mm_fault", "as": "x"}},
               {"repeat": {"times": 64, "steps": [{"map": {"handle": "x"}}]}})"));
  CHECK_THAT(std::string(many.message()),
             ContainsText("has 63 mappings already"));
}

TEST_CASE("UserPages: errors of a file are those of the step",
          "[workloads][user_pages]") {
  RunWorld world;
  const auto error = [&world](const std::string& step) {
    return std::string(world.Run(Steps(step)).message());
  };
  CHECK_THAT(error(R"({"write": {"path": "/sys/kernel/mm/page_idle/bitmap",
                                 "hex": "ff"}})"),
             ContainsText("EINVAL: offset 0 and length 1"));
  CHECK_THAT(error(R"({"write": {"path": "/sys/kernel/mm/page_idle/bitmap",
                                 "hex": "ffffffffffffffff", "times": 69}})"),
             ContainsText("ENXIO: offset 544"));
  CHECK_THAT(error(R"({"read": {"path": "/sys/kernel/mm/page_idle/bitmap",
                                "offset": 5}})"),
             ContainsText("EINVAL: offset 5"));
  CHECK_THAT(error(R"({"write": {"path": "/proc/buddyinfo", "text": "x"}})"),
             ContainsText("EACCES"));
}

TEST_CASE("UserPages: a write has text or hexadecimal bytes",
          "[workloads][user_pages]") {
  const auto error = [](const std::string& keys) {
    const auto scenario = ParseScenario(
        "s.json", Steps(R"({"write": {"path": "/x")" + keys + "}}"));
    return scenario.ok() ? std::string("fine")
                         : std::string(scenario.status().message());
  };
  CHECK(error(R"(, "hex": "00ffAb")") == "fine");
  CHECK_THAT(error(""), ContainsText("needs \"text\" or \"hex\""));
  CHECK_THAT(error(R"(, "text": "1", "hex": "31")"),
             ContainsText("\"text\" and \"hex\" exclude each other"));
  CHECK_THAT(error(R"(, "hex": "123")"),
             ContainsText("bytes of two hexadecimal digits each"));
  CHECK_THAT(error(R"(, "hex": "0011", "times": 60000000)"),
             ContainsText("a write must be of at most 67108864 bytes"));
}

}  // namespace
}  // namespace pagelab
