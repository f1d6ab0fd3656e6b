#ifndef PAGELAB_WORKLOADS_DUMPS_GROUP_WORDS_H_
#define PAGELAB_WORKLOADS_DUMPS_GROUP_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/owner/dump/dump_field.h"
#include "pagelab/owner/dump/stack_id.h"

namespace pagelab {

// With a question mark for each character that would steer a terminal or turn
// the direction of the text: names of tasks may hold anything.
std::string Printable(std::string_view text);

// "41.6 MiB".
std::string SizeOfPages(uint64_t pages);

// A stack in a line: the function that allocates for itself and those that
// called it, "drv_refill [drv] < drv_poll [drv] < __napi_poll"; words in
// parentheses for a stack of page_owner's own.
std::string StackSummary(std::string_view frames);

// The columns that say which group a line is about: a stack has two, its
// stable id and its summary. What is empty, as a name may be, is "" in quotes.
std::vector<std::string> GroupHeadings(absl::Span<const DumpField> by);
std::vector<std::string> GroupCells(absl::Span<const DumpField> by,
                                    absl::Span<const std::string> values,
                                    StackIdentity identity);
// The same for comma-separated values: a stack's frames have semicolons
// between them.
std::string GroupCsv(absl::Span<const DumpField> by,
                     absl::Span<const std::string> values,
                     StackIdentity identity);
// Quoted where it must be, as RFC 4180 has it.
std::string CsvText(std::string_view text);

// Lines of cells, each column as wide as its widest.
class TextColumns {
 public:
  void Add(std::vector<std::string> cells);
  // The cells of a line, two blanks in front of each, without its newline.
  std::string Row(size_t row) const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> widths_;
};

// All frames of the stacks among the values, each an indented line.
std::string GroupFrames(absl::Span<const DumpField> by,
                        absl::Span<const std::string> values);

// "35.1 %", or "-" of nothing.
std::string Share(uint64_t pages, uint64_t of);

// A group in a sentence: "drv_refill [drv], in one call stack," or "comm nginx,
// order 0".
std::string GroupName(absl::Span<const DumpField> by,
                      absl::Span<const std::string> values);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_DUMPS_GROUP_WORDS_H_
