#include "pagelab/alloc/reclaim/scan_count.h"

#include "pagelab/alloc/reclaim/scan_control.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

// 1024 pages of each list to look at, before the sides are weighed.
ScanCountInputs Inputs() {
  return {.sizes = {4096, 4096, 4096, 4096},
          .priority = 2,
          .swappiness = 60,
          .can_swap = true};
}

TEST_CASE("ScanCount: without swap only files are scanned",
          "[alloc][reclaim]") {
  ScanCountInputs inputs = Inputs();
  inputs.can_swap = false;
  CHECK(GetScanCount(inputs) == ListPages{0, 0, 1024, 1024});
}

TEST_CASE("ScanCount: swappiness 60 is 60 parts to 140", "[alloc][reclaim]") {
  CHECK(GetScanCount(Inputs()) == ListPages{307, 307, 716, 716});
}

TEST_CASE("ScanCount: a side that was expensive gets less",
          "[alloc][reclaim]") {
  ScanCountInputs inputs = Inputs();
  inputs.cost = {300, 100};
  // 60 * 1201 / 701 = 102 to 140 * 1201 / 501 = 335.
  CHECK(GetScanCount(inputs) == ListPages{239, 239, 784, 784});
}

TEST_CASE("ScanCount: at priority 0 both sides are scanned whole",
          "[alloc][reclaim]") {
  ScanCountInputs inputs = Inputs();
  inputs.priority = 0;
  inputs.file_is_tiny = true;
  CHECK(GetScanCount(inputs) == ListPages{4096, 4096, 4096, 4096});
  SECTION("but not anonymous memory with swappiness 0") {
    inputs.file_is_tiny = false;
    inputs.swappiness = 0;
    CHECK(GetScanCount(inputs) == ListPages{0, 0, 4096, 4096});
  }
}

TEST_CASE("ScanCount: one side alone where that was decided",
          "[alloc][reclaim]") {
  ScanCountInputs inputs = Inputs();
  inputs.cache_trim_mode = true;
  CHECK(GetScanCount(inputs) == ListPages{0, 0, 1024, 1024});
  inputs.file_is_tiny = true;
  CHECK(GetScanCount(inputs) == ListPages{1024, 1024, 0, 0});
}

TEST_CASE("ScanCount: short lists are not scanned at a gentle priority",
          "[alloc][reclaim]") {
  ScanCountInputs inputs = Inputs();
  inputs.can_swap = false;
  inputs.priority = kDefPriority;
  inputs.sizes = {0, 0, 4095, 8191};
  CHECK(GetScanCount(inputs) == ListPages{0, 0, 0, 1});
}

TEST_CASE("InactiveIsLow: half of less than 1 GiB, less of more",
          "[alloc][reclaim]") {
  CHECK_FALSE(InactiveIsLow(PageCount(10), PageCount(10)));
  CHECK(InactiveIsLow(PageCount(9), PageCount(10)));
  // 1 GiB: one in four, as sqrt(10) is 3.
  CHECK_FALSE(InactiveIsLow(PageCount(65536), PageCount(196608)));
  CHECK(InactiveIsLow(PageCount(65535), PageCount(196609)));
  // 10 GiB: one in eleven.
  CHECK_FALSE(InactiveIsLow(PageCount(238313), PageCount(2383127)));
  CHECK(InactiveIsLow(PageCount(238312), PageCount(2383128)));
}

}  // namespace
}  // namespace pagelab
