// What the owners of a recording say of themselves.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pagelab/base/text.h"
#include "pagelab/workloads/top_owners.h"
#include "pagelab/workloads/trace_owners/read_owners.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

// A number and words in columns.
std::string Line(uint64_t number, std::string_view words) {
  return fmt::format("  {:>13}  {}\n", Grouped(number), words);
}

std::string LineIfAny(uint64_t number, std::string_view words) {
  return number == 0 ? "" : Line(number, words);
}

uint64_t OlderPagesFreed(const TraceOwnersCounts& counts) {
  // Of a page that was moved the old frame was freed.
  return counts.older_pages_freed < counts.moved_older_pages
             ? 0
             : counts.older_pages_freed - counts.moved_older_pages;
}

// First of all: what makes everything else doubtful.
std::string Losses(const OwnersReport& report) {
  const TraceStats& trace = report.trace;
  std::string text;
  if (trace.lost_reports > 0) {
    text += fmt::format(
        "{} lost {} events in {} places: owners may be wrong or missing\n",
        report.trace_name, Grouped(trace.lost_events),
        Grouped(trace.lost_reports));
  }
  if (trace.entries_written > trace.entries_in_buffer) {
    text += fmt::format(
        "{}: {} events overwritten before the start of the recording\n",
        report.trace_name,
        Grouped(trace.entries_written - trace.entries_in_buffer));
  }
  return text;
}

std::string Unreadable(const OwnersReport& report) {
  std::string text =
      LineIfAny(report.trace.unreadable_lines, "unreadable lines");
  for (const TraceProblem& problem : report.trace.problems) {
    text += fmt::format("    {}:{}:{}: {} (byte {})\n", report.trace_name,
                        problem.line, problem.column, problem.message,
                        problem.offset);
  }
  return text;
}

std::string Older(const OwnersReport& report) {
  std::string text;
  if (report.in_use.older.has_value()) {
    text += Line(*report.in_use.older,
                 "older pages in use: whose is not in the recording");
  }
  text += Line(OlderPagesFreed(report.counts), "older pages freed");
  if (!report.in_use.older.has_value()) {
    text += fmt::format("  {:>13}  older pages in use; --from tells\n", "?");
  }
  return text;
}

std::string Remarks(const TraceOwnersCounts& counts) {
  std::string text;
  text += LineIfAny(counts.moved_pages,
                    "pages moved by migration, with their owners");
  text += LineIfAny(counts.moved_older_pages, "older pages moved by migration");
  text +=
      LineIfAny(counts.contig_range_pages,
                "pages of contiguous ranges, whose allocation has no event");
  text += LineIfAny(counts.frees_of_free,
                    "frees of blocks that were allocated without an event");
  text += LineIfAny(counts.compactor_frees, "frees that were none");
  text += LineIfAny(counts.missing_frees, "frees missing");
  text += LineIfAny(counts.impossible_events,
                    "impossible events: frame not aligned to the order");
  if (counts.stacks == 0 && counts.allocations > 0) {
    text += "  no stacks: the recording has none (options/stacktrace)\n";
  }
  return text;
}

Json ComparisonJson(const DumpComparison& comparison) {
  Json json;
  json["dump"] = comparison.dump_name;
  json["unexplained"] = comparison.unexplained();
  json["records"] = comparison.records;
  json["older_records"] = comparison.older_records;
  json["older_pages"] = comparison.older_pages;
  json["shared_records"] = comparison.shared_records;
  if (comparison.clock_offset_ns.has_value()) {
    json["clock_offset_ns"] = *comparison.clock_offset_ns;
  }
  Json fields = Json::object();
  for (int i = 0; i < kNrComparedFields; ++i) {
    const auto field = static_cast<ComparedField>(i);
    const ComparedFieldCounts& counts = comparison.field(field);
    fields[std::string(ToString(field))] = {{"compared", counts.compared},
                                            {"equal", counts.equal},
                                            {"left_out", counts.left_out}};
  }
  json["fields"] = std::move(fields);
  Json differences = Json::array();
  for (int i = 0; i < kNrDumpDifferences; ++i) {
    const auto kind = static_cast<DumpDifference>(i);
    const DumpDifferenceCounts& counts = comparison.difference(kind);
    if (counts.count == 0) continue;
    differences.push_back({{"kind", ToString(kind)},
                           {"explained", IsExplained(kind)},
                           {"count", counts.count},
                           {"first", counts.example}});
  }
  json["differences"] = std::move(differences);
  return json;
}

}  // namespace

std::string OwnersText(const OwnersReport& report) {
  return fmt::format(
      "{}{}: owners at the end of the recording\n{}{}{}{}{}", Losses(report),
      report.trace_name,
      Line(report.in_use.pages,
           fmt::format("pages in use with their owners, {} blocks",
                       Grouped(report.in_use.blocks))),
      LineIfAny(report.in_use.moved_from_unknown,
                "pages moved by migration, from where is not known: left out"),
      Older(report), Remarks(report.counts), Unreadable(report));
}

std::string OwnersJson(const OwnersReport& report,
                       const DumpComparison* comparison) {
  const TraceOwnersCounts& counts = report.counts;
  Json json;
  json["trace"] = report.trace_name;
  json["lost_events"] = report.trace.lost_events;
  json["lost_reports"] = report.trace.lost_reports;
  json["unreadable_lines"] = report.trace.unreadable_lines;
  json["trace_events"] = report.trace.total_events;
  json["blocks"] = report.in_use.blocks;
  json["pages"] = report.in_use.pages;
  json["pages_moved_from_unknown"] = report.in_use.moved_from_unknown;
  if (report.in_use.older.has_value()) {
    json["older_pages"] = *report.in_use.older;
  }
  json["older_pages_freed"] = OlderPagesFreed(counts);
  json["allocations"] = counts.allocations;
  json["failed_allocations"] = counts.failed_allocations;
  json["frees"] = counts.frees;
  json["partial_frees"] = counts.partial_frees;
  json["frees_of_free"] = counts.frees_of_free;
  json["compactor_frees"] = counts.compactor_frees;
  json["missing_frees"] = counts.missing_frees;
  json["impossible_events"] = counts.impossible_events;
  json["moved_pages"] = counts.moved_pages;
  json["moved_older_pages"] = counts.moved_older_pages;
  json["contig_range_pages"] = counts.contig_range_pages;
  json["allocations_with_stack"] = counts.stacks;
  if (comparison != nullptr) json["comparison"] = ComparisonJson(*comparison);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pagelab
