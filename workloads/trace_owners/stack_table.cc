#include "pagelab/workloads/trace_owners/stack_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/trace/event.h"

namespace pagelab {
namespace {

// They split what they get into pages and may free the tail, unless it is a
// compound page (page-allocator.md 15.1, 15.3).
constexpr std::array<std::string_view, 8> kSplitters = {
    "alloc_pages_exact_noprof",     "alloc_pages_exact",
    "alloc_pages_exact_nid_noprof", "alloc_pages_exact_nid",
    "__vmalloc_node_range_noprof",  "__vmalloc_node_range",
    "__vmalloc_area_node",          "vm_area_alloc_pages"};

// page_owner at work (page-ext-owner-depot.md 4.6).
constexpr std::array<std::string_view, 2> kPageOwner = {"__set_page_owner",
                                                        "__reset_page_owner"};

// The caller of the allocator is among the first.
constexpr int kMaxCallerFrame = 4;

template <size_t size>
bool Contains(const std::array<std::string_view, size>& names,
              std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsTracer(std::string_view function) {
  return function.starts_with("trace_event_") ||
         function.starts_with("perf_trace_") ||
         function.starts_with("perf_tp_") ||
         function.starts_with("__traceiter_") ||
         function.starts_with("__bpf_trace_") ||
         function.starts_with("bpf_trace_run");
}

// The kernel's entry code for interrupts and exceptions: where the stack depot
// cuts (page-ext-owner-depot.md 10.5).
bool IsInterruptEntry(std::string_view function) {
  return function.starts_with("asm_exc_") ||
         function.starts_with("asm_sysvec_") ||
         function.starts_with("asm_common_interrupt") ||
         function.starts_with("asm_spurious_interrupt") ||
         function == "__do_softirq";
}

// The tracer prints more than symbols: "0", "[FTRACE TRAMPOLINE]".
bool IsSymbol(std::string_view function) {
  const char first = function.empty() ? '0' : function.front();
  return first == '_' || first == '.' || absl::ascii_isalpha(first);
}

void AppendFrame(std::string& text, const TraceFrame& frame) {
  text += ' ';
  text += frame.function;
  text += "+0x";
  AppendHex(text, frame.offset);
  text += "/0x";
  AppendHex(text, frame.size);
  if (!frame.module.empty()) {
    text += " [";
    text += frame.module;
    text += ']';
  }
  text += '\n';
}

TracedStack AsPageOwnerWould(std::string_view recorded) {
  TracedStack stack;
  TraceFrames frames(recorded);
  TraceFrame frame;
  for (int i = 0; i < StackTable::kMaxFrames && frames.Next(frame);) {
    if (IsTracer(frame.function) || !IsSymbol(frame.function)) continue;
    AppendFrame(stack.text, frame);
    stack.of_page_owner |= Contains(kPageOwner, frame.function);
    stack.splits |= i < kMaxCallerFrame && Contains(kSplitters, frame.function);
    if (IsInterruptEntry(frame.function)) break;
    ++i;
  }
  return stack;
}

}  // namespace

uint32_t StackTable::Intern(std::string_view stack) {
  CacheEntry& entry =
      cache_[XXH3_64bits(stack.data(), stack.size()) % kCacheSize];
  if (entry.id != 0 && entry.text == stack) [[likely]] {
    return entry.id;
  }
  entry.id = Add(stack);
  entry.text = stack;
  return entry.id;
}

uint32_t StackTable::Add(std::string_view stack) {
  TracedStack kept = AsPageOwnerWould(stack);
  const auto found = ids_.find(kept.text);
  if (found != ids_.end()) return found->second;
  stacks_.push_back(std::move(kept));
  ids_.emplace(stacks_.back().text, size());
  return size();
}

void StackTable::KeepMarked(absl::Span<uint32_t> marks) {
  std::deque<TracedStack> kept;
  ids_.clear();
  for (uint32_t id = 1; id <= size(); ++id) {
    if (marks[id] == 0) continue;
    kept.push_back(std::move(stacks_[id - 1]));
    marks[id] = static_cast<uint32_t>(kept.size());
    ids_.emplace(kept.back().text, marks[id]);
  }
  stacks_ = std::move(kept);
  for (CacheEntry& entry : cache_) entry.id = marks[entry.id];
}

}  // namespace pagelab
