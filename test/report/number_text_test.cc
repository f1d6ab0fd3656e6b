#include "pagelab/report/bench/number_text.h"

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

TEST_CASE("NumberText: nanoseconds have four digits", "[report][number_text]") {
  CHECK(NanosecondsText(0.311) == "0.31");
  CHECK(NanosecondsText(99.994) == "99.99");
  CHECK(NanosecondsText(99.996) == "100.0");
  CHECK(NanosecondsText(12345.6) == "12,346");
  CHECK(SignedNanosecondsText(-12345.6) == "-12,346");
  CHECK(SignedNanosecondsText(0.5) == "+0.50");
  CHECK(TimeText(999.94) == "999.9 ns");
  CHECK(TimeText(1234) == "1.234 us");
  CHECK(TimeText(56.78e6) == "56.78 ms");
  CHECK(TimeText(2e12) == "2000.0 s");
}

TEST_CASE("NumberText: a resolution is never promised too fine",
          "[report][number_text]") {
  CHECK(ResolutionText(0.1) == "0.1");
  CHECK(ResolutionText(0.11) == "0.2");
  CHECK(ResolutionText(2.0) == "2.0");
  CHECK(ResolutionText(0.031) == "0.04");
  CHECK(ResolutionText(0) == "0.01");
  CHECK(ResolutionText(123.2) == "124.0");
}

TEST_CASE("NumberText: counts are exact", "[report][number_text]") {
  CHECK(CountText(158.0) == "158");
  CHECK(CountText(158.25) == "158.25");
  CHECK(CountText(std::nullopt) == "-");
  CHECK(SignedCountText(3.0) == "+3");
  CHECK(SignedCountText(-0.5) == "-0.5");
  CHECK(SignedCountText(-0.001) == "+0");
}

}  // namespace
}  // namespace pagelab
