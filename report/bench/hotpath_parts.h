// Parts of HotpathText() that are not the tables of times.

#ifndef PAGELAB_REPORT_BENCH_HOTPATH_PARTS_H_
#define PAGELAB_REPORT_BENCH_HOTPATH_PARTS_H_

#include <string>

#include "absl/types/span.h"
#include "pagelab/report/bench/hotpath_document.h"
#include "pagelab/report/bench/hotpath_statistics.h"

namespace pagelab {

// "below what this machine resolves (0.1 ns)", or the difference with its
// interval.
std::string DifferenceText(const VariantStatistics& statistics);

// The objects as size(1) prints them, and what the allocator's builds differ
// by.
std::string SizeTable(absl::Span<const ObjectSize> sizes);

// What page_owner's documents say, and what was measured of it.
std::string ClaimsText(const HotpathDocument& document);

// What a variant models and what a process cannot show.
std::string LimitsText();

// The row that answers the question: the first one of order 0, else the first.
size_t AnswerRow(const HotpathDocument& document);

// The variant with these hooks and page_owner off; -1 if there is none.
int OffVariant(const HotpathRow& row, std::string_view hooks);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_HOTPATH_PARTS_H_
