// Rows of kmem events.

#include <array>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/report/export/json_text.h"
#include "pagelab/report/export/row_writer.h"

namespace pagelab {
namespace {

std::string_view LevelName(InterruptLevel level) {
  switch (level) {
    case InterruptLevel::kTask:
      return "task";
    case InterruptLevel::kSoftirq:
      return "softirq";
    case InterruptLevel::kHardirq:
      return "hardirq";
    case InterruptLevel::kNmi:
      return "nmi";
  }
  return "";
}

Cell Name(Migratetype type) { return std::string(ToString(type)); }
Cell Bit(bool set) { return static_cast<int64_t>(set ? 1 : 0); }

// The columns from migratetype to change_ownership.
std::array<Cell, 7> OwnCells(const AllocatorEvent& event) {
  std::array<Cell, 7> cells;
  if (const auto* alloc = event.As<MmPageAlloc>()) {
    cells[0] = Name(alloc->migratetype);
    cells[1] = ToString(alloc->gfp);
    cells[2] = Bit(alloc->failed);
  } else if (const auto* taken = event.As<MmPageAllocZoneLocked>()) {
    cells[0] = Name(taken->migratetype);
    cells[3] = Bit(taken->percpu_refill);
  } else if (const auto* drained = event.As<MmPagePcpuDrain>()) {
    cells[0] = Name(drained->migratetype);
  } else if (const auto* fallback = event.As<MmPageAllocExtfrag>()) {
    cells[0] = Name(fallback->alloc_migratetype);
    cells[4] = static_cast<int64_t>(fallback->fallback_order.value());
    cells[5] = Name(fallback->fallback_migratetype);
    cells[6] = Bit(fallback->change_ownership);
  }
  return cells;
}

bool Failed(const AllocatorEvent& event) {
  const auto* alloc = event.As<MmPageAlloc>();
  return alloc != nullptr && alloc->failed;
}

}  // namespace

absl::Status RowWriter::WriteEvents() {
  const bool wanted = sink_.Wants(Table::kEvents) ||
                      (sink_.Wants(Table::kStacks) && options_.event_stacks);
  if (picture_.events == nullptr || !wanted) return absl::OkStatus();
  const auto stacks = options_.event_stacks ? EventSource::Stacks::kWanted
                                            : EventSource::Stacks::kNone;
  return picture_.events->ForEach(stacks, [this](const AllocatorEvent& event,
                                                 EventFrames frames) {
    const Cell stack = StackOf(frames);
    if (!sink_.Wants(Table::kEvents)) return true;
    std::array<Cell, 7> own = OwnCells(event);
    const bool failed = Failed(event);
    const Cell cells[] = {
        Integer(event.number),
        Integer(event.when.value()),
        static_cast<int64_t>(event.cpu.value()),
        std::string(LevelName(event.level)),
        redactor_.Pid(event.pid),
        Utf8Of(redactor_.Comm(event.comm)),
        std::string(EventName(event)),
        failed ? Cell() : Integer(EventPfn(event).value()),
        event.As<MmPageFreeBatched>() != nullptr
            ? Cell()
            : Cell(static_cast<int64_t>(EventOrder(event).value())),
        std::move(own[0]),
        std::move(own[1]),
        std::move(own[2]),
        std::move(own[3]),
        std::move(own[4]),
        std::move(own[5]),
        std::move(own[6]),
        failed ? Cell() : TextOrNull(std::string(zones_.Of(EventPfn(event)))),
        stack};
    return sink_.Row(Table::kEvents, cells);
  });
}

}  // namespace pagelab
