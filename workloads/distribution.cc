#include "pagelab/workloads/distribution.h"

#include <algorithm>

namespace pagelab {
namespace {

// A real number as the nearest whole one that 64 bits hold.
uint64_t Rounded(double value) {
  // 2^64, which itself does not fit.
  constexpr double kEnd = 18446744073709551616.0;
  value += 0.5;
  if (!(value >= 0)) return 0;
  return value >= kEnd ? UINT64_MAX : static_cast<uint64_t>(value);
}

uint64_t DrawChoice(const Distribution& distribution, Random& random) {
  uint64_t sum = 0;
  for (const Distribution::Choice& choice : distribution.choices) {
    sum += choice.weight;
  }
  uint64_t drawn = random.Uniform(sum);
  for (const Distribution::Choice& choice : distribution.choices) {
    if (drawn < choice.weight) return choice.value;
    drawn -= choice.weight;
  }
  return distribution.choices.back().value;
}

uint64_t Limited(const Distribution& distribution, uint64_t value) {
  return std::min(std::max(value, distribution.min), distribution.max);
}

uint64_t DrawUnlimited(const Distribution& distribution, Random& random) {
  const auto real = [](uint64_t value) { return static_cast<double>(value); };
  switch (distribution.kind) {
    case DistributionKind::kConstant:
      return distribution.value;
    case DistributionKind::kUniform:
      return random.UniformBetween(distribution.min, distribution.max);
    case DistributionKind::kExponential:
      return Rounded(random.Exponential(real(distribution.mean)));
    case DistributionKind::kNormal:
      return Rounded(
          random.Normal(real(distribution.mean), real(distribution.deviation)));
    case DistributionKind::kLogNormal: {
      const double mu =
          distribution.median == 0 ? 0 : Ln(real(distribution.median));
      const double value = random.LogNormal(mu, distribution.sigma);
      return distribution.median == 0 ? 0 : Rounded(value);
    }
    case DistributionKind::kPareto:
      if (distribution.scale == 0) return 0;
      return Rounded(
          random.Pareto(real(distribution.scale), distribution.shape));
    case DistributionKind::kChoice:
      return DrawChoice(distribution, random);
  }
  return 0;
}

}  // namespace

std::string_view ToString(DistributionKind kind) {
  switch (kind) {
    case DistributionKind::kConstant:
      return "constant";
    case DistributionKind::kUniform:
      return "uniform";
    case DistributionKind::kExponential:
      return "exponential";
    case DistributionKind::kNormal:
      return "normal";
    case DistributionKind::kLogNormal:
      return "lognormal";
    case DistributionKind::kPareto:
      return "pareto";
    case DistributionKind::kChoice:
      return "choice";
  }
  return "";
}

uint64_t Draw(const Distribution& distribution, Random& random) {
  return Limited(distribution, DrawUnlimited(distribution, random));
}

uint64_t Draw(const Scenario& scenario, const Quantity& quantity,
              Random& random) {
  if (!quantity.random()) return quantity.fixed;
  return Draw(scenario.distributions[quantity.distribution], random);
}

uint64_t SmallestDraw(const Distribution& distribution) {
  uint64_t smallest = distribution.min;
  if (distribution.kind == DistributionKind::kConstant) {
    smallest = distribution.value;
  } else if (distribution.kind == DistributionKind::kPareto) {
    smallest = distribution.scale;
  } else if (distribution.kind == DistributionKind::kChoice) {
    smallest = UINT64_MAX;
    for (const Distribution::Choice& choice : distribution.choices) {
      smallest = std::min(smallest, choice.value);
    }
  }
  return Limited(distribution, smallest);
}

uint64_t LargestDraw(const Distribution& distribution) {
  uint64_t largest = distribution.max;
  if (distribution.kind == DistributionKind::kConstant) {
    largest = distribution.value;
  } else if (distribution.kind == DistributionKind::kChoice) {
    largest = 0;
    for (const Distribution::Choice& choice : distribution.choices) {
      largest = std::max(largest, choice.value);
    }
  }
  return Limited(distribution, largest);
}

}  // namespace pagelab
