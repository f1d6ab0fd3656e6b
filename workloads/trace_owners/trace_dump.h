#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_TRACE_DUMP_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_TRACE_DUMP_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/workloads/trace_owners/trace_owners.h"

namespace pagelab {

// The type of the pageblock around a frame, where it is known.
using PageblockTypes = std::function<std::optional<Migratetype>(Pfn)>;

struct TraceDumpOptions {
  int pageblock_order = 9;
  // Empty, or nothing for a frame: the type that the allocation asked for.
  PageblockTypes pageblock_type = {};
  // page_owner's clock less the recording's (text-formats.md 11.3).
  int64_t clock_offset_ns = 0;
  // Of a recording whose clock counts ticks.
  uint64_t ticks_per_second = 1'000'000'000;
};

// What /sys/kernel/debug/page_owner of the recorded machine would show at the
// end of the recording, of the pages that were allocated during it: the
// kernel's text, ascending. What a recording cannot know is written so that
// readers of dumps take it: frames as function+0x0/0x0 where the offset was
// not recorded, "Flags 0x0()", and "tgid 0", which only idle tasks have:
// page_owner_sort finds no task name behind a negative one.
absl::Status WriteTraceDump(const TraceOwners& owners,
                            const TraceDumpOptions& options, OutputStream& out);

// A time of the recording in nanoseconds.
uint64_t TraceNanoseconds(const TraceOwners& owners, uint64_t time,
                          uint64_t ticks_per_second);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_TRACE_DUMP_H_
