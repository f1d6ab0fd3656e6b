#ifndef PAGELAB_REPORT_EXPLAIN_EXPLANATION_H_
#define PAGELAB_REPORT_EXPLAIN_EXPLANATION_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"
#include "pagelab/report/history/allocator_event.h"

namespace pagelab {

// One step of a chain of causes.
struct Sentence {
  // Ends in a full stop.
  std::string text;
  // The rule's function in Linux: "__rmqueue_smallest()". Empty: no rule, only
  // what was seen.
  std::string kernel_function;
  // Where the rule is written down: "page-allocator.md 9.2".
  std::string spec;
};

// "text [__rmqueue_smallest(); page-allocator.md 9.2]"
std::string SentenceText(const Sentence& sentence);

// A block of 2^order frames on the free lists of a migratetype.
struct ListedBlock {
  Pfn pfn;
  Order order;
  Migratetype type = Migratetype::kUnmovable;

  friend bool operator==(const ListedBlock&, const ListedBlock&) = default;
};

// A block was taken off a free list, and what was not needed went back.
struct BlockSplit {
  ListedBlock source;
  // Of the part that was needed: the start of the source, unless a claim of a
  // whole pageblock served the request from another place of it.
  Order taken;
  // What went back to the heads of lists, largest first.
  std::vector<ListedBlock> remainders{};
  // Smaller remainders, put aside as guards (debug_guardpage_minorder).
  std::vector<ListedBlock> guards{};
};

// A block came back to the free lists.
struct BlockMerge {
  ListedBlock freed;
  // The free buddies that it merged with, one order after the other.
  std::vector<ListedBlock> buddies{};
  ListedBlock result{};
  // Put at the tail of its list, because it may grow further soon.
  bool at_tail = false;
};

// Why an event of the allocator is as it is.
struct Explanation {
  AllocatorEvent event;
  // As the kernel prints it, without the name.
  std::string event_text;
  // All of it in one line, without a full stop: "0x40 of order 2 for alice:
  // ...".
  std::string line;
  // The whole chain of causes.
  std::vector<Sentence> sentences;

  // What happened to blocks, as far as the event shows it.
  std::optional<BlockSplit> split;
  std::vector<BlockMerge> merges;
};

// "event 17, 0.000012 s, CPU 0, alice/101: mm_page_alloc page=... pfn=0x40
// ...", then the sentences, one paragraph each, no line longer than `width`.
std::string ExplanationText(const Explanation& explanation, size_t width = 79);

// A line for each: "      17  0x40 of order 2 for alice: ...".
std::string ExplanationLines(const std::vector<Explanation>& explanations);

// Breaks `text` at blanks into lines no longer than `width`, where words allow
// it; the first begins with `first`, the others with `next`.
std::string Wrapped(std::string_view text, std::string_view first,
                    std::string_view next, size_t width);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_EXPLANATION_H_
