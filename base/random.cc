#include "pagelab/base/random.h"

#include <bit>
#include <cmath>
#include <limits>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

// ln 2 in two parts: the first has trailing zero bits, so that its product
// with an exponent is exact.
constexpr double kLn2High = 0x1.62e42fee00000p-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kSqrtTwo = 0x1.6a09e667f3bcdp+0;

constexpr int kMantissaBits = 52;
constexpr int kExponentBias = 1023;

// 2^exponent. REQUIRES: -1022 <= exponent <= 1023.
double PowerOfTwo(int exponent) {
  return std::bit_cast<double>(static_cast<uint64_t>(exponent + kExponentBias)
                               << kMantissaBits);
}

}  // namespace

double Ln(double x) {
  PAGELAB_CHECK(x > 0);
  if (x > std::numeric_limits<double>::max()) return x;
  int exponent = 0;
  if (x < std::numeric_limits<double>::min()) {  // Subnormal.
    x *= PowerOfTwo(54);
    exponent = -54;
  }
  // x = mantissa * 2^exponent, with the mantissa in [sqrt(1/2), sqrt(2)).
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  exponent += static_cast<int>(bits >> kMantissaBits) - kExponentBias;
  const uint64_t fraction = bits & ((uint64_t{1} << kMantissaBits) - 1);
  double mantissa = std::bit_cast<double>(
      fraction | (uint64_t{kExponentBias} << kMantissaBits));
  if (mantissa >= kSqrtTwo) {
    mantissa *= 0.5;
    ++exponent;
  }
  // ln m = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...), |s| < 0.172: the
  // thirteenth term is below 2^-64 of the first.
  const double s = (mantissa - 1.0) / (mantissa + 1.0);
  const double square = s * s;
  double series = 0;
  for (int power = 25; power >= 3; power -= 2) {
    series = (series + 1.0 / power) * square;
  }
  const double small = 2.0 * s + 2.0 * s * series;
  return exponent * kLn2High + (small + exponent * kLn2Low);
}

double Exp(double x) {
  if (x != x) return x;
  if (x > 709.782712893384) return std::numeric_limits<double>::infinity();
  if (x < -745.2) return 0;
  // x = k ln 2 + r with |r| <= ln(2) / 2: the fifteenth term of the series is
  // below 2^-60.
  const double k = std::floor(x / (kLn2High + kLn2Low) + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double series = 1;
  for (int term = 14; term >= 1; --term) series = 1 + series * r / term;
  // In two steps: the power alone can be outside the range of a double.
  const int exponent = static_cast<int>(k);
  return series * PowerOfTwo(exponent / 2) *
         PowerOfTwo(exponent - exponent / 2);
}

Random::Random(uint64_t seed) {
  for (uint64_t& word : state_) {  // splitmix64
    seed += 0x9e3779b97f4a7c15;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

uint64_t Random::Next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

uint64_t Random::Uniform(uint64_t bound) {
  PAGELAB_CHECK_GT(bound, 0);
  // Lemire's method: the high half of a product is uniform once the low
  // halves that occur once too often are refused.
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(Next()) * bound;
  if (static_cast<uint64_t>(product) < bound) {
    const uint64_t threshold = (0 - bound) % bound;
    while (static_cast<uint64_t>(product) < threshold) {
      product = static_cast<Wide>(Next()) * bound;
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

uint64_t Random::UniformBetween(uint64_t low, uint64_t high) {
  PAGELAB_CHECK_LE(low, high);
  const uint64_t last = high - low;
  if (last == std::numeric_limits<uint64_t>::max()) return Next();
  return low + Uniform(last + 1);
}

double Random::UniformDouble() {
  return static_cast<double>(Next() >> 11) * PowerOfTwo(-53);
}

bool Random::Bernoulli(double probability) {
  return UniformDouble() < probability;
}

double Random::Exponential(double mean) {
  return -mean * Ln(1.0 - UniformDouble());
}

double Random::Normal(double mean, double deviation) {
  double x = 0;
  double square = 0;
  do {
    x = 2.0 * UniformDouble() - 1.0;
    const double y = 2.0 * UniformDouble() - 1.0;
    square = x * x + y * y;
  } while (square >= 1.0 || square == 0.0);
  return mean + deviation * (x * std::sqrt(-2.0 * Ln(square) / square));
}

double Random::LogNormal(double mu, double sigma) {
  return Exp(Normal(mu, sigma));
}

double Random::Pareto(double scale, double shape) {
  return scale * Exp(-Ln(1.0 - UniformDouble()) / shape);
}

}  // namespace pagelab
