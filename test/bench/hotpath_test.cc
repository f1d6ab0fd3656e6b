#include <fmt/format.h>

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/bench/hotpath_counts.h"
#include "pagelab/bench/hotpath_machine.h"
#include "pagelab/bench/hotpath_options.h"
#include "pagelab/bench/hotpath_times.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

std::string OptionError(const std::vector<std::string_view>& arguments) {
  return std::string(ParseHotpathOptions(arguments).status().message());
}

const VariantFigures& FiguresOf(const RowFigures& row, std::string_view name) {
  for (const VariantFigures& figures : row.variants) {
    if (figures.variant.name == name) return figures;
  }
  FAIL("no variant " << name);
  return row.variants.front();
}

TEST_CASE("HotpathOptions: what is wrong is said", "[bench][hotpath]") {
  CHECK(OptionError({"--rounds", "3"}) ==
        "--rounds: must be 5 to 100000, got \"3\"");
  CHECK(OptionError({"--rounds"}) == "--rounds needs a value");
  CHECK(OptionError({"--trace"}) == "--trace needs a value");
  CHECK(OptionError({"--rows"}) == "unknown argument \"--rows\"");
  const auto options =
      ParseHotpathOptions({"--json", "--rounds", "7", "--trace", "x"});
  REQUIRE(options.ok());
  CHECK(options->action == HotpathAction::kMeasure);
  CHECK(options->rounds == 7);
  CHECK(options->trace == "x");
}

TEST_CASE("HotpathMachine: hooks and keys are on only while it watches",
          "[bench][hotpath]") {
  {
    const auto machine = HotpathMachine::Boot();
    REQUIRE(machine.ok());
    AllocatorState& state = (*machine)->source().state;
    REQUIRE((*machine)->Switch(OwnerMode::kRecord).ok());
    CHECK(state.hooks != nullptr);
    CHECK(allocation_hooks_key.enabled == 1);
    REQUIRE((*machine)->Switch(OwnerMode::kDepot).ok());
    CHECK(allocation_hooks_key.enabled == 1);
    REQUIRE((*machine)->Switch(OwnerMode::kOff).ok());
    CHECK(state.hooks == nullptr);
    CHECK(allocation_hooks_key.enabled == 0);
    // Eleven simulated functions.
    CHECK((*machine)->nr_frames() == 11);
  }
  CHECK(allocation_hooks_key.enabled == 0);
}

TEST_CASE("HotpathMachine: every way to a stack records the same one",
          "[bench][hotpath]") {
  const auto machine = HotpathMachine::Boot();
  REQUIRE(machine.ok());
  std::vector<uint32_t> handles;
  for (const HotpathVariant& variant : HotpathVariants()) {
    if (variant.owner == OwnerMode::kOff) continue;
    CAPTURE(variant.name);
    REQUIRE((*machine)->Switch(variant.owner).ok());
    (*machine)->Run([&] {
      const TrafficSource source = (*machine)->source();
      PageAllocator allocator(source.state);
      Page* page = allocator.AllocPages(source.context, {.gfp = gfp::kKernel});
      REQUIRE(page != nullptr);
      handles.push_back((*machine)->StackOf(*page));
      allocator.FreePages(source.context, page, Order(0));
    });
  }
  REQUIRE(handles.size() >= 6);
  CHECK(handles.front() != 0);
  CHECK(std::vector<uint32_t>(handles.size(), handles.front()) == handles);
}

TEST_CASE("Hotpath: each variant has a time for each round",
          "[bench][hotpath]") {
  const auto recorded = ParseSteps("mix", "kind 0 0xcc0\n+0 +0 -1 -0\n");
  REQUIRE(recorded.ok());
  const auto machine = HotpathMachine::Boot();
  REQUIRE(machine.ok());
  for (HotpathRow row : HotpathRows(*recorded)) {
    CAPTURE(row.name);
    if (row.recorded == nullptr) row.pairs = 3;
    std::vector<int> rounds;
    const auto figures = TimeRow(
        **machine, row,
        {.rounds = 2, .on_round = [&](int round) { rounds.push_back(round); }});
    REQUIRE(figures.ok());
    CHECK(rounds == std::vector<int>{1, 2});
    for (const VariantFigures& of : figures->variants) {
      CHECK(of.nanoseconds.size() == 2);
      CHECK(!of.instructions.has_value());
    }
  }
}

TEST_CASE("Hotpath: a static key that is off costs fewer branches than a test",
          "[bench][hotpath]") {
  const auto recorded = ParseSteps("mix", "kind 0 0xcc0\n+0 -0\n");
  const auto machine = HotpathMachine::Boot();
  REQUIRE(machine.ok());
  REQUIRE((*machine)->Switch(OwnerMode::kRecord).ok());
  (*machine)->Save();
  RowFigures row{.row = HotpathRows(*recorded).front()};
  for (const HotpathVariant& variant : HotpathVariants()) {
    row.variants.push_back({.variant = variant});
  }
  const auto loop =
      CountRow(**machine, row,
               {.watched = false,
                .deadline = std::chrono::steady_clock::time_point::max()});
  if (!loop.ok()) return;  // Nothing traps here.
  const VariantFigures& absent = FiguresOf(row, "absent");
  const VariantFigures& again = FiguresOf(row, "absent again");
  CHECK(loop->instructions > 0);
  CHECK(absent.instructions.value() > 0);
  CHECK(again.instructions == absent.instructions);
  CHECK(again.branches == absent.branches);
  // How many more exactly is for tools/check_hooks.sh: it depends on where the
  // compiler puts what.
  CHECK(FiguresOf(row, "branch").branches.value() > absent.branches.value());
  CHECK(FiguresOf(row, "static key").branches.value() <
        FiguresOf(row, "branch").branches.value());
  // Not asked for.
  CHECK(!FiguresOf(row, "branch, record").instructions.has_value());
}

}  // namespace
}  // namespace pagelab
