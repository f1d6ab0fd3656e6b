// pagelab_hotpath_bench: what watching costs; see HotpathUsage().

#include <fmt/format.h>

#include <cctype>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/bench/hotpath_counts.h"
#include "pagelab/bench/hotpath_options.h"
#include "pagelab/bench/hotpath_report.h"
#include "pagelab/bench/hotpath_times.h"
#include "pagelab/bench/progress_line.h"
#include "pagelab/bench/recorded_steps.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {
namespace {

constexpr size_t kMaxRecordedPairs = 10000;

using Clock = std::chrono::steady_clock;
// How long counting by traps may go on, which takes a second on one machine and
// half a minute on another.
constexpr auto kCountTime = std::chrono::seconds(20);
constexpr auto kCountOnlyTime = std::chrono::seconds(120);

absl::StatusOr<RecordedSteps> LoadSteps(const std::string& path) {
  if (path.empty()) return ParseSteps("recorded_mix.txt", EmbeddedSteps());
  PAGELAB_ASSIGN_OR_RETURN(const auto input, InputStream::Open(path));
  PAGELAB_ASSIGN_OR_RETURN(const auto trace, OpenTrace(*input));
  return ReduceTrace(*trace, kMaxRecordedPairs);
}

class HotpathBench {
 public:
  HotpathBench(const HotpathOptions& options, HotpathMachine& machine,
               const RecordedSteps& recorded)
      : options_(options), machine_(machine), rows_(HotpathRows(recorded)) {
    report_.machine = HotpathMachine::kName;
  }

  absl::StatusOr<HotpathReport> Run() {
    auto counters = PerfCounters::Open();
    const bool count_only = options_.action == HotpathAction::kCount;
    const bool use_perf = counters.ok() && !count_only;
    // The round that is not kept has everything seen once.
    report_.rounds = count_only ? 0 : options_.rounds;
    for (const HotpathRow& row : rows_) {
      PAGELAB_ASSIGN_OR_RETURN(RowFigures figures,
                               Time(row, use_perf ? &*counters : nullptr));
      report_.rows.push_back(std::move(figures));
    }
    if (use_perf) {
      report_.counter_source = "perf";
      report_.counter_note =
          "Perf events of user space, counted in the timed runs; the loop "
          "around the pairs is measured by itself and subtracted.";
      return std::move(report_);
    }
    deadline_ = Clock::now() + (count_only ? kCountOnlyTime : kCountTime);
    PAGELAB_RETURN_IF_ERROR(CountByTraps(
        count_only ? "" : std::string(counters.status().message())));
    return std::move(report_);
  }

 private:
  absl::StatusOr<RowFigures> Time(const HotpathRow& row,
                                  const PerfCounters* counters) {
    const auto on_round = [&](int round) {
      progress_.Show(
          fmt::format("{}: round {} of {}", row.name, round, options_.rounds));
    };
    return TimeRow(
        machine_, row,
        {.rounds = report_.rounds, .counters = counters, .on_round = on_round});
  }

  // `why` says why there are no perf events, if they were asked for.
  absl::Status CountByTraps(const std::string& why) {
    PAGELAB_RETURN_IF_ERROR(machine_.Switch(OwnerMode::kRecord));
    machine_.BypassPerCpuLists(false);
    machine_.Save();
    const std::string reason = why.empty() ? "" : SentenceOf(why) + " ";
    // What is off first: it is what the table is about, and the cheaper part.
    absl::StatusOr<LoopCount> loop = CountRows(/*watched=*/false);
    if (loop.ok()) loop = CountRows(/*watched=*/true);
    if (!loop.ok()) {
      report_.counter_source = "none";
      report_.counter_note =
          reason + "Instructions cannot be counted one by one either: " +
          std::string(loop.status().message()) + ".";
      return absl::OkStatus();
    }
    report_.counter_source = "trap";
    report_.counter_note = fmt::format(
        "{}Instructions and branches of user space, counted one by one with "
        "the processor's trap flag over few pairs (of the recorded mix: {} "
        "steps in 8 stretches, and not where stacks are captured), not in the "
        "timed runs. The loop around the pairs, {:.0f} instructions and {:.0f} "
        "branches a pair with functions that return at once, is subtracted. "
        "Branch misses cannot be counted so.{}",
        reason, kNrCountedSteps, loop->instructions, loop->branches,
        Clock::now() < deadline_ ? "" : " There was no time for all of them.");
    return absl::OkStatus();
  }

  // The loop is that of the rows that repeat one order.
  absl::StatusOr<LoopCount> CountRows(bool watched) {
    LoopCount loop;
    for (RowFigures& figures : report_.rows) {
      const auto on_variant = [&](std::string_view variant) {
        progress_.Show(
            fmt::format("{}: instructions, {}", figures.row.name, variant));
      };
      PAGELAB_ASSIGN_OR_RETURN(const LoopCount of_row,
                               CountRow(machine_, figures,
                                        {.watched = watched,
                                         .deadline = deadline_,
                                         .on_variant = on_variant}));
      if (figures.row.recorded == nullptr) loop = of_row;
    }
    return loop;
  }

  static std::string SentenceOf(std::string text) {
    text[0] = static_cast<char>(std::toupper(text[0]));
    return text + ".";
  }

  const HotpathOptions& options_;
  HotpathMachine& machine_;
  std::vector<HotpathRow> rows_;
  HotpathReport report_;
  ProgressLine progress_;
  Clock::time_point deadline_;
};

absl::StatusOr<std::string> Answer(const HotpathOptions& options) {
  if (options.action == HotpathAction::kHelp)
    return std::string(HotpathUsage());
  PAGELAB_ASSIGN_OR_RETURN(const RecordedSteps recorded,
                           LoadSteps(options.trace));
  if (options.action == HotpathAction::kPrintSteps) return PrintSteps(recorded);
  PAGELAB_ASSIGN_OR_RETURN(const auto machine, HotpathMachine::Boot());
  PAGELAB_ASSIGN_OR_RETURN(const HotpathReport report,
                           HotpathBench(options, *machine, recorded).Run());
  return options.action == HotpathAction::kCount ? CountTable(report)
                                                 : HotpathJson(report);
}

absl::Status Print(const std::string& text) {
  PAGELAB_ASSIGN_OR_RETURN(const auto out, OpenOutput("-"));
  out->Append(text);
  return out->Commit();
}

int Run(absl::Span<const std::string_view> arguments) {
  const auto options = ParseHotpathOptions(arguments);
  if (!options.ok()) {
    const std::string message(options.status().message());
    std::fprintf(stderr, "pagelab_hotpath_bench: %s\n%s", message.c_str(),
                 std::string(HotpathUsage()).c_str());
    return 2;
  }
  const auto text = Answer(*options);
  const absl::Status status = text.ok() ? Print(*text) : text.status();
  const int code = ExitCodeFor(status);
  if (code != 0) {
    const std::string message(status.message());
    std::fprintf(stderr, "pagelab_hotpath_bench: %s\n", message.c_str());
  }
  return code;
}

}  // namespace
}  // namespace pagelab

int main(int argc, char** argv) {
  pagelab::InstallOutputSignalHandlers();
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  return pagelab::Run(arguments);
}
