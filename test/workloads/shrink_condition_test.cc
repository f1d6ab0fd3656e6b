#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/shrink/condition.h"
#include "pagelab/workloads/shrink/ddmin.h"

namespace pagelab {
namespace {

using Kind = ConditionAtom::Kind;

std::string ErrorOf(std::string_view text) {
  const absl::StatusOr<Condition> condition = Condition::Parse(text);
  return condition.ok() ? "fine"
                        : std::string(FromAbsl(condition.status().message()));
}

Condition MustParse(std::string_view text) {
  absl::StatusOr<Condition> condition = Condition::Parse(text);
  INFO(condition.status().ToString());
  REQUIRE(condition.ok());
  return *std::move(condition);
}

TEST_CASE("Condition: an event is narrowed down by order, mask and zone",
          "[workloads][shrink]") {
  const Condition condition = MustParse(
      "failure order>=3 order!=9 gfp has __GFP_COMP gfp has GFP_ATOMIC "
      "zone=DMA32");
  REQUIRE(condition.cases().size() == 1);
  const ConditionAtom& atom = condition.cases()[0][0];
  CHECK(atom.kind == Kind::kFailure);
  REQUIRE(atom.orders.size() == 2);
  CHECK(atom.orders[0].Holds(3));
  CHECK_FALSE(atom.orders[0].Holds(2));
  CHECK_FALSE(atom.orders[1].Holds(9));
  CHECK(atom.gfp == gfp::kComp.With(gfp::kAtomic));
  CHECK(atom.zone == ZoneType::kDma32);
}

TEST_CASE("Condition: and binds closer than or, parentheses closer still",
          "[workloads][shrink]") {
  CHECK(MustParse("oom or steal and fallback").cases().size() == 2);
  const Condition spread =
      MustParse("(oom or steal) and (fallback or event mm_page_free)");
  REQUIRE(spread.cases().size() == 4);
  CHECK(spread.cases()[2][0].kind == Kind::kSteal);
  CHECK(spread.cases()[2][1].kind == Kind::kFallback);
  CHECK(spread.cases()[3][1].name == "mm_page_free");
}

TEST_CASE("Condition: states are compared with numbers",
          "[workloads][shrink]") {
  const Condition condition =
      MustParse("unusable_index(9)>0.75 and free_pages<=100 zone=Normal");
  const Condition::Case& atoms = condition.cases()[0];
  CHECK(atoms[0].order == Order(9));
  CHECK(atoms[0].bound.Holds(0.76));
  CHECK_FALSE(atoms[0].bound.Holds(0.75));
  CHECK(atoms[1].bound.Holds(100));
  CHECK(atoms[1].zone == ZoneType::kNormal);
}

TEST_CASE("Condition: errors say the column and what would be right",
          "[workloads][shrink]") {
  CHECK(ErrorOf("") ==
        "column 1: expected failure, steal, fallback, oom, event NAME, "
        "free_pages OP N or unusable_index(ORDER) OP X, got the end");
  CHECK(ErrorOf("oom and wibble").starts_with("column 9: expected failure"));
  CHECK(ErrorOf("failure order>=x") ==
        "column 16: expected a number, got \"x\"");
  CHECK(ErrorOf("failure order 9") ==
        "column 15: expected <, <=, =, !=, >= or > and a number, got \"9\"");
  CHECK(ErrorOf("failure gfp has WIBBLE") ==
        "column 17: expected a flag as the kernel spells it, as __GFP_COMP, "
        "got \"WIBBLE\"");
  CHECK(ErrorOf("steal gfp has __GFP_COMP") ==
        "column 7: only \"failure\" knows the gfp mask");
  CHECK(ErrorOf("free_pages<5 order>1") == "column 14: a state has no order");
  CHECK(ErrorOf("failure zone=Low") ==
        "column 14: expected a zone: DMA, DMA32, Normal or Movable, got "
        "\"Low\"");
  CHECK(ErrorOf("unusable_index(11)>0") == "column 16: an order is 0 to 10");
  CHECK(ErrorOf("(oom") == "column 5: expected \")\", got the end");
  CHECK(ErrorOf("oom oom") ==
        "column 5: expected \"and\", \"or\" or the end, got \"oom\"");
  CHECK(ErrorOf("event >") ==
        "column 7: expected the name of a tracepoint or of a counter of "
        "/proc/vmstat, got \">\"");
}

TEST_CASE("MinimizeItems: what must stay together stays, all else goes",
          "[workloads][shrink]") {
  const auto has = [](const KeptItems& kept, size_t item) {
    return std::find(kept.begin(), kept.end(), item) != kept.end();
  };
  int asked = 0;
  const KeptItems kept = MinimizeItems(1000, [&](const KeptItems& items) {
    ++asked;
    return has(items, 3) && has(items, 512) && has(items, 999);
  });
  CHECK(kept == KeptItems{3, 512, 999});
  CHECK(asked < 200);
  CHECK(MinimizeItems(7, [](const KeptItems&) { return true; }).empty());
  CHECK(MinimizeItems(3, [](const KeptItems&) { return false; }).size() == 3);
  CHECK(MinimizeItems(0, [](const KeptItems&) { return true; }).empty());
}

TEST_CASE("MinimizeNumber: finds the least that is enough",
          "[workloads][shrink]") {
  for (uint64_t enough = 1; enough <= 40; ++enough) {
    CHECK(MinimizeNumber(1, 40, [enough](uint64_t number) {
            return number >= enough;
          }) == enough);
  }
}

}  // namespace
}  // namespace pagelab
