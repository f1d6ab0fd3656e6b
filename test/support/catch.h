// The one place that knows which Catch2 is installed. Test sources include
// this header and nothing else of Catch2.

#ifndef PAGELAB_TEST_SUPPORT_CATCH_H_
#define PAGELAB_TEST_SUPPORT_CATCH_H_

#include <string>

#ifdef PAGELAB_CATCH2_V3

#include <catch2/catch_all.hpp>  // IWYU pragma: export

namespace pagelab {
using CatchApprox = Catch::Approx;
namespace matchers = Catch::Matchers;
inline auto ContainsText(const std::string& text) {
  return Catch::Matchers::ContainsSubstring(text);
}
}  // namespace pagelab

#else

#include <catch2/catch.hpp>  // IWYU pragma: export

namespace pagelab {
using CatchApprox = Approx;
namespace matchers = Catch::Matchers;
inline auto ContainsText(const std::string& text) {
  return Catch::Matchers::Contains(text);
}
}  // namespace pagelab

#endif

#endif  // PAGELAB_TEST_SUPPORT_CATCH_H_
