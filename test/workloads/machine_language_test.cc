#include "pagelab/workloads/machine_language.h"

#include <string>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/machine_parts.h"

namespace pagelab {
namespace {

std::string ErrorOf(const std::string& text) {
  return std::string(FromAbsl(ParseMachine("m.json", text).status().message()));
}

MachineConfig Parsed(const std::string& text) {
  auto config = ParseMachine("dir/m.json", text);
  CAPTURE(text, config.status().ToString());
  REQUIRE(config.ok());
  return *std::move(config);
}

std::string SettingErrorOf(const std::string& setting) {
  MachineConfig config = *LoadMachine("qemu-2g");
  return std::string(FromAbsl(ApplySetting(config, setting).message()));
}

TEST_CASE("Machine file: every key reaches its field", "[workloads][machine]") {
  const MachineConfig config = Parsed(R"({
    "$schema": "machine.schema.json",
    "description": "d", "differs_from_linux": "f",
    "memory_map": [{"begin": 0, "end": "4GiB"},
                   {"begin": "4GiB", "end": "0x180000000", "type": "reserved"}],
    "nodes": [{"ranges": [{"begin": 0, "end": "4GiB"}], "cpus": 2,
               "distances": [10, 21]},
              {"distances": [21, 10]}],
    "cpus": 2,
    "geometry": {"section_order": 14, "pageblock_order": 7},
    "policy": {"fallback": "early-6.12", "thp_pcp_lists": false,
               "thp_enabled": false, "cma": false, "kdump": true,
               "pcp_batch_scale_max": 4, "min_free_kbytes": 1234,
               "watermark_scale_factor": 11, "watermark_boost_factor": 12,
               "percpu_pagelist_high_fraction": 13,
               "lowmem_reserve_ratio": [1, 2, 3, 4], "cache_slice": "1MiB"},
    "page_flags": {"node_width": 10, "zone_width": 3, "lastcpupid_width": 21},
    "reserved": [{"what": "a", "address": "1MiB", "bytes": "2MiB"},
                 {"what": "b", "bytes": 4096, "align": "2MiB"}],
    "reserve_memmap": false,
    "early_allocations": [{"what": "c", "count": 3, "order": 2,
                           "gfp": "GFP_ATOMIC"}],
    "boot_frees": [{"what": "e", "stage": "before-khugepaged",
                    "begin": "0x100000", "end": "0x102000"}],
    "command_line": "page_owner=on",
    "call_duration": "2us"
  })");
  CHECK(config.name == "m");
  CHECK(config.description == "d");
  CHECK(config.differs_from_linux == "f");
  REQUIRE(config.memory_map.size() == 2);
  CHECK(config.memory_map[0].range == AddressRange{0, uint64_t{1} << 32});
  CHECK(config.memory_map[0].usable);
  CHECK(config.memory_map[1].range ==
        AddressRange{uint64_t{1} << 32, 0x180000000});
  CHECK_FALSE(config.memory_map[1].usable);
  REQUIRE(config.nodes.size() == 2);
  CHECK(config.nodes[0].ranges ==
        std::vector<AddressRange>{{0, uint64_t{1} << 32}});
  CHECK(config.nodes[0].cpus == 2);
  CHECK(config.nodes[1].distances == std::vector<int>{21, 10});
  CHECK(config.cpus == 2);
  CHECK(config.geometry.section_order == 14);
  CHECK(config.geometry.pageblock_order == 7);
  const AllocatorPolicy& policy = config.policy;
  CHECK(policy.fallback == FallbackPolicy::kEarly612);
  CHECK_FALSE(policy.thp_pcp_lists);
  CHECK_FALSE(policy.thp_enabled);
  CHECK_FALSE(policy.cma);
  CHECK(policy.kdump);
  CHECK(policy.pcp_batch_scale_max == 4);
  CHECK(policy.min_free_kbytes == 1234);
  CHECK(policy.user_min_free_kbytes == 1234);
  CHECK(policy.watermark_scale_factor == 11);
  CHECK(policy.watermark_boost_factor == 12);
  CHECK(policy.percpu_pagelist_high_fraction == 13);
  CHECK(policy.lowmem_reserve_ratio ==
        std::array<int64_t, kMaxNrZones>{1, 2, 3, 4});
  CHECK(policy.cache_slice_pages == 256);
  CHECK(config.page_flags == PageFlagsLayout{10, 3, 21});
  REQUIRE(config.reserved.size() == 2);
  CHECK(config.reserved[0].what == "a");
  CHECK(config.reserved[0].address == uint64_t{1} << 20);
  CHECK(config.reserved[0].bytes == uint64_t{2} << 20);
  CHECK_FALSE(config.reserved[1].address.has_value());
  CHECK(config.reserved[1].align == uint64_t{2} << 20);
  CHECK_FALSE(config.reserve_memmap);
  REQUIRE(config.early_allocations.size() == 1);
  CHECK(config.early_allocations[0].count == 3);
  CHECK(config.early_allocations[0].order == Order(2));
  CHECK(config.early_allocations[0].gfp == gfp::kAtomic);
  REQUIRE(config.boot_frees.size() == 1);
  CHECK(config.boot_frees[0].stage == BootStage::kBeforeKhugepaged);
  CHECK(config.boot_frees[0].range == AddressRange{0x100000, 0x102000});
  CHECK(config.command_line == "page_owner=on");
  CHECK(config.call_duration == Nanoseconds(2000));
}

TEST_CASE("Machine file: a base gives what the file leaves out",
          "[workloads][machine]") {
  const MachineConfig base = *LoadMachine("qemu-2g");
  const MachineConfig config =
      Parsed(R"({"description": "d", "cpus": 2, "policy": {"cma": false},
                 "boot_frees": [], "base": "qemu-2g"})");
  CHECK(config.description == "d");
  CHECK(config.name == "m");
  CHECK(config.cpus == 2);
  CHECK_FALSE(config.policy.cma);
  // Beside a changed key, an object keeps the base's others.
  CHECK(config.policy.cache_slice_pages == base.policy.cache_slice_pages);
  // A list is replaced as a whole.
  CHECK(config.boot_frees.empty());
  CHECK(config.reserved.size() == base.reserved.size());
}

