#include "pagelab/base/statistics.h"

#include <cmath>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

std::vector<double> UpTo(int n) {
  std::vector<double> values;
  for (int i = n; i >= 1; --i) values.push_back(i);
  return values;
}

TEST_CASE("Statistics: median and quantiles", "[base][statistics]") {
  CHECK(Median({3.0}) == 3);
  CHECK(Median({4.0, 1.0, 2.0}) == 2);
  CHECK(Median({4.0, 1.0, 2.0, 3.0}) == 2.5);
  // R: quantile(1:10), type 7.
  CHECK(Quantile(UpTo(10), 0.25) == CatchApprox(3.25));
  CHECK(Quantile(UpTo(10), 0.75) == CatchApprox(7.75));
  CHECK(Quantile(UpTo(10), 0) == 1);
  CHECK(Quantile(UpTo(10), 1) == 10);
}

TEST_CASE("Statistics: spread does not follow an outlier",
          "[base][statistics]") {
  CHECK(InterquartileRange(UpTo(10)) == CatchApprox(4.5));
  CHECK(InterquartileRange({1.0, 2.0, 3.0, 4.0, 1000.0}) == 2);
  // R: mad(c(1, 1, 2, 2, 4, 6, 9), constant = 1).
  CHECK(MedianAbsoluteDeviation({1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0}) == 1);
}

TEST_CASE("Statistics: the interval of a median lies between order statistics",
          "[base][statistics]") {
  // Tables of the binomial distribution: ranks and coverage by sample size.
  const auto six = MedianInterval(UpTo(6));
  REQUIRE(six.has_value());
  CHECK(six->low == 1);
  CHECK(six->high == 6);
  CHECK(six->confidence == CatchApprox(0.96875));
  const auto ten = MedianInterval(UpTo(10));
  REQUIRE(ten.has_value());
  CHECK(ten->low == 2);
  CHECK(ten->high == 9);
  CHECK(ten->confidence == CatchApprox(0.978515625));
  const auto twenty = MedianInterval(UpTo(20));
  REQUIRE(twenty.has_value());
  CHECK(twenty->low == 6);
  CHECK(twenty->high == 15);
  CHECK(twenty->confidence == CatchApprox(0.9586105347));
  const auto sixty = MedianInterval(UpTo(60));
  REQUIRE(sixty.has_value());
  CHECK(sixty->low == 22);
  CHECK(sixty->high == 39);
}

TEST_CASE("Statistics: too few values have no interval", "[base][statistics]") {
  CHECK_FALSE(MedianInterval({}).has_value());
  CHECK_FALSE(MedianInterval({1.0}).has_value());
  CHECK_FALSE(MedianInterval(UpTo(5)).has_value());
  CHECK(ValuesForMedianInterval(0.95) == 6);
  CHECK(ValuesForMedianInterval(0.99) == 8);
  CHECK(MedianInterval(UpTo(8), 0.99).has_value());
  CHECK_FALSE(MedianInterval(UpTo(7), 0.99).has_value());
}

TEST_CASE("Statistics: the interval of many values underflows nowhere",
          "[base][statistics]") {
  const auto many = MedianInterval(UpTo(10000));
  REQUIRE(many.has_value());
  // The normal approximation: 5000 - 1.96 * 50.
  CHECK(many->low == CatchApprox(4902).margin(2));
  CHECK(many->low + many->high == 10001);
  CHECK(many->confidence >= 0.95);
  CHECK(many->confidence < 0.9525);
}

TEST_CASE("Statistics: drift that both share cancels in pairs",
          "[base][statistics]") {
  const std::vector<double> reference = {10, 20, 30, 40, 50, 60, 70};
  const std::vector<double> variant = {11, 21, 31, 41, 51, 61, 71};
  const std::vector<double> differences = PairedDifferences(variant, reference);
  const auto interval = MedianInterval(differences);
  REQUIRE(interval.has_value());
  CHECK(interval->low == 1);
  CHECK(interval->high == 1);
  CHECK(interval->half_width() == 0);
  CHECK_FALSE(interval->Contains(0));
}

// Hollander and Wolfe, Nonparametric Statistical Methods, p. 69: permeability
// of a membrane. R's wilcox.test has it as its example: W = 35, p = 0.2544
// two-sided, difference 0.305.
TEST_CASE("Mann-Whitney: a textbook example, exact", "[base][statistics]") {
  const std::vector<double> term = {0.80, 0.83, 1.89, 1.04, 1.45,
                                    1.38, 1.91, 1.64, 0.73, 1.46};
  const std::vector<double> early = {1.15, 0.88, 0.90, 0.74, 1.21};
  const MannWhitneyResult result = MannWhitney(term, early);
  CHECK(result.exact);
  CHECK(result.u == 15);
  CHECK(result.p_value == CatchApprox(2 * 382.0 / 3003));
  CHECK(result.shift == CatchApprox(-0.305));
  const MannWhitneyResult mirrored = MannWhitney(early, term);
  CHECK(mirrored.u == 35);
  CHECK(mirrored.p_value == CatchApprox(result.p_value));
  CHECK(mirrored.shift == CatchApprox(0.305));
}

