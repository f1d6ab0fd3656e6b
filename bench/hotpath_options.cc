#include "pagelab/bench/hotpath_options.h"

#include <fmt/format.h>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr uint64_t kMinRounds = 5;
constexpr uint64_t kMaxRounds = 100000;

absl::Status SetRounds(std::string_view text, HotpathOptions& options) {
  const auto rounds = ParseUint64(text);
  if (!rounds.ok() || *rounds < kMinRounds || *rounds > kMaxRounds) {
    return InvalidInput(fmt::format("--rounds: must be {} to {}, got \"{}\"",
                                    kMinRounds, kMaxRounds, text));
  }
  options.rounds = static_cast<int>(*rounds);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HotpathOptions> ParseHotpathOptions(
    absl::Span<const std::string_view> arguments) {
  HotpathOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      options.action = HotpathAction::kHelp;
      return options;
    }
    if (argument == "--count") {
      options.action = HotpathAction::kCount;
    } else if (argument == "--print-steps") {
      options.action = HotpathAction::kPrintSteps;
    } else if (argument == "--rounds" || argument == "--trace") {
      if (++i == arguments.size()) {
        return InvalidInput(fmt::format("{} needs a value", argument));
      }
      if (argument == "--trace") {
        options.trace = arguments[i];
      } else {
        PAGELAB_RETURN_IF_ERROR(SetRounds(arguments[i], options));
      }
    } else if (argument != "--json") {
      return InvalidInput(fmt::format("unknown argument \"{}\"", argument));
    }
  }
  return options;
}

std::string_view HotpathUsage() {
  return "usage: pagelab_hotpath_bench [--json] [--rounds N] [--trace FILE]\n"
         "       pagelab_hotpath_bench --count [--trace FILE]\n"
         "       pagelab_hotpath_bench --print-steps [--trace FILE]\n"
         "\n"
         "What a pair of an allocation and its free costs, by how the hot path "
         "asks\n"
         "whether somebody watches and by what page_owner records: a JSON "
         "document for\n"
         "`pagelab bench hotpath`, which makes a table of it.\n"
         "\n"
         "  --json         the default\n"
         "  --rounds N     times each variant is timed (default 100)\n"
         "  --trace FILE   a recording for the row \"recorded mix\", as "
         "`pagelab replay`\n"
         "                 reads them; without, one of a real 6.12 kernel\n"
         "  --count        only instructions and branches, as a table, without "
         "times\n"
         "  --print-steps  only what is left of the recording, as text\n"
         "  --help         this text\n";
}

}  // namespace pagelab
