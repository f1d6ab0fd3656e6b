#include "pagelab/workloads/library.h"

#include <algorithm>
#include <string>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/workloads/library_files.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

uint64_t PagesOf(const MachineConfig& config) {
  uint64_t bytes = 0;
  for (const FirmwareRange& entry : config.memory_map) {
    if (entry.usable) bytes += entry.range.end - entry.range.begin;
  }
  return bytes / kPageSize;
}

TEST_CASE("Library: every built-in machine is right and described",
          "[workloads][library]") {
  REQUIRE(BuiltinMachines().size() == 10);
  for (const LibraryEntry& entry : BuiltinMachines()) {
    const auto machine = LoadMachine(entry.name);
    CAPTURE(std::string(entry.name), machine.status().ToString());
    REQUIRE(machine.ok());
    CHECK(machine->name == entry.name);
    CHECK_FALSE(machine->description.empty());
  }
}

TEST_CASE("Library: names are in order and lead to their files",
          "[workloads][library]") {
  for (const auto* entries : {&BuiltinMachines(), &BuiltinScenarios()}) {
    CHECK(std::is_sorted(entries->begin(), entries->end(),
                         [](const LibraryEntry& a, const LibraryEntry& b) {
                           return a.name < b.name;
                         }));
  }
  const std::string folder = std::string(PAGELAB_SOURCE_DIR) + "/workloads/";
  for (const LibraryEntry& entry : BuiltinMachines()) {
    const std::string name(entry.name);
    CHECK(FileContents(folder + "machines/" + name + ".json") == entry.text);
  }
  for (const LibraryEntry& entry : BuiltinScenarios()) {
    const std::string name(entry.name);
    CHECK(FileContents(folder + "scenarios/" + std::string(entry.folder) + "/" +
                       name + ".json") == entry.text);
  }
}

TEST_CASE("Library: the machines have the memory that they are named after",
          "[workloads][library]") {
  const auto pages = [](std::string_view name) {
    return PagesOf(*LoadMachine(name));
  };
  CHECK(pages("hello") == 64);
  CHECK(pages("tiny-16m") == 4000);
  CHECK(pages("qemu-2g") == 524159);
  CHECK(pages("qemu-2g-2cpu") == 524159);
  CHECK(pages("qemu-4g") == 1048447);
  CHECK(pages("numa-2n") == 1048447);
  CHECK(pages("pc-64g") == uint64_t{16} * 1024 * 1024 - 129);
  CHECK(pages("big-1t") == uint64_t{256} * 1024 * 1024 - 129);
  CHECK(pages("sparse-64t") == uint64_t{17} * 1024 * 1024 - 129);
}

TEST_CASE("Library: an unknown name is answered with what there is",
          "[workloads][library]") {
  const absl::Status machine = LoadMachine("quemu-2g").status();
  CHECK(absl::IsNotFound(machine));
  CHECK(FromAbsl(machine.message()) ==
        "no machine is called \"quemu-2g\" (did you mean \"qemu-2g\"?); built "
        "in: big-1t, hello, numa-2n, pc-64g, qemu-2g, qemu-2g-2cpu, "
        "qemu-2g-dimm, "
        "qemu-4g, sparse-64t, tiny-16m. A path has a '/' or a '.' in it");
  CHECK_THAT(
      std::string(FromAbsl(LoadScenario("driver-leek").status().message())),
      ContainsText("no scenario is called \"driver-leek\" (did you mean "
                   "\"driver-leak\"?); built in: "));
}

TEST_CASE("Library: paths are told from names", "[workloads][library]") {
  CHECK(IsPath("-"));
  CHECK(IsPath("x.json"));
  CHECK(IsPath("dir/x"));
  CHECK_FALSE(IsPath("qemu-2g"));
  CHECK(NameOfFile("dir.d/my-machine.json") == "my-machine");
  CHECK(NameOfFile("qemu-2g") == "qemu-2g");
  CHECK(PathSeenFrom("dir/s.json", "m.json") == "dir/m.json");
  CHECK(PathSeenFrom("dir/s.json", "/m.json") == "/m.json");
  CHECK(PathSeenFrom("dir/s.json", "hello") == "hello");
  CHECK(PathSeenFrom("s.json", "m.json") == "m.json");
}

TEST_CASE("Library: a scenario finds its machine beside itself",
          "[workloads][library]") {
  const TemporaryDirectory directory;
  directory.WriteFile("m.json", R"({"base": "hello", "cpus": 3})");
  const std::string path =
      directory.WriteFile("s.json", R"({"machine": "m.json"})");
  const auto scenario = LoadScenario(path);
  INFO(scenario.status().ToString());
  REQUIRE(scenario.ok());
  CHECK(scenario->machine.cpus == 3);
  CHECK(scenario->machine.name == "m");
}

TEST_CASE("Library: the machine of a run is the scenario's or another, set up",
          "[workloads][library]") {
  const auto scenario = ParseScenario("s.json", R"({
    "machine": "hello", "command_line": "page_owner=off",
    "set": {"policy.watermark_scale_factor": 99}})");
  REQUIRE(scenario.ok());
  CHECK(scenario->machine.policy.watermark_scale_factor == 10);
  const auto own = MachineFor(*scenario, "");
  REQUIRE(own.ok());
  CHECK(own->name == "hello");
  CHECK(own->policy.watermark_scale_factor == 99);
  CHECK(own->command_line == "page_owner=on page_owner=off");
  const auto other = MachineFor(*scenario, "tiny-16m");
  REQUIRE(other.ok());
  CHECK(other->name == "tiny-16m");
  CHECK(other->policy.watermark_scale_factor == 99);
  CHECK(other->command_line == "page_owner=off");
  CHECK(absl::IsNotFound(MachineFor(*scenario, "none").status()));
}

TEST_CASE("Library: settings that another machine cannot have are refused",
          "[workloads][library]") {
  const auto scenario =
      ParseScenario("s.json",
                    "{\"machine\": \"hello\",\n \"set\": {\"cpus\": "
                    "3}}");
  REQUIRE(scenario.ok());
  CHECK(FromAbsl(MachineFor(*scenario, "numa-2n").status().message()) ==
        "s.json:2:10: on machine \"numa-2n\": the nodes have 2 CPUs together, "
        "the machine has 3: set \"cpus\" of both");
}

TEST_CASE("Library: machine files are told from scenario files",
          "[workloads][library]") {
  CHECK(RecogniseDocument("{}") == DocumentKind::kScenario);
  CHECK(RecogniseDocument(R"({"tasks": [], "description": ""})") ==
        DocumentKind::kScenario);
  CHECK(RecogniseDocument(R"({"base": "hello", "description": ""})") ==
        DocumentKind::kMachine);
  CHECK(RecogniseDocument("not JSON") == DocumentKind::kScenario);
  for (const LibraryEntry& entry : BuiltinMachines()) {
    CHECK(RecogniseDocument(entry.text) == DocumentKind::kMachine);
  }
  for (const LibraryEntry& entry : BuiltinScenarios()) {
    CHECK(RecogniseDocument(entry.text) == DocumentKind::kScenario);
  }
}

}  // namespace
}  // namespace pagelab