TEST_CASE(
    "Machine file: a base may be a file, seen from the file that names "
    "it",
    "[workloads][machine]") {
  const TemporaryDirectory directory;
  directory.WriteFile("a.json", R"({"base": "hello", "cpus": 3})");
  const std::string b = directory.WriteFile(
      "b.json", R"({"base": "./a.json", "call_duration": 5})");
  const auto config = LoadMachine(b);
  INFO(config.status().ToString());
  REQUIRE(config.ok());
  CHECK(config->name == "b");
  CHECK(config->cpus == 3);
  CHECK(config->call_duration == Nanoseconds(5));
}

TEST_CASE("Machine file: wrong bases are refused", "[workloads][machine]") {
  CHECK(ErrorOf(R"({"base": "helo"})") ==
        "m.json:1:10: base: no machine is called \"helo\" (did you mean "
        "\"hello\"?); built in: big-1t, hello, numa-2n, pc-64g, qemu-2g, "
        "qemu-2g-2cpu, qemu-2g-dimm, qemu-4g, sparse-64t, tiny-16m. A path has "
        "a '/' or a '.' in it");
  CHECK(ErrorOf(R"({"base": 5})") ==
        "m.json:1:10: base: must be the name of a machine, or the path of a "
        "machine file, got 5");
  CHECK(ErrorOf(R"({"base": "m.json"})") ==
        "m.json:1:10: base: the machine is its own base");
  CHECK(ErrorOf(R"({"base": "./none.json"})") ==
        "m.json:1:10: base: ./none.json: cannot open: No such file or "
        "directory");
  const TemporaryDirectory directory;
  directory.WriteFile("bad.json", "{\n \"cpus\": 0}");
  const std::string good =
      directory.WriteFile("good.json", R"({"base": "./bad.json"})");
  const std::string bad = directory.File("./bad.json");
  CHECK(FromAbsl(LoadMachine(good).status().message()) ==
        good + ":1:10: base: the base has errors:\n" + bad +
            ":2:10: cpus: must be a whole number from 1 to 1024, got 0");
  const std::string loop =
      directory.WriteFile("loop.json", R"({"base": "././loop.json"})");
  CHECK_THAT(std::string(FromAbsl(LoadMachine(loop).status().message())),
             ContainsText("more than 8 bases of bases"));
}

