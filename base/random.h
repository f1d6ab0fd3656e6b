// The one source of randomness: same seed, same sequence, on every host,
// compiler and build type. The standard library's distributions differ from
// one library to another, and its logarithm from one host to another; so the
// distributions here use only operations that IEEE 754 rounds exactly
// (+, -, *, / and square root).

#ifndef PAGELAB_BASE_RANDOM_H_
#define PAGELAB_BASE_RANDOM_H_

#include <array>
#include <cstdint>

namespace pagelab {

// Natural logarithm and exponential, within a few units in the last place of
// the true value and bit-identical everywhere. REQUIRES for Ln: x > 0.
double Ln(double x);
double Exp(double x);

// xoshiro256** 1.0 (Blackman and Vigna), seeded through splitmix64.
// Trivially copyable: copying a generator copies its future.
class Random {
 public:
  explicit Random(uint64_t seed);

  // 64 uniform bits.
  uint64_t Next();
  // Uniform in [0, bound), without bias. REQUIRES: bound > 0.
  uint64_t Uniform(uint64_t bound);
  // Uniform in [low, high]. REQUIRES: low <= high.
  uint64_t UniformBetween(uint64_t low, uint64_t high);
  // Uniform in [0, 1), a multiple of 2^-53.
  double UniformDouble();
  // True with the given probability.
  bool Bernoulli(double probability);
  // REQUIRES: mean >= 0.
  double Exponential(double mean);
  // By the polar method of Marsaglia.
  double Normal(double mean, double deviation);
  // exp of a normal variable: `mu` and `sigma` are those of the logarithm.
  double LogNormal(double mu, double sigma);
  // At least `scale`, with P(X > x) = (scale / x)^shape.
  // REQUIRES: scale > 0, shape > 0.
  double Pareto(double scale, double shape);

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace pagelab

#endif  // PAGELAB_BASE_RANDOM_H_