TEST_CASE("Mann-Whitney: small samples by hand", "[base][statistics]") {
  // Two of the six orders of 2 and 2 values are as uneven as these.
  CHECK(MannWhitney({1.0, 2.0}, {3.0, 4.0}).p_value == CatchApprox(2.0 / 6));
  // 2 of 252, and 4 of 252 one swap further.
  const std::vector<double> low = {1, 2, 3, 4, 5};
  CHECK(MannWhitney(low, {6.0, 7.0, 8.0, 9.0, 10.0}).p_value ==
        CatchApprox(2.0 / 252));
  CHECK(MannWhitney(low, {4.5, 7.0, 8.0, 9.0, 10.0}).p_value ==
        CatchApprox(4.0 / 252));
  // In the middle, no order is less even.
  CHECK(MannWhitney({1.0, 4.0}, {2.0, 3.0}).p_value == 1);
}

TEST_CASE("Mann-Whitney: ties are corrected for", "[base][statistics]") {
  // U = 24, sum of t^3 - t = 36, variance 29.1818, z = 1.5735 with continuity.
  const MannWhitneyResult result =
      MannWhitney({1.0, 2.0, 2.0, 3.0, 5.0}, {2.0, 3.0, 4.0, 5.0, 6.0, 7.0});
  CHECK_FALSE(result.exact);
  CHECK(result.u == 24);
  CHECK(result.p_value == CatchApprox(0.1156064374));
  const MannWhitneyResult equal = MannWhitney({1.0, 1.0}, {1.0, 1.0, 1.0});
  CHECK(equal.u == 3);
  CHECK(equal.p_value == 1);
  CHECK(equal.shift == 0);
}

TEST_CASE("Mann-Whitney: exact and approximate agree where both are good",
          "[base][statistics]") {
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 0; i < static_cast<int>(kMaxExactSize); ++i) {
    a.push_back(2 * i);
    b.push_back(2 * i + 9);
  }
  const MannWhitneyResult exact = MannWhitney(a, b);
  CHECK(exact.exact);
  // U = 1600 / 2 + 170, of variance 40 * 40 * 81 / 12.
  CHECK(exact.u == 970);
  const double z = 169.5 / std::sqrt(10800.0);
  CHECK(exact.p_value ==
        CatchApprox(std::erfc(z / std::sqrt(2.0))).epsilon(0.02));
  // One value more, and beyond all others on both sides.
  a.push_back(-1);
  b.push_back(1000);
  const MannWhitneyResult approximate = MannWhitney(a, b);
  CHECK_FALSE(approximate.exact);
  // U = 970 + 41 + 40, of 41 * 41 / 2 and variance 41 * 41 * 83 / 12.
  CHECK(approximate.u == 1051);
  CHECK(approximate.p_value == CatchApprox(0.0514696915));
}

TEST_CASE("Mann-Whitney: the least possible p", "[base][statistics]") {
  CHECK(SmallestMannWhitneyP(5, 5) == CatchApprox(2.0 / 252));
  CHECK(SmallestMannWhitneyP(3, 3) == CatchApprox(0.1));
  CHECK(SmallestMannWhitneyP(1, 1) == 1);
  CHECK(SmallestMannWhitneyP(2, 1) == CatchApprox(2.0 / 3));
}

TEST_CASE("Holm: each p-value by how many are left", "[base][statistics]") {
  // Sorted: 0.005 * 4, 0.01 * 3, 0.03 * 2, 0.04 * 1 but never less than before.
  const std::vector<double> adjusted = HolmAdjusted({0.01, 0.04, 0.03, 0.005});
  REQUIRE(adjusted.size() == 4);
  CHECK(adjusted[0] == CatchApprox(0.03));
  CHECK(adjusted[1] == CatchApprox(0.06));
  CHECK(adjusted[2] == CatchApprox(0.06));
  CHECK(adjusted[3] == CatchApprox(0.02));
  CHECK(HolmAdjusted({0.7, 0.9}) == std::vector<double>{1, 1});
  CHECK(HolmAdjusted({}).empty());
}

}  // namespace
}  // namespace pagelab
