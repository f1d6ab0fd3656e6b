#include "pagelab/base/check.h"

#include <cstdint>
#include <string>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/death.h"

namespace pagelab {
namespace {

enum class Colour : uint8_t { kRed = 7 };

struct Named {
  int id;
  friend bool operator==(Named, Named) = default;
};
std::string ToString(Named named) {
  return "named " + std::to_string(named.id);
}

TEST_CASE("Check: a true condition has no effect", "[base][check]") {
  PAGELAB_CHECK(1 + 1 == 2);
  PAGELAB_CHECK_EQ(2, 2u);
  PAGELAB_CHECK_LT(1, 2);
  PAGELAB_CHECK_LE(2, 2);
  PAGELAB_CHECK_GT(3, 2);
  PAGELAB_CHECK_GE(3, 3);
  PAGELAB_CHECK_NE(1, 2);
}

TEST_CASE("Check: a false condition names file, line and expression",
          "[base][check]") {
  const std::string message = DeathMessage([] { PAGELAB_CHECK(1 > 2); });
  CHECK_THAT(message, ContainsText("test/base/check_test.cc:"));
  CHECK_THAT(message, ContainsText(": check failed: 1 > 2\n"));
}

TEST_CASE("Check: a failed comparison prints both operands", "[base][check]") {
  const uint64_t count = 3;
  CHECK_THAT(DeathMessage([&] { PAGELAB_CHECK_EQ(count, 4); }),
             ContainsText("check failed: count == 4 (3 vs. 4)\n"));
  CHECK_THAT(DeathMessage([&] { PAGELAB_CHECK_NE(count, 3u); }),
             ContainsText("count != 3u (3 vs. 3)"));
  CHECK_THAT(DeathMessage([&] { PAGELAB_CHECK_LT(count, 3u); }),
             ContainsText("count < 3u (3 vs. 3)"));
  CHECK_THAT(DeathMessage([&] { PAGELAB_CHECK_LE(count, 2u); }),
             ContainsText("count <= 2u (3 vs. 2)"));
  CHECK_THAT(DeathMessage([&] { PAGELAB_CHECK_GT(count, 3u); }),
             ContainsText("count > 3u (3 vs. 3)"));
  CHECK_THAT(DeathMessage([&] { PAGELAB_CHECK_GE(count, 4u); }),
             ContainsText("count >= 4u (3 vs. 4)"));
}

TEST_CASE("Check: integers of different signs compare by value",
          "[base][check]") {
  const int negative = -1;
  const unsigned zero = 0;
  PAGELAB_CHECK_LT(negative, zero);
  CHECK_THAT(DeathMessage([&] { PAGELAB_CHECK_GT(negative, zero); }),
             ContainsText("(-1 vs. 0)"));
}

TEST_CASE("Check: operands of every kind are printed", "[base][check]") {
  CHECK_THAT(DeathMessage([] { PAGELAB_CHECK_EQ(true, false); }),
             ContainsText("(true vs. false)"));
  CHECK_THAT(DeathMessage([] {
               PAGELAB_CHECK_EQ(std::string("zone"), std::string("node"));
             }),
             ContainsText("(zone vs. node)"));
  CHECK_THAT(DeathMessage([] { PAGELAB_CHECK_NE(Colour::kRed, Colour::kRed); }),
             ContainsText("(7 vs. 7)"));
  CHECK_THAT(DeathMessage([] { PAGELAB_CHECK_EQ(Named{1}, Named{2}); }),
             ContainsText("(named 1 vs. named 2)"));
  int here = 0;
  const int* pointer = &here;
  CHECK_THAT(DeathMessage([&] { PAGELAB_CHECK_EQ(pointer, nullptr); }),
             ContainsText(" vs. nullptr)"));
}

TEST_CASE("Check: operands are evaluated once", "[base][check]") {
  int calls = 0;
  PAGELAB_CHECK_EQ(++calls, 1);
  PAGELAB_CHECK(++calls == 2);
  CHECK(calls == 2);
}

TEST_CASE("Check: debug checks run only without NDEBUG", "[base][check]") {
  const std::string message = DeathMessage([] { PAGELAB_DCHECK_EQ(1, 2); });
  int calls = 0;
  PAGELAB_DCHECK(++calls > 0);
#ifdef NDEBUG
  CHECK(message == "did not abort");
  CHECK(calls == 0);
#else
  CHECK_THAT(message, ContainsText("(1 vs. 2)"));
  CHECK(calls == 1);
#endif
}

}  // namespace
}  // namespace pagelab
