#include "pagelab/bench/scale_rows.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/bench/bench_machine.h"
#include "pagelab/bench/instruction_counter.h"
#include "pagelab/bench/page_traffic.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kRepeat = "order 0, same frame";
constexpr std::string_view kRepeatHuge = "order 9, same block";
constexpr std::string_view kFirstTouch = "bulk, first touch";
constexpr std::string_view kBulk = "bulk";
constexpr std::string_view kChurn = "churn";
constexpr std::string_view kMix = "mix";
constexpr std::string_view kFill = "fill and empty, order 0";
constexpr std::string_view kFillHuge = "fill and empty, order 9";
// Huge pages first: afterwards every descriptor was touched.
constexpr std::array<std::string_view, 8> kRows = {
    kFillHuge, kFirstTouch, kBulk, kFill, kRepeat, kRepeatHuge, kChurn, kMix};

constexpr Gfp kGfp = gfp::kHighuserMovable;
constexpr int kRounds = 9;
// Pages that bulk rounds move in all, so that a large machine has fewer.
constexpr uint64_t kBulkPages = uint64_t{1} << 26;
constexpr uint64_t kRepeatPairs = 200'000;
constexpr uint64_t kRandomPairs = 200'000;
// Before a random row is measured: per-cpu lists have found their size then.
constexpr uint64_t kWarmUpPairs = 2'000'000;
// Counting is slow.
constexpr uint64_t kCountedRepeats = 20;
constexpr uint64_t kCountedPairs = 500;
// A mix holds blocks of 10.5 pages on average.
constexpr uint64_t kMixedPagesTwice = 21;

constexpr uint64_t kLowEnd = uint64_t{3} << 30;
constexpr uint64_t kHighBegin = uint64_t{4} << 30;

FirmwareRange Usable(uint64_t begin, uint64_t end) {
  return {.range = {.begin = begin, .end = end}, .usable = true};
}

// A PC: memory from 3 GiB on lies above 4 GiB.
MachineConfig PcOf(uint64_t bytes) {
  absl::StatusOr<MachineConfig> config = LoadMachine("qemu-2g");
  PAGELAB_CHECK(config.ok());
  config->memory_map = {Usable(0, 0x9fc00),
                        Usable(0x100000, std::min(bytes, kLowEnd))};
  if (bytes > kLowEnd) {
    config->memory_map.push_back(
        Usable(kHighBegin, kHighBegin + bytes - kLowEnd));
  }
  config->reserved.clear();
  config->reserve_memmap = true;
  config->boot_frees.clear();
  config->command_line = "";
  return *std::move(config);
}

class ScaleMeasurement {
 public:
  ScaleMeasurement(Machine machine, uint64_t bytes)
      : machine_(std::move(machine)),
        context_(machine_.ContextOf(machine_.NewTask("bench", 1, 1))),
        source_{machine_.state(), context_},
        bytes_(bytes) {
    for (const Zone& zone : machine_.state().all_zones()) {
      managed_ += zone.managed.value();
    }
  }

  ScalePoint Measure(std::string_view row) {
    ScalePoint point;
    point.row = row;
    point.bytes = bytes_;
    if (row == kRepeat || row == kRepeatHuge) {
      Repeat(Order(row == kRepeat ? 0 : 9), point);
    } else if (row == kFirstTouch || row == kBulk) {
      Bulk(row == kFirstTouch ? 1 : RoundsOf(managed_), point);
    } else if (row == kFill || row == kFillHuge) {
      Fill(Order(row == kFill ? 0 : 9), point);
    } else if (row == kChurn) {
      Churn(point);
    } else {
      Mix(point);
    }
    // What per-cpu lists keep of one order is lost to the others.
    machine_.allocator().DrainAllPages(context_);
    point.resident_bytes = machine_.resident_bytes();
    return point;
  }

 private:
  static int RoundsOf(uint64_t pages) {
    return static_cast<int>(
        std::clamp<uint64_t>(kBulkPages / pages, 1, kRounds));
  }

  template <typename Work>
  static double TimePerPair(uint64_t pairs, Work&& work) {
    const Clock::time_point begin = Clock::now();
    work();
    const std::chrono::duration<double, std::nano> time = Clock::now() - begin;
    return time.count() / static_cast<double>(pairs);
  }

  template <typename Work>
  static void Time(int rounds, uint64_t pairs, ScalePoint& point, Work&& work) {
    for (int round = 0; round < rounds; ++round) {
      point.nanoseconds.push_back(TimePerPair(pairs, work));
    }
  }

  template <typename Work>
  static void Count(uint64_t pairs, ScalePoint& point, Work&& work) {
    const absl::StatusOr<InstructionCount> count = CountInstructions(work);
    if (!count.ok()) return;
    point.instructions =
        static_cast<double>(count->instructions) / static_cast<double>(pairs);
  }

