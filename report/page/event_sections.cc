#include "pagelab/report/page/event_sections.h"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/base/status.h"
#include "pagelab/report/page/column_writer.h"
#include "pagelab/report/page/frame_chunks.h"

namespace pagelab {
namespace {

struct KeptEvent {
  uint64_t number = 0;
  uint64_t ns = 0;
  uint64_t pfn = 0;
  uint32_t task = 0;
  uint8_t kind = 0;
  uint8_t order = 0;
  // A Migratetype plus 1; 0: the event has none.
  uint8_t type = 0;
};

uint8_t TypeOf(const AllocatorEvent& event) {
  const auto plus_one = [](Migratetype type) {
    return static_cast<uint8_t>(static_cast<uint8_t>(type) + 1);
  };
  if (const auto* alloc = event.As<MmPageAlloc>()) {
    return plus_one(alloc->migratetype);
  }
  if (const auto* locked = event.As<MmPageAllocZoneLocked>()) {
    return plus_one(locked->migratetype);
  }
  if (const auto* drain = event.As<MmPagePcpuDrain>()) {
    return plus_one(drain->migratetype);
  }
  if (const auto* fallback = event.As<MmPageAllocExtfrag>()) {
    return plus_one(fallback->alloc_migratetype);
  }
  return 0;
}

enum : size_t { kNumber, kTime, kKind, kFrame, kOrder, kType, kTask, kColumns };

// Those of one chunk, one after the other.
class ChunkEvents {
 public:
  void Add(const KeptEvent& event, uint64_t type) {
    columns_.Add(kNumber, event.number - number_);
    columns_.AddSigned(kTime, static_cast<int64_t>(event.ns - ns_));
    columns_.Add(kKind, event.kind);
    columns_.Add(kFrame, event.pfn & ((uint64_t{1} << kChunkOrder) - 1));
    columns_.Add(kOrder, event.order);
    columns_.Add(kType, type);
    columns_.Add(kTask, uint64_t{event.task} + 1);
    number_ = event.number;
    ns_ = event.ns;
  }
  std::string Take() { return columns_.Take(); }

 private:
  ColumnWriter columns_{kColumns};
  uint64_t number_ = 0;
  uint64_t ns_ = 0;
};

}  // namespace

absl::StatusOr<EventTotals> AddEvents(EventSource& source, uint64_t max,
                                      const std::vector<std::string>& types,
                                      RecordNames& names,
                                      PageSections& sections) {
  std::deque<KeptEvent> events;
  EventTotals totals;
  PAGELAB_RETURN_IF_ERROR(source.ForEach(
      EventSource::Stacks::kNone,
      [&](const AllocatorEvent& event, EventFrames) {
        ++totals.events;
        if (EventPfn(event).value() == 0) return true;
        events.push_back(
            {.number = event.number,
             .ns = event.when.value(),
             .pfn = EventPfn(event).value(),
             .task = names.TaskOf(event.pid, -1, event.comm),
             .kind = static_cast<uint8_t>(event.fields.index()),
             .order = static_cast<uint8_t>(EventOrder(event).value()),
             .type = TypeOf(event)});
        if (events.size() > max) events.pop_front();
        return true;
      }));
  totals.kept = events.size();
  std::map<uint64_t, ChunkEvents> chunks;
  for (const KeptEvent& event : events) {
    uint64_t type = 0;
    if (event.type > 0) {
      const auto at =
          std::find(types.begin(), types.end(),
                    ToString(static_cast<Migratetype>(event.type - 1)));
      if (at != types.end()) {
        type = static_cast<uint64_t>(at - types.begin()) + 1;
      }
    }
    chunks[event.pfn >> kChunkOrder].Add(event, type);
  }
  for (auto& [chunk, columns] : chunks) {
    sections.Add(absl::StrCat("events-", chunk), columns.Take());
  }
  return totals;
}

}  // namespace pagelab
