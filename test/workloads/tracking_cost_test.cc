#include "pagelab/workloads/cost/tracking_cost.h"

#include <map>
#include <string>

#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

CostReport CostOn(std::string_view machine_name,
                  const std::vector<std::string>& kernels) {
  const auto machine = LoadMachine(machine_name);
  REQUIRE(machine.ok());
  const auto workload = LoadScenario("kernel-build");
  REQUIRE(workload.ok());
  const auto report = MeasureTrackingCost(*machine, *workload, kernels);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  return *report;
}

TEST_CASE("TrackingCost: 4 GiB before and after the stack depot",
          "[workloads][cost]") {
  // The figures of the document that came with the depot
  // (page-ext-owner-depot.md 3.2).
  const CostReport report = CostOn("qemu-4g", {"4.7", "4.8"});
  const TrackingCost& before = report.kernels[0];
  const TrackingCost& after = report.kernels[1];
  CHECK(before.page_ext.bytes() == 92274688);
  CHECK(before.total().bytes() == 92274688);
  CHECK(after.page_ext.bytes() == 25165824);
  // 20 blocks of order 2, the one allocated ahead included.
  CHECK(after.depot.bytes() == 327680);
  CHECK(after.stacks > 1836);
  CHECK(after.stacks <= 1938);
  CHECK(after.total().bytes() == 25493504);
  CHECK(after.hash_table_bytes == 8388608);
  CHECK(after.hash_table_in_image);
  const std::string text = CostText(report);
  CHECK_THAT(text, ContainsText("25,493,504"));
  CHECK_THAT(text, ContainsText(" 72 %"));
  CHECK_THAT(text, ContainsText("against 4.7"));
}

TEST_CASE("TrackingCost: what is counted is what is missing",
          "[workloads][cost]") {
  const CostReport report =
      CostOn("qemu-2g", {"3.19", "4.5", "4.8", "5.10", "6.3", "6.12"});
  const std::map<std::string, uint32_t> entry = {{"3.19", 104}, {"4.5", 88},
                                                 {"4.8", 24},   {"5.10", 24},
                                                 {"6.3", 64},   {"6.12", 72}};
  for (const TrackingCost& cost : report.kernels) {
    CAPTURE(cost.kernel);
    // The formula: 16 sections.
    CHECK(cost.entry_bytes == entry.at(cost.kernel));
    CHECK(cost.page_ext.bytes() == 16ull * 32768 * cost.entry_bytes);
    // Two pools of the special stacks, and the buckets where they are in boot
    // memory.
    const uint64_t depot = cost.hash_table_bytes == 0 ? 0 : 8;
    const uint64_t buckets =
        cost.hash_table_in_image ? 0 : cost.hash_table_bytes / 4096;
    CHECK(cost.missing_after_boot.value() ==
          cost.page_ext.value() + depot + buckets);
  }
  // One node of 16 bytes for each counted stack, slab page by slab page.
  const TrackingCost& newest = report.kernels.back();
  CHECK(newest.stack_list.value() == 8);
  CHECK(report.kernels.front().stack_list.value() == 0);
}

TEST_CASE("TrackingCost: 3.19 finds 13343 early pages on 2 GiB",
          "[workloads][cost][early]") {
  // The document's total; 13312 of them hold page_ext.
  auto config = LoadMachine("qemu-2g");
  REQUIRE(config.ok());
  config->kernel = "3.19";
  auto machine = Machine::Boot(*config);
  REQUIRE(machine.ok());
  uint64_t early = 0;
  bool said_bytes = false;
  for (const std::string& line : machine->dmesg()) {
    constexpr std::string_view kBefore = "early allocated ";
    const size_t at = line.find(kBefore);
    if (at != std::string::npos) {
      early += std::stoull(line.substr(at + kBefore.size()));
    }
    said_bytes |= line.find("] allocated 54525952 bytes of page_ext") !=
                  std::string::npos;
  }
  CHECK(said_bytes);
  CHECK(early == 13343);
  CHECK(machine->page_ext()->nr_memmap_pages().value() == 13312);
}

TEST_CASE("TrackingCost: JSON has every figure", "[workloads][cost]") {
  const CostReport report = CostOn("qemu-2g", {"4.7", "6.12"});
  const std::string json = CostJson(report);
  for (const char* key :
       {"\"page_ext_bytes\": 46137344", "\"page_ext_bytes\": 37748736",
        "\"saved_percent\": 17", "\"hash_table_in_image\": false",
        "\"memory_pages\": 524158"}) {
    CAPTURE(key);
    CHECK_THAT(json, ContainsText(key));
  }
}

TEST_CASE("TrackingCost: an unknown kernel is the error", "[workloads][cost]") {
  const auto machine = LoadMachine("qemu-2g");
  const auto workload = LoadScenario("kernel-build");
  REQUIRE(machine.ok());
  REQUIRE(workload.ok());
  const auto report = MeasureTrackingCost(*machine, *workload, {"9.9"});
  CHECK_FALSE(report.ok());
}

}  // namespace
}  // namespace pagelab
