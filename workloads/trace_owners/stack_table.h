#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_STACK_TABLE_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_STACK_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"

namespace pagelab {

// A recorded stack as page_owner would have kept it.
struct TracedStack {
  // The frames as the dump has them, innermost first, each " symbol\n".
  std::string text;
  // page_owner's own memory: the dump has the dummy stack for it.
  bool of_page_owner = false;
  // The caller makes order-0 pages of what it gets, unless that is compound.
  bool splits = false;
};

// Gives the stacks of a recording small numbers, from 1. A stack begins with
// the function that holds the tracepoint: the tracer's own frames are left
// out. As page_owner does, it ends at the entry of the innermost interrupt or
// exception, or after so many frames. Thread-compatible.
class StackTable {
 public:
  // One frame less than page_owner keeps: it has get_page_from_freelist(),
  // too (page-ext-owner-depot.md 4.6).
  static constexpr int kMaxFrames = 15;

  StackTable() : cache_(kCacheSize) {}

  // `stack` is TraceEvent::stack of an event mm_page_alloc.
  uint32_t Intern(std::string_view stack);

  // REQUIRES: `id` is not 0.
  const TracedStack& stack(uint32_t id) const { return stacks_[id - 1]; }
  uint32_t size() const { return static_cast<uint32_t>(stacks_.size()); }

  // As TaskTable's.
  void KeepMarked(absl::Span<uint32_t> marks);

 private:
  static constexpr size_t kCacheSize = 4096;

  // A recording repeats its stacks; each is taken apart about once.
  struct CacheEntry {
    std::string text;
    uint32_t id = 0;
  };

  uint32_t Add(std::string_view stack);

  std::vector<CacheEntry> cache_;
  // Its elements stay where they are: the keys of ids_ are views of them.
  std::deque<TracedStack> stacks_;
  absl::flat_hash_map<std::string_view, uint32_t> ids_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_STACK_TABLE_H_
