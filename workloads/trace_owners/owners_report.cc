#include "pagelab/workloads/trace_owners/owners_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/workloads/top_owners.h"

namespace pagelab {
namespace {

// A number and words in columns.
std::string Line(uint64_t number, std::string_view words) {
  return fmt::format("  {:>13}  {}\n", Grouped(number), words);
}

std::string LineIfAny(uint64_t number, std::string_view words) {
  return number == 0 ? "" : Line(number, words);
}

std::string OlderPages(const TraceOwnersCounts& counts,
                       std::optional<PageCount> in_use_before) {
  if (!in_use_before.has_value()) {
    return Line(counts.older_pages_freed - counts.moved_older_pages,
                "older pages freed; how many are left is not in a recording "
                "(--from says)");
  }
  // Of a page that was moved the old frame was freed.
  const uint64_t before = in_use_before->value() + counts.moved_older_pages;
  const uint64_t freed = std::min(before, counts.older_pages_freed);
  return Line(before - freed,
              "older pages in use: their owners are not in the recording") +
         LineIfAny(counts.older_pages_freed - counts.moved_older_pages,
                   "older pages freed");
}

}  // namespace

std::string OwnersText(const TraceOwners& owners,
                       const TraceDumpSummary& summary,
                       std::optional<PageCount> in_use_before) {
  const TraceOwnersCounts& counts = owners.counts();
  std::string text = "page_owner from the recording\n";
  text += Line(summary.records,
               fmt::format("blocks in use, {} pages", Grouped(summary.pages)));
  text += OlderPages(counts, in_use_before);
  text += LineIfAny(counts.moved_pages,
                    "pages moved by migration, with their owners");
  text += LineIfAny(counts.moved_older_pages, "older pages moved by migration");
  text += LineIfAny(summary.unknown_pages,
                    "pages moved by migration, nobody knows from where: left "
                    "out");
  text +=
      LineIfAny(counts.contig_range_pages,
                "pages of contiguous ranges, whose allocation has no event");
  text += LineIfAny(counts.frees_of_free,
                    "frees of blocks that were allocated without an event");
  text += LineIfAny(counts.compactor_frees, "frees that were none");
  text += LineIfAny(counts.missing_frees, "frees missing");
  text += LineIfAny(counts.impossible_events,
                    "impossible events: frame not aligned to the order");
  if (!owners.has_stacks()) {
    text += "  no stacks: the recording has none (options/stacktrace)\n";
  }
  return text;
}

}  // namespace pagelab