TEST_CASE("Machine file: all errors of a file are reported at once",
          "[workloads][machine]") {
  CHECK(ErrorOf(R"({
  "base": "qemu-2g",
  "cpu": 2,
  "reserved": [{"bytes": "1MiB", "align": 3}, {"what": 5}],
  "policy": {"lowmem_reserve_ratio": [1, 2], "fallback": "late",
             "watermark_scale_factor": 3001, "thp_enabled": "yes"},
  "early_allocations": [{"gfp": "GFP_KERNL", "order": 11}]
})") == "m.json:3:3: unknown key \"cpu\" (did you mean \"cpus\"?); allowed: "
        "base, description, differs_from_linux, memory_map, hotplug, nodes, "
        "cpus, "
        "geometry, policy, page_flags, page_idle, kernel, reserved, "
        "reserve_memmap, early_allocations, boot_frees, extensions, "
        "command_line, call_duration\n"
        "m.json:4:43: reserved[0]: \"align\" must be a power of two\n"
        "m.json:4:47: reserved[1]: needs \"bytes\": a size: bytes, "
        "\"64KiB\", \"2GiB\", \"0x1000\"\n"
        "m.json:4:56: reserved[1].what: must be text, got 5\n"
        "m.json:5:38: policy.lowmem_reserve_ratio: must be a list of 4 whole "
        "numbers, got 2\n"
        "m.json:5:58: policy.fallback: must be \"late-6.12\" or "
        "\"early-6.12\", got \"late\"\n"
        "m.json:6:40: policy.watermark_scale_factor: must be a whole number "
        "from 1 to 3000, got 3001\n"
        "m.json:6:61: policy.thp_enabled: must be true or false, got \"yes\"\n"
        "m.json:7:25: early_allocations[0]: needs \"count\": a whole number "
        "from 1 on\n"
        "m.json:7:33: early_allocations[0].gfp: unknown gfp flag "
        "\"GFP_KERNL\" (did you mean \"GFP_KERNEL\"?); expected names such as "
        "GFP_KERNEL and __GFP_ZERO, or bits such as 0xcc0, joined by \"|\"\n"
        "m.json:7:55: early_allocations[0].order: must be a whole number from "
        "0 to 10, got 11");
}

TEST_CASE("Machine file: wrong memory maps are refused",
          "[workloads][machine]") {
  CHECK(ErrorOf("{}") ==
        "m.json:1:1: needs a \"memory_map\", or a \"base\" that has one");
  CHECK(ErrorOf(R"({"memory_map": []})") ==
        "m.json:1:16: memory_map: must be a list of memory ranges, at least 1, "
        "got 0");
  CHECK(ErrorOf(R"({"memory_map": [{"begin": 8, "end": 8}]})") ==
        "m.json:1:37: memory_map[0]: \"end\" must be above \"begin\": it is "
        "one past the last byte");
  CHECK(ErrorOf(R"({"memory_map": [{"begin": 0, "end": "65TiB"}]})") ==
        "m.json:1:37: memory_map[0]: \"end\" must be at most 64 TiB "
        "(0x400000000000)");
  CHECK(ErrorOf(R"({"memory_map": [{"begin": 0, "end": "2GB"}]})") ==
        "m.json:1:37: memory_map[0].end: \"2GB\" is not a size; write a number "
        "of bytes, or a number with K, M, G, T or P (powers of 1024), as in "
        "\"128M\" or \"2GiB\"");
  CHECK(ErrorOf(R"({"memory_map": [{"begin": 0, "end": "1MiB"},
 {"begin": "0x80000", "end": "2MiB", "type": "reserved"}]})") ==
        "m.json:2:2: memory_map[1]: [0x80000, 0x200000) overlaps "
        "memory_map[0], [0x0, 0x100000)");
  CHECK(ErrorOf(R"({"base": "qemu-2g", "hotplug": [
 {"begin": "4GiB", "end": "0x104000000"},
 {"begin": "0x78000000", "end": "0x80000000"},
 {"begin": "4GiB", "end": "5GiB"}]})") ==
        "m.json:2:2: hotplug[0]: [0x100000000, 0x104000000) must begin and end "
        "at a section (a multiple of 0x8000000)\n"
        "m.json:3:2: hotplug[1]: [0x78000000, 0x80000000) overlaps the "
        "sections of [0x100000, 0x7ffe0000) of \"memory_map\"\n"
        "m.json:4:2: hotplug[2]: [0x100000000, 0x140000000) overlaps "
        "hotplug[0]");
  CHECK(ErrorOf(R"({"base": "hello", "hotplug": [
 {"begin": "4GiB", "end": "5GiB"}]})")
            .find("needs a geometry.section_order of 10 or more") !=
        std::string::npos);
  const std::string nothing =
      "\"memory_map\" must have a whole frame of usable memory; frame 0 and "
      "0xa0000 to 0xfffff do not count";
  CHECK(ErrorOf(R"({"memory_map": [{"begin": 0, "end": "4KiB"}]})") ==
        "m.json:1:16: " + nothing);
  CHECK(ErrorOf(R"({"memory_map": [{"begin": "0xa0000", "end": "1MiB"},
   {"begin": "0x100001", "end": "0x101fff"},
   {"begin": "2MiB", "end": "3MiB", "type": "reserved"}]})") ==
        "m.json:1:16: " + nothing);
}

