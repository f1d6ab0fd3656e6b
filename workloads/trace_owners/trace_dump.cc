#include "pagelab/workloads/trace_owners/trace_dump.h"

#include <algorithm>
#include <string_view>

#include "pagelab/alloc/gfp.h"
#include "pagelab/owner/record.h"
#include "pagelab/owner/record_formatter.h"

namespace pagelab {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

PageOwnerRecord OwnerRecord(const TraceOwners& owners, FrameCode code,
                            const FrameRecord& record, uint64_t ts_nsec) {
  const TracedTask& task = owners.task(record.task);
  PageOwnerRecord owner{};
  owner.order = static_cast<uint16_t>(code.order().value());
  owner.last_migrate_reason = static_cast<int16_t>(record.migrated - 1);
  owner.gfp_mask = record.gfp;
  owner.ts_nsec = ts_nsec;
  owner.pid = task.pid;
  owner.tgid = std::max(task.tgid, 0);
  std::copy_n(task.comm.begin(),
              std::min(task.comm.size(), owner.comm.size() - 1),
              owner.comm.begin());
  return owner;
}

uint64_t WithOffset(uint64_t time, int64_t offset) {
  if (offset >= 0) return time + static_cast<uint64_t>(offset);
  const uint64_t back = uint64_t{0} - static_cast<uint64_t>(offset);
  return time < back ? 0 : time - back;
}

}  // namespace

uint64_t TraceNanoseconds(const TraceOwners& owners, uint64_t time,
                          uint64_t ticks_per_second) {
  if (!owners.first_time().is_ticks() || ticks_per_second == kSecond) {
    return time;
  }
  return time / ticks_per_second * kSecond +
         time % ticks_per_second * kSecond / ticks_per_second;
}

absl::Status WriteTraceDump(const TraceOwners& owners,
                            const TraceDumpOptions& options,
                            OutputStream& out) {
  // Without widths a flags word of 0 has no fields.
  RecordFormatter formatter(
      {.flags_layout = {.node_width = 0,
                        .zone_width = 0,
                        .lastcpupid_width = 0},
       .pageblock_order = options.pageblock_order,
       .group_by_mobility_disabled = owners.mobility_grouping_is_off()});
  owners.frames().ForEachBlock(
      [&](Pfn head, FrameCode code, const FrameRecord& record) {
        if (code.state() != FrameState::kAllocated || !out.ok()) return;
        const PageOwnerRecord owner = OwnerRecord(
            owners, code, record,
            WithOffset(
                TraceNanoseconds(owners, record.time, options.ticks_per_second),
                options.clock_offset_ns));
        std::optional<Migratetype> block;
        if (options.pageblock_type) block = options.pageblock_type(head);
        const RecordText text{
            .record = owner,
            .pfn = head,
            .pageblock_type = block.value_or(
                static_cast<Migratetype>(record.migratetype % kMigrateTypes)),
            .flags_word = 0,
            .stack = record.stack == 0
                         ? std::string_view()
                         : std::string_view(owners.stack(record.stack).text)};
        out.Advance(
            formatter.Write(out.Reserve(RecordFormatter::MaxSize(text)), text));
      });
  return out.status();
}

}  // namespace pagelab
