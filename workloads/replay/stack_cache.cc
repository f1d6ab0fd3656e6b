#include "pagelab/workloads/replay/stack_cache.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>

namespace pagelab {
namespace {

// Where the kernel's tracepoint stands: the last of the allocator's own frames.
// Several versions of the kernel, and what compilers inline.
constexpr std::array<std::string_view, 5> kAllocFunctions = {
    "__alloc_pages_noprof", "__alloc_frozen_pages_noprof", "__alloc_pages",
    "__alloc_pages_nodemask", "get_page_from_freelist"};
constexpr std::array<std::string_view, 7> kFreeFunctions = {
    "free_unref_page",        "free_unref_folios", "free_unref_page_list",
    "__free_pages_ok",        "free_frozen_pages", "free_pages_prepare",
    "free_unref_page_prepare"};

// The tracer's frames and the allocator's are at the very top.
constexpr size_t kMaxOwnFrames = 8;

bool Contains(absl::Span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What the compiler made of a function: "free_unref_page.part.0".
std::string_view WithoutSuffix(std::string_view function) {
  return function.substr(0, function.find('.'));
}

bool IsTracer(std::string_view function) {
  return function.starts_with("trace_event_") ||
         function.starts_with("perf_trace_") ||
         function.starts_with("__traceiter_");
}

// How many frames on top are not the caller's.
size_t CountOwnFrames(const TraceEvent& event) {
  const absl::Span<const std::string_view> allocator =
      event.kind == TraceEventKind::kPageAlloc
          ? absl::MakeConstSpan(kAllocFunctions)
          : absl::MakeConstSpan(kFreeFunctions);
  TraceFrames frames(event.stack);
  TraceFrame frame;
  size_t own = 0;
  for (size_t i = 1; i <= kMaxOwnFrames && frames.Next(frame); ++i) {
    if (Contains(allocator, WithoutSuffix(frame.function))) own = i;
    if (IsTracer(frame.function)) own = i;
  }
  return own;
}

}  // namespace

StackCache::StackCache(SymbolTable& symbols)
    : symbols_(symbols), entries_(kSize) {}

absl::Span<const SimAddress> StackCache::Resolve(const TraceEvent& event) {
  if (!event.has_stack) return {};
  const uint64_t hash = XXH3_64bits(event.stack.data(), event.stack.size());
  Entry& entry = entries_[hash % kSize];
  if (entry.kind != event.kind || entry.text != event.stack) {
    Fill(entry, event);
  }
  return entry.frames;
}

void StackCache::Fill(Entry& entry, const TraceEvent& event) {
  entry.kind = event.kind;
  entry.text = event.stack;
  entry.frames.clear();
  const size_t own = CountOwnFrames(event);
  TraceFrames frames(event.stack);
  TraceFrame frame;
  for (size_t i = 0; frames.Next(frame); ++i) {
    if (i < own) continue;
    const absl::StatusOr<SimAddress> address =
        symbols_.AddressOf({.name = frame.function,
                            .offset = frame.offset,
                            .size = frame.size,
                            .module = frame.module});
    // What is no function ("0", the tracer's marks) is no frame either.
    if (address.ok()) entry.frames.push_back(*address);
  }
}

}  // namespace pagelab
