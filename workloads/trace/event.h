// One entry of a recording, as the readers hand it out.

#ifndef PAGELAB_WORKLOADS_TRACE_EVENT_H_
#define PAGELAB_WORKLOADS_TRACE_EVENT_H_

#include <cstdint>
#include <string_view>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// What an entry is. The first seven are the kmem events (text-formats.md
// 11.3); the others come with their text only.
enum class TraceEventKind : uint8_t {
  kPageAlloc,
  kPageFree,
  kPageFreeBatched,
  kPageAllocZoneLocked,
  kPagePcpuDrain,
  kPageAllocExtfrag,
  kContigMigrateRange,
  // A kprobe or kretprobe: the text starts with "(symbol+0xoff/0xsize".
  kProbe,
  // Written through trace_marker by a program.
  kMarker,
  // Every other event, and what kernel code prints into the trace.
  kOther,
};
inline constexpr int kNrTraceEventKinds = 10;
inline constexpr int kNrKmemEventKinds = 7;

constexpr bool IsKmem(TraceEventKind kind) {
  return static_cast<int>(kind) < kNrKmemEventKinds;
}

// The event's name, or "probe", "marker", "other".
std::string_view ToString(TraceEventKind kind);

// A time stamp: since boot for the clocks that print seconds, a raw number for
// the others (x86-tsc, counter).
struct TraceTime {
  // Nanoseconds, or ticks.
  uint64_t value = 0;
  // Digits after the point; 0: `value` counts ticks.
  uint8_t fraction_digits = 0;
  bool is_ticks() const { return fraction_digits == 0; }
};

// Fields of mm_page_alloc_extfrag beyond those it shares with other events.
struct ExtfragFields {
  Order fallback_order;
  Order pageblock_order;
  int fallback_migratetype = 0;
  bool fragmenting = false;
  bool change_ownership = false;
};

// Fields of mm_alloc_contig_migrate_range_info under their printed names.
// 6.12 prints the last four under each other's names (page-allocator.md 19.7).
struct ContigRangeFields {
  PfnRange range;
  uint64_t migratetype = 0;
  uint64_t nr_migrated = 0;
  uint64_t nr_reclaimed = 0;
  uint64_t nr_mapped = 0;
};

// One entry. Text views point into the reader's buffer and last until its next
// call.
struct TraceEvent {
  TraceEventKind kind = TraceEventKind::kOther;

  // Where the entry stands: lines (of a trace.dat: entries) from 1, bytes
  // (decompressed) from 0.
  uint64_t line = 0;
  uint64_t offset = 0;

  // The context columns. Task names are at most 15 characters; "<idle>" and
  // "<...>" are the tracer's own.
  std::string_view comm;
  int32_t pid = 0;
  // -1: the recording has no TGID column, or the tracer did not know it.
  int32_t tgid = -1;
  bool has_tgid_column = false;
  CpuId cpu;
  // Irqs, resched, context, preempt depth, migrate-disable depth; empty where
  // the recording has none: then the level is not known either.
  std::string_view flags;
  InterruptLevel level = InterruptLevel::kTask;
  TraceTime time;

  // "mm_page_alloc" (without perf's "kmem:"), and what follows "name: ". A
  // trace.dat has no text for kmem events.
  std::string_view name;
  std::string_view text;

  // --- kmem events; which are set depends on `kind` ---

  // The text of page=: a hash, an address, or zero for a failed allocation.
  // perf makes something up, a trace.dat has none.
  std::string_view page;
  Pfn pfn;
  // alloc_order of extfrag. 0 for mm_page_free_batched, whatever was freed.
  Order order;
  // alloc_migratetype of extfrag. The recording kernel's number.
  int migratetype = 0;
  Gfp gfp;
  bool percpu_refill = false;
  ExtfragFields extfrag;
  ContigRangeFields contig;

  // --- the stack entry that belongs to this event ---

  bool has_stack = false;
  // Lines in the recording's own form, innermost first; read with
  // TraceFrames.
  std::string_view stack;

  // mm_page_alloc without a page: the request failed.
  bool allocation_failed() const {
    return kind == TraceEventKind::kPageAlloc && pfn.value() == 0;
  }
};

// One line of a stack entry.
struct TraceFrame {
  // A symbol, or what the tracer prints instead ("0", "[FTRACE TRAMPOLINE]").
  std::string_view function;
  // Of "+0xoffset/0xsize", present with the sym-offset option.
  bool has_offset = false;
  uint64_t offset = 0;
  uint64_t size = 0;
  // Without brackets; empty for the kernel itself.
  std::string_view module;
};

// Walks the frames of TraceEvent::stack: " => function" lines of ftrace, or
// lines of perf script, whose offsets are of no use without the sizes and whose
// frames in user space and of inlined functions are left out.
class TraceFrames {
 public:
  explicit TraceFrames(std::string_view stack) : rest_(stack) {}
  // False at the end. Lines that are no frame are skipped.
  bool Next(TraceFrame& frame);

 private:
  std::string_view rest_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_EVENT_H_
