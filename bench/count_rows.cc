// pagelab_count_rows ROW ROUNDS: does the work of one row of
// docs/performance.md so many times and prints how many pairs a round is. Two
// runs under callgrind with different ROUNDS give the instructions of one pair,
// set-up cancelled: tools/check_instructions.sh.

#include <fmt/format.h>

#include <cstdlib>
#include <functional>
#include <string_view>
#include <vector>

#include "pagelab/base/check.h"
#include "pagelab/bench/bench_machine.h"
#include "pagelab/bench/page_traffic.h"

namespace pagelab {
namespace {

constexpr Gfp kGfp = gfp::kHighuserMovable;
constexpr uint64_t kRepeats = 100'000;
constexpr uint64_t kRandomPairs = 1'000'000;
// Before random work is counted: per-cpu lists have found their size then.
constexpr uint64_t kWarmUpPairs = 2'000'000;
// A mix holds blocks of 10.5 pages on average.
constexpr uint64_t kMixedPagesTwice = 21;

class Rows {
 public:
  Rows()
      : machine_(BootForBench("qemu-4g", "")),
        context_(machine_.ContextOf(machine_.NewTask("bench", 1, 1))),
        source_{machine_.state(), context_} {
    for (const Zone& zone : machine_.state().all_zones()) {
      managed_ += zone.managed.value();
    }
  }

  // Pairs a round; 0: there is no such row.
  uint64_t Run(std::string_view row, uint64_t rounds) {
    if (row == "repeat0") return Repeat(Order(0), rounds);
    if (row == "repeat9") return Repeat(Order(9), rounds);
    if (row == "bulk") return Bulk(rounds);
    if (row == "churn") return Churn(rounds);
    if (row == "mix") return Mix(rounds);
    return 0;
  }

 private:
  uint64_t Repeat(Order order, uint64_t rounds) {
    hooks_static_key::RepeatPairs(source_, {.gfp = kGfp, .order = order},
                                  rounds * kRepeats);
    return kRepeats;
  }

  uint64_t Bulk(uint64_t rounds) {
    std::vector<Page*> held(managed_ / 10 * 9);
    for (uint64_t i = 0; i < rounds; ++i) {
      hooks_static_key::BulkPairs(source_, {.gfp = kGfp}, absl::MakeSpan(held));
    }
    return held.size();
  }

  uint64_t Churn(uint64_t rounds) {
    std::vector<Page*> held(managed_ / 2);
    for (Page*& page : held) {
      page = machine_.allocator().AllocPages(context_, {.gfp = kGfp});
      PAGELAB_CHECK(page != nullptr);
    }
    TrafficRandom random;
    hooks_static_key::ChurnPairs(source_, {.gfp = kGfp}, absl::MakeSpan(held),
                                 random, kWarmUpPairs + rounds * kRandomPairs);
    return kRandomPairs;
  }

  uint64_t Mix(uint64_t rounds) {
    std::vector<HeldBlock> held(managed_ / kMixedPagesTwice);
    TrafficRandom random;
    for (HeldBlock& block : held) {
      block.order = NextMixedOrder(random);
      block.page = machine_.allocator().AllocPages(
          context_, {.gfp = kGfp, .order = block.order});
      PAGELAB_CHECK(block.page != nullptr);
    }
    hooks_static_key::MixPairs(source_, kGfp, absl::MakeSpan(held), random,
                               kWarmUpPairs + rounds * kRandomPairs);
    return kRandomPairs;
  }

  Machine machine_;
  ExecutionContext context_;
  TrafficSource source_;
  uint64_t managed_ = 0;
};

int Main(int argc, char** argv) {
  const uint64_t pairs =
      argc == 3 ? Rows().Run(argv[1], std::strtoull(argv[2], nullptr, 10)) : 0;
  if (pairs == 0) {
    fmt::print(stderr,
               "usage: pagelab_count_rows repeat0|repeat9|bulk|churn|mix "
               "ROUNDS\n");
    return 2;
  }
  fmt::print("{}\n", pairs);
  return 0;
}

}  // namespace
}  // namespace pagelab

int main(int argc, char** argv) { return pagelab::Main(argc, argv); }