TEST_CASE("Machine file: wrong geometry is refused", "[workloads][machine]") {
  CHECK(
      ErrorOf(R"({"base": "qemu-2g", "geometry": {"pageblock_order": 11}})") ==
      "m.json:1:53: geometry.pageblock_order: must be a whole number from 0 "
      "to 10, got 11");
  CHECK(ErrorOf(R"({"base": "qemu-2g", "geometry": {"section_order": 3}})") ==
        "m.json:1:33: geometry: a pageblock (order 9) must not be larger than "
        "a section (order 3)");
  CHECK(ErrorOf(R"({"base": "big-1t",
    "geometry": {"section_order": 5, "pageblock_order": 5}})") ==
        "m.json:2:17: sections of 2^5 pages are too small for memory up to "
        "0x10040000000: there would be more than 4194304");
}

TEST_CASE("Machine file: nodes must fit the machine", "[workloads][machine]") {
  CHECK(ErrorOf(R"({"base": "hello", "cpus": 2,
 "nodes": [{"ranges": [{"begin": 0, "end": "0x120000"}], "cpus": 1},
           {"ranges": [{"begin": "0x110000", "end": "0x130800"}]}]})") ==
        "m.json:2:11: the nodes have 1 CPUs together, the machine has 2: set "
        "\"cpus\" of both\n"
        "m.json:2:11: no node has the memory at [0x130800, 0x140000)\n"
        "m.json:3:12: nodes[1]: range [0x110000, 0x130800) overlaps [0x0, "
        "0x120000)\n"
        "m.json:3:12: nodes[1]: range [0x110000, 0x130800) must begin and end "
        "at a page (a multiple of 0x1000)");
  CHECK(ErrorOf(R"({"base": "numa-2n", "cpus": 4})") ==
        "m.json:1:29: the nodes have 2 CPUs together, the machine has 4: set "
        "\"cpus\" of both");
  CHECK(ErrorOf(R"({"base": "numa-2n", "page_flags": {"node_width": 0}})") ==
        "m.json:1:1: 2 nodes need a wider page_flags.node_width than 0");
}

TEST_CASE("Machine file: distances are checked", "[workloads][machine]") {
  const auto with_distances = [](const std::string& first) {
    return R"({"base": "hello", "cpus": 1, "nodes": [
 {"ranges": [{"begin": 0, "end": "2MiB"}], "cpus": 1, "distances": )" +
           first + "},\n {}]}";
  };
  CHECK(ErrorOf(with_distances("[10, 20]")).empty());
  CHECK(ErrorOf(with_distances("[10]")) ==
        "m.json:2:2: nodes[0]: \"distances\" must have one number for each of "
        "the 2 nodes, got 1");
  CHECK(ErrorOf(with_distances("[11, 20]")) ==
        "m.json:2:2: nodes[0]: the distance to itself must be 10, got 11");
  CHECK(ErrorOf(with_distances("[10, 10]")) ==
        "m.json:2:2: nodes[0]: the distance to node 1 must be above 10");
}

