// Owners from a recording against a naive model that knows each frame by
// itself.

#include <array>
#include <string>
#include <vector>

#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/trace_owners/trace_owners.h"

namespace pagelab {
namespace {

constexpr uint64_t kFirst = 0x1000;
constexpr uint64_t kFrames = 256;
constexpr int kSteps = 4000;

// What is known of one frame.
struct Frame {
  bool seen = false;
  bool in_use = false;
  // Number of the event, 0 without.
  uint64_t allocated = 0;
  uint64_t freed = 0;
};

// Makes events, and does to the frames what they say. Free and allocated blocks
// of any order come in any sequence: frees of parts and of several blocks,
// missing frees, frees without an allocation.
class Traffic {
 public:
  explicit Traffic(uint64_t seed) : random_(seed) {}

  void Step() {
    ++now_;
    const Order order(
        static_cast<int>(random_.Uniform(1 + random_.Uniform(kMaxOrder + 1))));
    const uint64_t block = random_.Uniform(kFrames / order.pages());
    TraceEvent event;
    event.kind = random_.Uniform(2) == 0 ? TraceEventKind::kPageAlloc
                                         : TraceEventKind::kPageFree;
    event.pfn = Pfn(kFirst + block * order.pages());
    event.order = order;
    event.time = {.value = now_, .fraction_digits = 9};
    event.pid = static_cast<int32_t>(1 + random_.Uniform(5));
    event.comm = "task";
    owners_.Apply(event);
    for (uint64_t i = 0; i < order.pages(); ++i) {
      Frame& frame = frames_[block * order.pages() + i];
      frame.seen = true;
      if (event.kind == TraceEventKind::kPageAlloc) {
        frame.in_use = true;
        frame.allocated = now_;
      } else {
        // Freed without having been allocated: by whom it was is not known.
        if (!frame.in_use) frame.allocated = 0;
        frame.in_use = false;
        frame.freed = now_;
      }
    }
  }

  void Check() const {
    for (uint64_t i = 0; i < kFrames; ++i) {
      const Frame& frame = frames_[i];
      const FrameHistory history = owners_.Find(Pfn(kFirst + i));
      CAPTURE(i, now_);
      const FrameState expected = !frame.seen    ? FrameState::kUnseen
                                  : frame.in_use ? FrameState::kAllocated
                                                 : FrameState::kFree;
      REQUIRE(history.state == expected);
      if (!frame.seen) continue;
      REQUIRE(history.head.IsAlignedTo(history.order));
      const FrameRecord& record = *history.record;
      REQUIRE((record.task != 0) == (frame.allocated != 0));
      if (frame.allocated != 0) REQUIRE(record.time == frame.allocated);
      if (!frame.in_use) REQUIRE(record.free_time == frame.freed);
    }
  }

 private:
  static constexpr uint64_t kMaxOrder = 5;

  Random random_;
  TraceOwners owners_;
  std::array<Frame, kFrames> frames_;
  uint64_t now_ = 0;
};

TEST_CASE("TraceOwners: any traffic leaves what a model of single frames has",
          "[property][trace_owners]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Traffic traffic(seed);
    for (int step = 0; step < kSteps; ++step) {
      traffic.Step();
      if (step % 16 == 0) traffic.Check();
    }
    traffic.Check();
  }
}

}  // namespace
}  // namespace pagelab
