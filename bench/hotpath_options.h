#ifndef PAGELAB_BENCH_HOTPATH_OPTIONS_H_
#define PAGELAB_BENCH_HOTPATH_OPTIONS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pagelab {

enum class HotpathAction : uint8_t { kMeasure, kCount, kPrintSteps, kHelp };

struct HotpathOptions {
  HotpathAction action = HotpathAction::kMeasure;
  int rounds = 100;
  // A recording for the row "recorded mix"; empty: the one in the program.
  std::string trace;
};

// What the arguments ask for. The error says what is wrong with them.
absl::StatusOr<HotpathOptions> ParseHotpathOptions(
    absl::Span<const std::string_view> arguments);

std::string_view HotpathUsage();

}  // namespace pagelab

#endif  // PAGELAB_BENCH_HOTPATH_OPTIONS_H_