TEST_CASE("Machine file: only reserved memory can be freed during boot",
          "[workloads][machine]") {
  CHECK(ErrorOf(R"({"base": "qemu-2g", "boot_frees": [
 {"begin": "0x100000", "end": "0x101000"},
 {"begin": "0x1000001", "end": "0x1001000"},
 {"begin": "0x100000000", "end": "0x100001000"},
 {"begin": "0x1002000", "end": "0x1004000"},
 {"begin": "0x1003000", "end": "0x1005000"}]})") ==
        "m.json:2:2: boot_frees[0]: [0x100000, 0x101000) must lie in memory "
        "that \"reserved\" has with an address: only that can be freed later\n"
        "m.json:3:2: boot_frees[1]: [0x1000001, 0x1001000) must begin and end "
        "at a page (a multiple of 0x1000)\n"
        "m.json:4:2: boot_frees[2]: [0x100000000, 0x100001000) is not in "
        "usable memory of \"memory_map\"\n"
        "m.json:6:2: boot_frees[4]: [0x1003000, 0x1005000) overlaps "
        "boot_frees[3]");
  // What a base brought in is about the whole file.
  CHECK(ErrorOf(R"({"base": "qemu-2g", "reserved": []})").substr(0, 28) ==
        "m.json:1:1: boot_frees[0]: [");
}

TEST_CASE("Machine setting: any key of a machine file can be set",
          "[workloads][machine]") {
  MachineConfig config = *LoadMachine("qemu-2g");
  const std::vector<std::string> settings = {
      "cpus=2",
      "policy.watermark_scale_factor=20",
      "policy.fallback=early-6.12",
      "policy.min_free_kbytes=4096",
      "policy.cma=false",
      "policy.lowmem_reserve_ratio=[1,2,3,4]",
      "command_line=page_owner=off quiet",
      "boot_frees=[]",
      "call_duration=5ms",
      "description=42"};
  const absl::Status status = ApplySettings(config, settings);
  INFO(status.ToString());
  REQUIRE(status.ok());
  CHECK(config.cpus == 2);
  CHECK(config.policy.watermark_scale_factor == 20);
  CHECK(config.policy.fallback == FallbackPolicy::kEarly612);
  CHECK(config.policy.user_min_free_kbytes == 4096);
  CHECK_FALSE(config.policy.cma);
  CHECK(config.policy.lowmem_reserve_ratio[3] == 4);
  CHECK(config.command_line == "page_owner=off quiet");
  CHECK(config.boot_frees.empty());
  CHECK(config.call_duration == Nanoseconds(5'000'000));
  // Text needs no quotes, even if it looks like a number.
  CHECK(config.description == "42");
}

TEST_CASE("Machine setting: parts need no path, and sysctls their own names",
          "[workloads][machine]") {
  MachineConfig config = *LoadMachine("qemu-2g");
  const absl::Status status = ApplySettings(
      config, {"vm.watermark_boost_factor=0", "vm.watermark_scale_factor=200",
               "vm.min_free_kbytes=8192", "vm.percpu_pagelist_high_fraction=8",
               "vm.lowmem_reserve_ratio=1 2\t3 4", "fallback=early-6.12",
               "thp_pcp_lists=false", "pageblock_order=8", "node_width=10"});
  INFO(status.ToString());
  REQUIRE(status.ok());
  CHECK(config.policy.watermark_boost_factor == 0);
  CHECK(config.policy.watermark_scale_factor == 200);
  CHECK(config.policy.user_min_free_kbytes == 8192);
  CHECK(config.policy.percpu_pagelist_high_fraction == 8);
  CHECK(config.policy.lowmem_reserve_ratio ==
        std::array<int64_t, kMaxNrZones>{1, 2, 3, 4});
  CHECK(config.policy.fallback == FallbackPolicy::kEarly612);
  CHECK_FALSE(config.policy.thp_pcp_lists);
  CHECK(config.geometry.pageblock_order == 8);
  CHECK(config.page_flags.node_width == 10);
  const auto error = [&config](const std::string& setting) {
    return std::string(FromAbsl(ApplySetting(config, setting).message()));
  };
  CHECK_THAT(error("vm.watermark_bost_factor=1"),
             ContainsText("did you mean \"watermark_boost_factor\"?"));
  CHECK_THAT(error("vm.watermark_scale_factor=0"),
             ContainsText("policy.watermark_scale_factor: must be a whole "
                          "number from 1 to 3000, got 0"));
  CHECK_THAT(error("vm.lowmem_reserve_ratio=1 2"),
             ContainsText("must be a list of 4 whole numbers, got 2"));
  CHECK_THAT(error("watermark_bost_factor=1"), ContainsText("unknown key"));
}