  void Repeat(Order order, ScalePoint& point) {
    const AllocRequest request{.gfp = kGfp, .order = order};
    const auto work = [&](uint64_t pairs) {
      hooks_static_key::RepeatPairs(source_, request, pairs);
    };
    work(kCountedRepeats);
    Time(kRounds, kRepeatPairs, point, [&] { work(kRepeatPairs); });
    Count(kCountedRepeats, point, [&] { work(kCountedRepeats); });
  }

  void Bulk(int rounds, ScalePoint& point) {
    std::vector<Page*> held(managed_ / 10 * 9);
    const auto work = [&](absl::Span<Page*> pages) {
      hooks_static_key::BulkPairs(source_, {.gfp = kGfp}, pages);
    };
    Time(rounds, held.size(), point, [&] { work(absl::MakeSpan(held)); });
    const auto few = absl::MakeSpan(held).first(kCountedPairs);
    if (point.row == kBulk) Count(kCountedPairs, point, [&] { work(few); });
  }

  // Until nothing is to be had.
  void Fill(Order order, ScalePoint& point) {
    PageAllocator& allocator = machine_.allocator();
    const AllocRequest request{
        .gfp = kGfp.With(gfp::kNowarn).With(gfp::kNoretry), .order = order};
    // Half of what pointers would take.
    std::vector<uint32_t> held(managed_ >> order.value());
    uint64_t count = 0;
    const auto work = [&] {
      count = 0;
      while (Page* page = allocator.AllocPages(context_, request)) {
        held[count++] =
            static_cast<uint32_t>(machine_.memory().PfnOf(page).value());
      }
      for (uint64_t i = 0; i < count; ++i) {
        allocator.FreePages(context_, machine_.memory().PageAt(Pfn(held[i])),
                            order);
      }
    };
    const double nanoseconds = TimePerPair(1, work);
    point.nanoseconds.push_back(nanoseconds / static_cast<double>(count));
    point.note = "until nothing is to be had, then all of it back";
  }

  void Churn(ScalePoint& point) {
    std::vector<Page*> held(managed_ / 2);
    for (Page*& page : held) {
      page = machine_.allocator().AllocPages(context_, {.gfp = kGfp});
      PAGELAB_CHECK(page != nullptr);
    }
    TrafficRandom random;
    const auto work = [&](uint64_t pairs) {
      hooks_static_key::ChurnPairs(source_, {.gfp = kGfp}, absl::MakeSpan(held),
                                   random, pairs);
    };
    work(kWarmUpPairs);
    Time(kRounds, kRandomPairs, point, [&] { work(kRandomPairs); });
    Count(kCountedPairs, point, [&] { work(kCountedPairs); });
    for (Page* page : held) {
      machine_.allocator().FreePages(context_, page, Order(0));
    }
  }

  void Mix(ScalePoint& point) {
    std::vector<HeldBlock> held(managed_ / kMixedPagesTwice);
    TrafficRandom random;
    for (HeldBlock& block : held) {
      block.order = NextMixedOrder(random);
      block.page = machine_.allocator().AllocPages(
          context_, {.gfp = kGfp, .order = block.order});
      PAGELAB_CHECK(block.page != nullptr);
    }
    const auto work = [&](uint64_t pairs) {
      hooks_static_key::MixPairs(source_, kGfp, absl::MakeSpan(held), random,
                                 pairs);
    };
    work(kWarmUpPairs);
    Time(kRounds, kRandomPairs, point, [&] { work(kRandomPairs); });
    Count(kCountedPairs, point, [&] { work(kCountedPairs); });
    for (const HeldBlock& block : held) {
      machine_.allocator().FreePages(context_, block.page, block.order);
    }
  }

  Machine machine_;
  ExecutionContext context_;
  TrafficSource source_;
  uint64_t bytes_;
  uint64_t managed_ = 0;
};

}  // namespace

absl::Span<const std::string_view> ScaleRows() { return kRows; }

uint64_t HostBytesFor(uint64_t machine_bytes) {
  const uint64_t frames = machine_bytes >> kPageShift;
  return frames * (sizeof(Page) + sizeof(Page*)) + (uint64_t{64} << 20);
}

std::vector<ScalePoint> MeasureScale(
    uint64_t bytes, const std::function<void(std::string_view row)>& on_row) {
  absl::StatusOr<Machine> machine = Machine::Boot(PcOf(bytes));
  PAGELAB_CHECK(machine.ok());
  const uint64_t untouched = machine->resident_bytes();
  ScaleMeasurement measurement(*std::move(machine), bytes);
  std::vector<ScalePoint> points;
  for (const std::string_view row : kRows) {
    on_row(row);
    points.push_back(measurement.Measure(row));
  }
  points.front().note +=
      "; booted, the machine held " + std::to_string(untouched) + " bytes";
  return points;
}

}  // namespace pagelab
