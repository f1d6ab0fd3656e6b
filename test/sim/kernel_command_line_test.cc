#include "pagelab/sim/kernel_command_line.h"

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

TEST_CASE("KernelCommandLine: booleans read as the kernel reads them",
          "[sim][command_line]") {
  for (const char* yes : {"on", "1", "y", "Yes", "true", "ON"}) {
    CAPTURE(yes);
    CHECK(ParseKernelBool(yes) == true);
  }
  for (const char* no : {"off", "0", "n", "No", "false", "OFF"}) {
    CAPTURE(no);
    CHECK(ParseKernelBool(no) == false);
  }
  for (const char* neither : {"", "o", "maybe", "2", "oh"}) {
    CAPTURE(neither);
    CHECK_FALSE(ParseKernelBool(neither).has_value());
  }
}

TEST_CASE("KernelCommandLine: sizes take one suffix", "[sim][command_line]") {
  CHECK(ParseKernelSize("512") == 512);
  CHECK(ParseKernelSize("4k") == 4096);
  CHECK(ParseKernelSize("16M") == 16777216);
  CHECK(ParseKernelSize("2G") == uint64_t{2} << 30);
  CHECK(ParseKernelSize("1T") == uint64_t{1} << 40);
  CHECK_FALSE(ParseKernelSize("").has_value());
  CHECK_FALSE(ParseKernelSize("M").has_value());
  CHECK_FALSE(ParseKernelSize("1MB").has_value());
  CHECK_FALSE(ParseKernelSize("99999999999999T").has_value());
}

TEST_CASE("KernelCommandLine: memory profiling is never, off or on",
          "[sim][command_line]") {
  const auto mode = [](const std::string& value) {
    return ParseKernelCommandLine("sysctl.vm.mem_profiling=" + value)
        .mem_profiling;
  };
  CHECK(ParseKernelCommandLine("").mem_profiling == MemProfiling::kNever);
  CHECK(mode("never") == MemProfiling::kNever);
  CHECK(mode("0") == MemProfiling::kOff);
  CHECK(mode("1") == MemProfiling::kOn);
  CHECK(mode("on") == MemProfiling::kOn);
  // 6.12 does not know of compression, and looks at the first letter.
  CHECK(mode("1,compressed") == MemProfiling::kOn);
  const KernelCommandLine bad = ParseKernelCommandLine(
      "sysctl.vm.mem_profiling=perhaps page_table_check=perhaps");
  CHECK(bad.malformed == std::vector<std::string>{"sysctl.vm.mem_profiling",
                                                  "page_table_check"});
  CHECK(ParseKernelCommandLine("page_table_check=on").page_table_check);
}

TEST_CASE("KernelCommandLine: takes what it knows and keeps the rest",
          "[sim][command_line]") {
  const KernelCommandLine line = ParseKernelCommandLine(
      "console=ttyS0 page_owner=on  stack_depot_max_pools=3 movablecore=8M "
      "frobnicate=1 cma=64M");
  CHECK(line.cma == 64 << 20);
  CHECK(line.page_owner);
  CHECK_FALSE(line.stack_depot_disable);
  CHECK(line.stack_depot_max_pools == 3u);
  CHECK(line.movablecore == PageCount(2048));
  CHECK(line.unknown == std::vector<std::string>{"frobnicate=1"});
  CHECK(line.malformed.empty());
}

TEST_CASE("KernelCommandLine: takes the switches that find bugs",
          "[sim][command_line]") {
  const KernelCommandLine line = ParseKernelCommandLine(
      "debug_pagealloc=on page_poison=1 debug_guardpage_minorder=5");
  CHECK(line.debug_pagealloc);
  CHECK(line.page_poison);
  CHECK(line.debug_guardpage_minorder == 5);
  CHECK(line.messages ==
        std::vector<std::string>{"Setting debug_guardpage_minorder to 5"});
  CHECK(line.malformed.empty());
  CHECK(line.unknown.empty());

  const KernelCommandLine none = ParseKernelCommandLine(
      "debug_pagealloc=perhaps page_poison= debug_guardpage_minorder=0");
  CHECK_FALSE(none.debug_pagealloc);
  CHECK_FALSE(none.page_poison);
  CHECK(none.messages ==
        std::vector<std::string>{"Setting debug_guardpage_minorder to 0"});
  CHECK(none.malformed ==
        std::vector<std::string>{"debug_pagealloc", "page_poison"});
}

TEST_CASE("KernelCommandLine: a bad order of guards is said and ignored",
          "[sim][command_line]") {
  for (const char* bad :
       {"6", "-1", "", "two", "3x", "0x3", "99999999999999999999"}) {
    CAPTURE(bad);
    const KernelCommandLine line = ParseKernelCommandLine(
        std::string("debug_guardpage_minorder=2 debug_guardpage_minorder=") +
        bad);
    CHECK(line.debug_guardpage_minorder == 2);
    CHECK(line.messages ==
          std::vector<std::string>{"Setting debug_guardpage_minorder to 2",
                                   "Bad debug_guardpage_minorder value"});
    CHECK(line.malformed.empty());
  }
}

TEST_CASE("KernelCommandLine: names parameters whose value makes no sense",
          "[sim][command_line]") {
  const KernelCommandLine line = ParseKernelCommandLine(
      "page_owner=perhaps stack_depot_max_pools=0 movablecore=lots cma=x");
  CHECK_FALSE(line.page_owner);
  CHECK_FALSE(line.stack_depot_max_pools.has_value());
  CHECK(line.malformed == std::vector<std::string>{"page_owner",
                                                   "stack_depot_max_pools",
                                                   "movablecore", "cma"});
}

}  // namespace
}  // namespace pagelab