TEST_CASE("Machine setting: every key of the policy can be set and is told",
          "[workloads][machine]") {
  const MachineConfig before = *LoadMachine("qemu-2g");
  for (const std::string_view name : PolicyTable().info().FieldNames()) {
    const std::string key(name);
    CAPTURE(key);
    const std::string shown = "\"" + key + "\": ";
    const std::string text = MachineSettings(before);
    const size_t at = text.find(shown);
    REQUIRE(at != std::string::npos);
    // Some value that it does not have, by way of a sysctl's name.
    bool changed = false;
    for (const char* value :
         {"false", "true", "early-6.12", "16MiB", "1 1 1 1", "6", "64"}) {
      MachineConfig config = before;
      const std::string setting = "vm." + key + "=" + value;
      if (!ApplySetting(config, setting).ok()) continue;
      changed = changed || MachineSettings(config) != text;
    }
    CHECK(changed);
  }
}

TEST_CASE("Machine setting: what is written down can be set again",
          "[workloads][machine]") {
  MachineConfig config = *LoadMachine("qemu-2g");
  REQUIRE(
      ApplySettings(config, {"vm.watermark_boost_factor=7", "call_duration=5ms",
                             "kernel=4.8", "cache_slice=1MiB"})
          .ok());
  const std::string text = MachineSettings(config);
  CHECK_THAT(text, ContainsText("\"watermark_boost_factor\": 7") &&
                       ContainsText("\"call_duration\": 5000000") &&
                       ContainsText("\"kernel\": \"4.8\"") &&
                       ContainsText("\"cache_slice\": 1048576"));
  // No lists of memory, no texts.
  CHECK(text.find("memory_map") == std::string::npos);
  CHECK(text.find("command_line") == std::string::npos);
}

TEST_CASE("Machine setting: parts may fit together only at the end",
          "[workloads][machine]") {
  MachineConfig config = *LoadMachine("numa-2n");
  CHECK_FALSE(ApplySetting(config, "cpus=4").ok());
  CHECK(config.cpus == 2);
  CHECK(ApplySettings(
            config, {"cpus=4", R"(nodes=[{"ranges":[{"begin":0,"end":"5GiB"}],)"
                               R"("cpus":4}])"})
            .ok());
  CHECK(config.cpus == 4);
}

TEST_CASE("Machine setting: errors are those of the file",
          "[workloads][machine]") {
  CHECK(SettingErrorOf("cpus") ==
        "\"cpus\": must be key=value, as in "
        "\"policy.watermark_scale_factor=20\"");
  CHECK(SettingErrorOf("=5") ==
        "\"=5\": must be key=value, as in "
        "\"policy.watermark_scale_factor=20\"");
  CHECK(SettingErrorOf("cpus=") ==
        "cpus: must be a whole number from 1 to 1024, got \"\"");
  CHECK(SettingErrorOf("page_flags.node_with=1") ==
        "page_flags: unknown key \"node_with\" (did you mean \"node_width\"?); "
        "allowed: node_width, zone_width, lastcpupid_width");
  CHECK(SettingErrorOf("policy.percpu_pagelist_high_fraction=5") ==
        "policy: \"percpu_pagelist_high_fraction\" must be 0, or 8 or more, "
        "got 5");
  CHECK(SettingErrorOf("base=hello") == "base: choose another machine instead");
}

TEST_CASE("Machine setting: an error leaves the machine as it was",
          "[workloads][machine]") {
  MachineConfig config = *LoadMachine("qemu-2g");
  const absl::Status status =
      ApplySettings(config, {"cpus=2", "cpus=0", "policy.cma=1"});
  CHECK(FromAbsl(status.message()) ==
        "cpus: must be a whole number from 1 to 1024, got 0\n"
        "policy.cma: must be true or false, got 1");
  CHECK(config.cpus == 1);
}

}  // namespace
}  // namespace pagelab
