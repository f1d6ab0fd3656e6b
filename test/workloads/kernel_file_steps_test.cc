// The steps of files, pipes and sockets: what they are written like, what they
// refuse, and that they leave nothing behind.

#include <string>

#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

MachineConfig Larger() {
  MachineConfig config = SmallMachine();
  config.memory_map = {{.range = {0x100000, 0x8100000}}};
  return config;
}

std::string Steps(const std::string& steps) {
  return R"({"tasks": [{"name": "app", "steps": [)" + steps + "]}]}";
}

// What is wrong with a scenario of that step.
std::string Refused(const std::string& step) {
  const auto scenario = ParseScenario("x.json", Steps(step));
  return scenario.ok() ? "nothing" : std::string(scenario.status().message());
}

uint64_t Vmstat(RunWorld& world, const std::string& name) {
  const std::string text = KernelFile(world.machine(), "/proc/vmstat");
  const size_t at = ("\n" + text).find("\n" + name + " ");
  REQUIRE(at != std::string::npos);
  return std::stoull(text.substr(at + name.size() + 1));
}

TEST_CASE("File steps: what is made is all gone in the end",
          "[workloads][file_steps]") {
  RunWorld world(Larger());
  const RunReport report = world.MustRun(Steps(R"(
      {"write_file": {"as": "src", "files": "100 files of 20k"}},
      {"write_file": {"as": "big", "size": "30M", "chunk": "128K"}},
      {"read_file": {"file": "src"}},
      {"read_file": {"file": "big", "order": "random", "count": 500}},
      {"read_file": {"as": "disk", "size": "10M"}},
      {"write_file": {"as": "shm", "files": "10 files of 1M", "fs": "tmpfs"}},
      {"fallocate": {"as": "segment", "size": "4M"}},
      {"fallocate": {"file": "segment", "offset": "1M", "size": "2M",
                     "punch_hole": true}},
      {"fsync": {"file": "src"}},
      {"wait": "10s"},
      {"truncate": {"file": "big", "size": "1M"}},
      {"unlink": {"file": "src", "count": 50, "pick": "random"}},
      {"unlink": {"file": "src"}}, {"unlink": {"file": "big"}},
      {"unlink": {"file": "disk"}}, {"unlink": {"file": "shm"}},
      {"unlink": {"file": "segment"}})"));
  CHECK(report.counts.failures == 0);
  // 500 + 7,680 + 2,560 + 2,560 + 1,024 pages, and slabs of names and inodes,
  // of which some empty ones are kept.
  const uint64_t slabs = Vmstat(world, "nr_slab_reclaimable") +
                         Vmstat(world, "nr_slab_unreclaimable");
  CHECK(report.counts.pages_allocated > 14'324);
  CHECK(report.counts.pages_allocated < 14'324 + 100);
  CHECK(report.counts.pages_freed + slabs == report.counts.pages_allocated);
  CHECK(Vmstat(world, "nr_file_pages") == 0);
  CHECK(Vmstat(world, "nr_shmem") == 0);
  CHECK(Vmstat(world, "nr_dirty") == 0);
  CHECK(Vmstat(world, "nr_writeback") == 0);
  CHECK(Vmstat(world, "nr_zone_write_pending") == 0);
  CHECK(Vmstat(world, "nr_inactive_file") == 0);
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("File steps: sync and drop_caches empty the page cache",
          "[workloads][file_steps]") {
  RunWorld world(Larger());
  world.MustRun(Steps(R"(
      {"write_file": {"as": "log", "size": "4M"}},
      {"drop_caches": {"what": "pagecache"}})"));
  CHECK(Vmstat(world, "nr_file_pages") == 1024);
  CHECK(Vmstat(world, "nr_dirty") == 1024);
  RunWorld synced(Larger());
  synced.MustRun(Steps(R"(
      {"write_file": {"as": "log", "size": "4M"}},
      {"sync": {}}, {"drop_caches": {}})"));
  CHECK(Vmstat(synced, "nr_file_pages") == 0);
  CHECK(Vmstat(synced, "nr_written") == 1024);
  CHECK(Vmstat(synced, "drop_pagecache") == 1);
  CHECK(Vmstat(synced, "drop_slab") == 1);
}

TEST_CASE("File steps: a name collects files, a file is written again in place",
          "[workloads][file_steps]") {
  RunWorld world(Larger());
  world.MustRun(Steps(R"(
      {"write_file": {"as": "a", "files": "2 files of 8k"}},
      {"write_file": {"as": "a", "size": "12k"}},
      {"write_file": {"file": "a"}},
      {"write_file": {"file": "a", "offset": "4k", "size": "12k"}})"));
  // 2 + 2 + 3 pages, then each file has 4.
  CHECK(Vmstat(world, "nr_file_pages") == 12);
}

TEST_CASE("File steps: who waits for the disk lets others run",
          "[workloads][file_steps]") {
  RunWorld world(Larger());
  // Two readers of 1,000 pages each, all over their files: 80 ms each on one
  // disk; somebody else is done long before.
  world.MustRun(R"({"tasks": [
      {"name": "reader", "steps": [
        {"read_file": {"as": "one", "size": "100M", "order": "random",
                       "count": 1000}}]},
      {"name": "other", "steps": [
        {"mmap": {"as": "heap", "size": "4M"}}, {"fault": {"area": "heap"}},
        {"capture": "filled"}]}]})");
  REQUIRE(world.report().captures.size() == 1);
  const uint64_t begin = world.report().begin.value();
  CHECK(world.report().end.value() - begin > 70'000'000);
  CHECK(world.report().captures[0].when.value() - begin < 20'000'000);
}

TEST_CASE("File steps: the same run twice gives the same bytes",
          "[workloads][file_steps]") {
  const std::string scenario = Steps(R"(
      {"write_file": {"as": "src", "files": "50 files of 40k"}},
      {"read_file": {"file": "src", "order": "random", "count": 300}},
      {"net_rx": {"as": "rx", "packets": 2000, "leak": 0.01, "backlog": 50}},
      {"unlink": {"file": "src", "pick": "random", "count": 20}})");
  RunWorld one(Larger());
  RunWorld two(Larger());
  one.MustRun(scenario);
  two.MustRun(scenario);
  CHECK(one.Dump() == two.Dump());
}

TEST_CASE("File steps: what does not fit together is refused",
          "[workloads][file_steps]") {
  CHECK(Refused(R"({"write_file": {"as": "a", "files": "10 files"}})") ==
        "x.json:1:74: tasks[0].steps[0].write_file.files: must be files as in "
        "\"10 files of 4k\": a number up to 10000000, \"files of\", a size of "
        "at most 16TiB, "
        "got \"10 files\"");
  for (const char* wrong :
       {"0 files of 4k", "files of 4k", "x files of 4k", "3 files of 17T",
        "3 files of 4q", "3  files of 1k", "-1 files of 1k", "3 files of "}) {
    CAPTURE(wrong);
    CHECK_THAT(Refused(R"({"write_file": {"as": "a", "files": ")" +
                       std::string(wrong) + "\"}}"),
               ContainsText("must be files as in \"10 files of 4k\""));
  }
  CHECK(Refused(R"({"write_file": {"as": "a", "files": "1 file of 0"}})") ==
        "nothing");
  CHECK_THAT(Refused(R"({"write_file": {"as": "a"}})"),
             ContainsText("new files need \"files\", as in \"10 files of 4k\", "
                          "or the \"size\" of one"));
  CHECK_THAT(Refused(R"({"read_file": {}})"),
             ContainsText("needs \"as\" for new files or \"file\" for "
                          "existing"));
  CHECK_THAT(Refused(R"({"write_file": {"as": "a", "file": "b"}})"),
             ContainsText("\"as\" and \"file\" exclude each other"));
  CHECK_THAT(
      Refused(
          R"({"write_file": {"as": "a", "files": "1 file of 4k", "size": 1}})"),
      ContainsText("\"files\" and \"size\" exclude each other"));
  CHECK_THAT(Refused(R"({"write_file": {"as": "a", "size": "17T"}})"),
             ContainsText("must be at most 16TiB, as a file is, got \"17T\""));
  CHECK_THAT(Refused(R"({"pipe": {"as": "p", "size": "65K"}})"),
             ContainsText("must be a size of at most 64K, as a pipe has room "
                          "for, got \"65K\""));
  CHECK_THAT(Refused(R"({"net_rx": {"as": "r", "packets": 1, "bytes": 9000}})"),
             ContainsText("must be a size of at most 3712 bytes, as fits into "
                          "a page, got 9000"));
  CHECK_THAT(
      Refused(R"({"socket_send": {"as": "s", "kind": "unix", "size": "8K"}})"),
      ContainsText("\"size\" of a UNIX datagram must be at most 7872 bytes"));
}

TEST_CASE("File steps: what is not there is said with its place",
          "[workloads][file_steps]") {
  struct Missing {
    const char* step;
    const char* text;
  };
  for (const Missing& missing :
       {Missing{R"({"read_file": {"file": "nix"}})",
                "there are no files \"nix\": \"write_file\" with \"as\" makes "
                "some"},
        Missing{R"({"unlink": {"file": "nix"}})",
                "there are no files \"nix\": \"write_file\" with \"as\" makes "
                "some"},
        Missing{R"({"pipe_read": {"pipe": "nix"}})",
                "there are no pipes \"nix\": \"pipe\" makes some"},
        Missing{R"({"net_consume": {"queue": "nix"}})",
                "nothing was ever queued as \"nix\": \"net_rx\" and "
                "\"socket_send\" do that"},
        Missing{R"({"write_file": {"as": "d", "size": "4k"}},
                   {"fallocate": {"file": "d"}})",
                "files \"d\" are on ext4, where fallocate(2) takes blocks of "
                "the disk and no memory"}}) {
    CAPTURE(missing.step);
    RunWorld world;
    const absl::Status status = world.Run(Steps(missing.step));
    CHECK_THAT(std::string(status.message()),
               ContainsText("test.json:") && ContainsText(missing.text));
  }
}

}  // namespace
}  // namespace pagelab
