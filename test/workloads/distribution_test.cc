#include "pagelab/workloads/distribution.h"

#include <map>
#include <string>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr int kDraws = 20000;

double MeanOf(const Distribution& distribution, uint64_t seed) {
  Random random(seed);
  double sum = 0;
  for (int i = 0; i < kDraws; ++i) {
    sum += static_cast<double>(Draw(distribution, random));
  }
  return sum / kDraws;
}

TEST_CASE("Distribution: a constant takes nothing from the generator",
          "[workloads][distribution]") {
  const Distribution constant{.kind = DistributionKind::kConstant, .value = 17};
  Random random(1);
  Random untouched(1);
  CHECK(Draw(constant, random) == 17);
  CHECK(random.Next() == untouched.Next());
}

TEST_CASE("Distribution: the means are those of the definitions",
          "[workloads][distribution]") {
  CHECK(MeanOf({.kind = DistributionKind::kUniform, .min = 10, .max = 20}, 1) ==
        CatchApprox(15).epsilon(0.02));
  CHECK(MeanOf({.kind = DistributionKind::kExponential, .mean = 1000}, 2) ==
        CatchApprox(1000).epsilon(0.05));
  CHECK(MeanOf(
            {.kind = DistributionKind::kNormal, .mean = 1000, .deviation = 100},
            3) == CatchApprox(1000).epsilon(0.01));
  // scale * shape / (shape - 1).
  CHECK(MeanOf({.kind = DistributionKind::kPareto, .scale = 1000, .shape = 5},
               4) == CatchApprox(1250).epsilon(0.02));
}

TEST_CASE("Distribution: half of a lognormal is below its median",
          "[workloads][distribution]") {
  const Distribution lognormal{
      .kind = DistributionKind::kLogNormal, .median = 5000, .sigma = 1.5};
  Random random(5);
  int below = 0;
  for (int i = 0; i < kDraws; ++i) {
    below += Draw(lognormal, random) < 5000 ? 1 : 0;
  }
  CHECK(below == CatchApprox(kDraws / 2).epsilon(0.03));
}

TEST_CASE("Distribution: choices come as often as they weigh",
          "[workloads][distribution]") {
  const Distribution choice{
      .kind = DistributionKind::kChoice,
      .choices = {{.value = 0, .weight = 8}, {.value = 9, .weight = 2}}};
  Random random(6);
  std::map<uint64_t, int> seen;
  for (int i = 0; i < kDraws; ++i) ++seen[Draw(choice, random)];
  CHECK(seen.size() == 2);
  CHECK(seen[9] == CatchApprox(kDraws / 5).epsilon(0.05));
}

TEST_CASE("Distribution: nothing is drawn outside of the limits",
          "[workloads][distribution]") {
  const Distribution normal{.kind = DistributionKind::kNormal,
                            .mean = 5,
                            .deviation = 100,
                            .min = 1,
                            .max = 10};
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t drawn = Draw(normal, random);
    REQUIRE(drawn >= 1);
    REQUIRE(drawn <= 10);
  }
  CHECK(SmallestDraw(normal) == 1);
  CHECK(LargestDraw(normal) == 10);
}

TEST_CASE("Distribution: a tail that leaves 64 bits ends at the largest value",
          "[workloads][distribution]") {
  const Distribution heavy{.kind = DistributionKind::kPareto,
                           .scale = UINT64_MAX / 2,
                           .shape = 0.01};
  Random random(8);
  CHECK(Draw(heavy, random) == UINT64_MAX);
}

TEST_CASE("Distribution: the range of what can be drawn is known",
          "[workloads][distribution]") {
  const Distribution choice{
      .kind = DistributionKind::kChoice,
      .choices = {{.value = 3, .weight = 1}, {.value = 7, .weight = 1}}};
  CHECK(SmallestDraw(choice) == 3);
  CHECK(LargestDraw(choice) == 7);
  const Distribution pareto{
      .kind = DistributionKind::kPareto, .scale = 4, .shape = 1, .max = 9};
  CHECK(SmallestDraw(pareto) == 4);
  CHECK(LargestDraw(pareto) == 9);
  CHECK(LargestDraw({.kind = DistributionKind::kConstant, .value = 2}) == 2);
  CHECK(LargestDraw({.kind = DistributionKind::kExponential, .mean = 2}) ==
        UINT64_MAX);
}

TEST_CASE("Distribution: a quantity is fixed or drawn",
          "[workloads][distribution]") {
  Scenario scenario;
  scenario.distributions = {
      {.kind = DistributionKind::kUniform, .min = 100, .max = 200}};
  Random random(9);
  CHECK(Draw(scenario, Quantity{.fixed = 5}, random) == 5);
  const uint64_t drawn = Draw(scenario, Quantity{.distribution = 0}, random);
  CHECK(drawn >= 100);
  CHECK(drawn <= 200);
}

}  // namespace
}  // namespace pagelab
