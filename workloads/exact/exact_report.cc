// What an exact replay says about itself.

#include "fmt/format.h"
#include "nlohmann/json.hpp"
#include "pagelab/base/text.h"
#include "pagelab/workloads/exact/exact_run.h"
#include "pagelab/workloads/top_owners.h"

namespace pagelab {
namespace {

constexpr size_t kShownChoices = 20;
constexpr size_t kShownDifferences = 20;

std::string Line(std::string_view label, uint64_t number,
                 std::string_view words = {}) {
  return fmt::format("  {:<50}{:>13}{}{}\n", label, Grouped(number),
                     words.empty() ? "" : "  ", words);
}

std::string LineIfAny(std::string_view label, uint64_t number,
                      std::string_view words = {}) {
  return number == 0 ? "" : Line(label, number, words);
}

// Not rounded up to 100: only all is all.
std::string Percent(uint64_t part, uint64_t whole) {
  if (whole == 0 || part == whole) return "100 %";
  const uint64_t millionths = part * 1'000'000 / whole;
  return fmt::format("{}.{:04} %", millionths / 10'000, millionths % 10'000);
}

// What makes the recording itself doubtful, first of all.
std::string Doubts(const ExactReport& report) {
  const TraceStats& trace = report.trace;
  std::string text;
  if (trace.lost_reports > 0) {
    text += fmt::format(
        "The recording lost {} events in {} place{}: behind the first of them "
        "nothing can be exact.\n",
        trace.lost_events == 0 ? "some" : Grouped(trace.lost_events),
        Grouped(trace.lost_reports), trace.lost_reports == 1 ? "" : "s");
  }
  if (trace.entries_written > trace.entries_in_buffer) {
    text += fmt::format(
        "The recording lost its first {} events: they were overwritten.\n",
        Grouped(trace.entries_written - trace.entries_in_buffer));
  }
  if (!report.no_checkpoints.empty()) {
    text += "No room for checkpoints, a search starts over each time: " +
            report.no_checkpoints + "\n";
  }
  if (!report.found_from) {
    text +=
        "The trace has no marker of the first snapshot: replayed from its "
        "first event.\n";
  }
  if (report.difference.has_value() && !report.found_to) {
    text +=
        "The trace has no marker of the expected snapshot: replayed to its "
        "last event.\n";
  }
  return text;
}

std::string Unreadable(const ExactReport& report) {
  std::string text =
      LineIfAny("unreadable lines", report.trace.unreadable_lines);
  for (const TraceProblem& problem : report.trace.problems) {
    text += fmt::format("    {}:{}:{}: {} (byte {})\n", report.trace_name,
                        problem.line, problem.column, problem.message,
                        problem.offset);
  }
  if (report.impossible != 0) {
    text += Line(
        "impossible events", report.impossible,
        fmt::format("first at line {}: a frame or CPU that the machine does "
                    "not have, or misaligned",
                    report.first_impossible_line));
  }
  text += LineIfAny("batched frees without a free", report.orphan_batched);
  return text;
}

std::string Compared(const ExactReport& report) {
  const ReplayCounts& counts = report.counts;
  std::string text;
  text += Line("allocations compared", counts.allocations);
  text +=
      Line("  exact", counts.exact, Percent(counts.exact, counts.allocations));
  text += LineIfAny("failed allocations", counts.failed_allocations);
  text += LineIfAny("  failed here too", counts.failed_alike);
  text +=
      LineIfAny("  not comparable", counts.failed_unknown,
                "inside reclaim: the moment of the attempt is not recorded");
  text += LineIfAny("not comparable: blocks taken by compaction",
                    counts.count(Applied::kIsolatedBlocks),
                    "taken as the probe says");
  text += Line("frees", counts.frees);
  text += Line("refills, fallbacks and drains checked", counts.checks);
  text += LineIfAny("divergences", counts.divergences);
  return text;
}

std::string Recognised(const ExactReport& report) {
  std::string text;
  for (size_t i = 0; i < kNrApplied; ++i) {
    const auto what = static_cast<Applied>(i);
    const std::string name(ToString(what));
    text += LineIfAny(name, report.counts.count(what));
  }
  return text.empty() ? text
                      : "Recognised in the recording and applied\n" + text;
}

std::string ChoicesText(const ExactReport& report) {
  if (report.choices.empty()) return {};
  std::string text = fmt::format(
      "Inferred, because the recording does not show it ({} trials)\n",
      Grouped(report.trials));
  size_t shown = 0;
  for (const InferredChoice& choice : report.choices) {
    if (++shown > kShownChoices) {
      text +=
          fmt::format("  and {} more\n", report.choices.size() - kShownChoices);
      break;
    }
    if (choice.failed_at_line == 0) {
      text += fmt::format("  line {}: {}; otherwise the end differs\n",
                          choice.line, ToString(choice));
      continue;
    }
    text += fmt::format("  line {}: {}; otherwise line {} fails\n", choice.line,
                        ToString(choice), choice.failed_at_line);
  }
  return text;
}

std::string DivergenceText(const ExactReport& report) {
  if (!report.divergence.has_value()) return {};
  const Divergence& divergence = *report.divergence;
  std::string text = fmt::format(
      "First divergence at line {}\n  recorded:  {}\n  simulated: "
      "{}\n  before it on this CPU:\n",
      divergence.line, divergence.recorded, divergence.simulated);
  for (const std::string& line : report.events_before) {
    text += "    " + line + "\n";
  }
  text += "  the lists before it:\n";
  for (const std::string& line : report.lists_before) {
    text += "    " + line + "\n";
  }
  return text;
}

std::string EndText(const ExactReport& report) {
  if (!report.difference.has_value()) return {};
  const SnapshotDifference& difference = *report.difference;
  std::string text = fmt::format(
      "Final state: {} lists equal, {} differ ({} pages); {} fields equal, {} "
      "differ\n",
      Grouped(difference.lists_compared - difference.lists_differing),
      Grouped(difference.lists_differing), Grouped(difference.pages_differing),
      Grouped(difference.fields_compared - difference.fields_differing),
      Grouped(difference.fields_differing));
  size_t shown = 0;
  for (const std::string& line : difference.lines) {
    if (++shown > kShownDifferences) {
      text += "  and more\n";
      break;
    }
    text += "  " + line + "\n";
  }
  for (const std::string& line : difference.undecided) {
    text += "  not decided by a recording: " + line + "\n";
  }
  return text;
}

}  // namespace

std::string ExactText(const ExactReport& report) {
  return fmt::format("{}{}: {} events replayed\n{}{}{}{}{}{}{}\n",
                     Doubts(report), report.trace_name,
                     Grouped(report.replayed), Compared(report),
                     Unreadable(report), Recognised(report),
                     ChoicesText(report), DivergenceText(report),
                     EndText(report), report.exact() ? "Exact." : "Not exact.");
}

std::string ExactJson(const ExactReport& report) {
  using nlohmann::ordered_json;
  const ReplayCounts& counts = report.counts;
  const TraceStats& trace = report.trace;
  ordered_json json;
  json["trace"] = report.trace_name;
  json["exact"] = report.exact();
  json["lost_events"] = trace.lost_events;
  json["lost_reports"] = trace.lost_reports;
  json["unreadable_lines"] = trace.unreadable_lines;
  json["impossible_events"] = report.impossible;
  json["batched_frees_without_free"] = report.orphan_batched;
  json["trace_events"] = trace.total_events;
  json["other_events"] = trace.count(TraceEventKind::kOther);
  json["replayed_events"] = report.replayed;
  json["found_from_marker"] = report.found_from;
  json["found_expect_marker"] = report.found_to;
  json["allocations_compared"] = counts.allocations;
  json["allocations_exact"] = counts.exact;
  json["failed_allocations"] = counts.failed_allocations;
  json["failed_allocations_alike"] = counts.failed_alike;
  json["failed_allocations_not_comparable"] = counts.failed_unknown;
  json["frees"] = counts.frees;
  json["checks"] = counts.checks;
  json["divergences"] = counts.divergences;
  ordered_json applied = ordered_json::object();
  for (size_t i = 0; i < kNrApplied; ++i) {
    const auto what = static_cast<Applied>(i);
    applied[std::string(KeyOf(what))] = counts.count(what);
  }
  json["applied"] = std::move(applied);
  json["trials"] = report.trials;
  ordered_json choices = ordered_json::array();
  for (const InferredChoice& choice : report.choices) {
    choices.push_back({{"line", choice.line},
                       {"what", ToString(choice)},
                       {"failed_at_line", choice.failed_at_line}});
  }
  json["inferred"] = std::move(choices);
  if (report.divergence.has_value()) {
    json["first_divergence"] = {{"line", report.divergence->line},
                                {"recorded", report.divergence->recorded},
                                {"simulated", report.divergence->simulated},
                                {"events_before", report.events_before},
                                {"lists_before", report.lists_before}};
  }
  if (report.difference.has_value()) {
    const SnapshotDifference& end = *report.difference;
    json["end"] = {{"lists_compared", end.lists_compared},
                   {"lists_differing", end.lists_differing},
                   {"pages_differing", end.pages_differing},
                   {"fields_compared", end.fields_compared},
                   {"fields_differing", end.fields_differing},
                   {"differences", end.lines},
                   {"undecided", end.undecided}};
  }
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}

}  // namespace pagelab
