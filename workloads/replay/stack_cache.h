#ifndef PAGELAB_WORKLOADS_REPLAY_STACK_CACHE_H_
#define PAGELAB_WORKLOADS_REPLAY_STACK_CACHE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/stackdepot/symbol_table.h"
#include "pagelab/workloads/trace/event.h"

namespace pagelab {

// Recorded stacks as addresses of a machine, without the tracer's and the
// allocator's own frames on top. A recording repeats its stacks; each is
// resolved about once. Fixed number of entries, later ones replace earlier
// ones. Thread-compatible.
class StackCache {
 public:
  // `symbols` gets the functions that it lacks, and outlives the cache.
  explicit StackCache(SymbolTable& symbols);

  // The callers of the allocator, innermost first; empty for an event without
  // a stack. Good until the next call.
  absl::Span<const SimAddress> Resolve(const TraceEvent& event);

 private:
  static constexpr size_t kSize = 4096;

  struct Entry {
    TraceEventKind kind = TraceEventKind::kOther;
    std::string text;
    std::vector<SimAddress> frames;
  };

  void Fill(Entry& entry, const TraceEvent& event);

  SymbolTable& symbols_;
  std::vector<Entry> entries_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_REPLAY_STACK_CACHE_H_
