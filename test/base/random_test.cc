#include "pagelab/base/random.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/death.h"

namespace pagelab {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

// Units in the last place between two finite doubles of one sign.
uint64_t UlpDistance(double a, double b) {
  const auto left = std::bit_cast<uint64_t>(a);
  const auto right = std::bit_cast<uint64_t>(b);
  return left > right ? left - right : right - left;
}

// The mean of `count` draws.
template <typename Draw>
double Mean(int count, Draw draw) {
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += draw();
  return sum / count;
}

TEST_CASE("Random: one seed gives one sequence", "[base][random]") {
  Random a(42);
  Random b(42);
  Random other(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const uint64_t value = a.Next();
    REQUIRE(value == b.Next());
    differs = differs || value != other.Next();
  }
  CHECK(differs);
}

TEST_CASE("Random: a copy continues with the same sequence", "[base][random]") {
  Random original(7);
  original.Next();
  Random copy = original;
  CHECK(original.Next() == copy.Next());
}

TEST_CASE("Random: Uniform stays below its bound and reaches every value",
          "[base][random]") {
  Random random(1);
  std::array<int, 10> hits = {};
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t value = random.Uniform(hits.size());
    REQUIRE(value < hits.size());
    ++hits[value];
  }
  // Ten standard deviations around the expected 1000.
  CHECK(*std::min_element(hits.begin(), hits.end()) > 700);
  CHECK(*std::max_element(hits.begin(), hits.end()) < 1300);
  CHECK(random.Uniform(1) == 0);
}

TEST_CASE("Random: Uniform has no bias for a bound that divides 2^64 badly",
          "[base][random]") {
  // Of three thirds of 2^64, the reduction by remainder of a bound of two
  // thirds would give the lower half twice as often as the upper.
  const uint64_t bound = kMax / 3 * 2;
  Random random(5);
  int low = 0;
  for (int i = 0; i < 10'000; ++i) {
    if (random.Uniform(bound) < bound / 2) ++low;
  }
  CHECK(low > 4700);
  CHECK(low < 5300);
}

TEST_CASE("Random: UniformBetween includes both ends", "[base][random]") {
  Random random(2);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 200; ++i) {
    const uint64_t value = random.UniformBetween(5, 8);
    REQUIRE(value >= 5);
    REQUIRE(value <= 8);
    low = low || value == 5;
    high = high || value == 8;
  }
  CHECK(low);
  CHECK(high);
  CHECK(random.UniformBetween(9, 9) == 9);
  Random a(3);
  Random b(3);
  CHECK(a.UniformBetween(0, kMax) == b.Next());
}

TEST_CASE("Random: an empty range is a bug of the caller", "[base][random]") {
  Random random(1);
  CHECK_THAT(DeathMessage([&] { random.Uniform(0); }),
             ContainsText("bound > 0 (0 vs. 0)"));
  CHECK_THAT(DeathMessage([&] { random.UniformBetween(2, 1); }),
             ContainsText("low <= high (2 vs. 1)"));
}

TEST_CASE("Random: Bernoulli follows its probability", "[base][random]") {
  Random random(4);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) {
    CHECK_FALSE(random.Bernoulli(0));
    REQUIRE(random.Bernoulli(1));
    if (random.Bernoulli(0.25)) ++hits;
  }
  CHECK(hits > 2200);
  CHECK(hits < 2800);
}

TEST_CASE("Random: the distributions have the moments they should",
          "[base][random]") {
  constexpr int kDraws = 100'000;
  Random random(6);
  CHECK(std::abs(Mean(kDraws, [&] { return random.UniformDouble(); }) - 0.5) <
        0.01);
  CHECK(std::abs(Mean(kDraws, [&] { return random.Exponential(3); }) - 3) <
        0.1);
  CHECK(std::abs(Mean(kDraws, [&] { return random.Normal(10, 2); }) - 10) <
        0.06);
  CHECK(
      std::abs(Mean(kDraws, [&] { return std::pow(random.Normal(0, 2), 2); }) -
               4) < 0.2);
  // exp(mu + sigma^2 / 2).
  CHECK(std::abs(Mean(kDraws, [&] { return random.LogNormal(1, 0.5); }) -
                 std::exp(1.125)) < 0.1);
  // scale * shape / (shape - 1).
  CHECK(std::abs(Mean(kDraws, [&] { return random.Pareto(2, 3); }) - 3) < 0.1);
  double smallest = 100;
  for (int i = 0; i < 1000; ++i) {
    smallest = std::min(smallest, random.Pareto(2, 3));
  }
  CHECK(smallest >= 2);
}

TEST_CASE("Random: Ln and Exp agree with the true values", "[base][random]") {
  CHECK(Ln(1) == 0);
  CHECK(Exp(0) == 1);
  CHECK(Exp(-1000) == 0);
  CHECK(Exp(1000) == std::numeric_limits<double>::infinity());
  CHECK(Ln(std::numeric_limits<double>::infinity()) ==
        std::numeric_limits<double>::infinity());
  Random random(8);
  for (int i = 0; i < 100'000; ++i) {
    const double x = random.UniformDouble() * 1400 - 700;
    const double exp = Exp(x);
    CAPTURE(x, exp);
    REQUIRE(UlpDistance(exp, std::exp(x)) <= 4);
    REQUIRE(UlpDistance(Ln(exp), std::log(exp)) <= 4);
  }
  const double subnormal = std::numeric_limits<double>::denorm_min();
  CHECK(UlpDistance(Ln(subnormal), std::log(subnormal)) <= 4);
  CHECK_THAT(DeathMessage([] { Ln(0); }), ContainsText("x > 0"));
}

// Frozen: a scenario's output depends on every bit of these.
TEST_CASE("Random: the sequences never change", "[base][random][golden]") {
  Random random(12345);
  // From an independent implementation of splitmix64 and xoshiro256**.
  CHECK(random.Next() == 13720838825685603483u);
  CHECK(random.Next() == 2398916695208396998u);
  CHECK(random.Uniform(1'000'000) == 963334);
  CHECK(random.UniformDouble() == 0x1.8c009189d2dcp-5);
  CHECK(random.Exponential(1) == 0x1.9ec460a9b7d58p-1);
  CHECK(random.Normal(0, 1) == -0x1.85a64cbf9a4b1p+0);
  CHECK(random.LogNormal(0, 1) == 0x1.1be7b22baac0fp+0);
  CHECK(random.Pareto(1, 2) == 0x1.784e6f75835d8p+0);
}

}  // namespace
}  // namespace pagelab
