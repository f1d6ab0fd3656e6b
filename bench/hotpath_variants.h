#ifndef PAGELAB_BENCH_HOTPATH_VARIANTS_H_
#define PAGELAB_BENCH_HOTPATH_VARIANTS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pagelab/bench/page_traffic.h"

namespace pagelab {

// What the allocator's hot path holds to ask whether somebody watches.
enum class HookKind : uint8_t { kAbsent, kBranch, kStaticKey };
std::string_view ToString(HookKind hooks);

// What page_owner does, by how it gets the stack.
enum class OwnerMode : uint8_t {
  // Nothing: nobody watches.
  kOff,
  // Writes the record; the stack was interned before.
  kRecord,
  // The frames are given, and looked up in the stack depot.
  kDepot,
  // The host's stack is captured, translated and looked up.
  kLibunwind,
  kFramePointers,
};
std::string_view ToString(OwnerMode owner);

// One build of the hot path, and what it is used for.
struct HotpathVariant {
  std::string_view name;
  HookKind hooks = HookKind::kAbsent;
  OwnerMode owner = OwnerMode::kOff;
};

// All that this processor has, in the order in which they are shown. "absent"
// is there twice: how far the two are apart is what the measurement resolves.
std::vector<HotpathVariant> HotpathVariants();

// The loops over a build of the hot path.
struct TrafficLoops {
  decltype(&hooks_absent::RepeatPairs) repeat_pairs = nullptr;
  decltype(&hooks_absent::PlaySteps) play_steps = nullptr;
};
TrafficLoops LoopsOf(HookKind hooks);
// Without any allocator.
TrafficLoops BareLoops();

}  // namespace pagelab

#endif  // PAGELAB_BENCH_HOTPATH_VARIANTS_H_
