#include "pagelab/workloads/trace_owners/read_owners.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/workloads/trace/trace_reader.h"
#include "pagelab/workloads/trace_owners/snapshot_facts.h"

namespace pagelab {
namespace {

// How many events pass between two calls of on_progress.
constexpr uint64_t kProgressInterval = 16384;

PagesInUse CountPagesInUse(const TraceOwners& owners) {
  PagesInUse in_use;
  owners.frames().ForEachBlock([&](Pfn, FrameCode code,
                                   const FrameRecord& record) {
    if (code.state() == FrameState::kAllocated) {
      ++in_use.blocks;
      in_use.pages += code.order().pages();
    } else if (code.state() == FrameState::kUnknown && record.migrated == 0) {
      in_use.moved_from_unknown += code.order().pages();
    }
  });
  return in_use;
}

uint64_t ManagedPages(const AllocatorSnapshot& snapshot) {
  uint64_t pages = 0;
  for (const SnapshotZone& zone : snapshot.zones) pages += zone.managed.value();
  return pages;
}

uint64_t AtLeastZero(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

// How many pages of before the recording are in use: from a snapshot, less
// what was freed since.
class OlderPages {
 public:
  OlderPages(const OwnersOptions& options, TraceOwners& owners)
      : options_(options) {
    if (options.from != nullptr) {
      in_use_ = AddFreeBlocks(*options.from, owners).value();
    }
  }

  // Before the event is applied. The snapshot may have been taken later than
  // the recording began.
  void Note(const TraceEvent& event, const TraceOwners& owners) {
    if (started_ || options_.from == nullptr) return;
    if (!IsMarkerOf(event, *options_.from)) return;
    started_ = true;
    const PagesInUse known = CountPagesInUse(owners);
    in_use_ = AtLeastZero(in_use_, known.pages + known.moved_from_unknown);
    freed_before_ = Freed(owners);
  }

  std::optional<uint64_t> InUse(const TraceOwners& owners) const {
    if (options_.from == nullptr) return std::nullopt;
    // Memory that came to the allocator only afterwards was freed, too.
    uint64_t added = 0;
    if (options_.expect != nullptr) {
      added = AtLeastZero(ManagedPages(*options_.expect),
                          ManagedPages(*options_.from));
    }
    return AtLeastZero(in_use_ + added, Freed(owners) - freed_before_);
  }

 private:
  static bool IsMarkerOf(const TraceEvent& event,
                         const AllocatorSnapshot& snapshot) {
    if (event.kind != TraceEventKind::kOther &&
        event.kind != TraceEventKind::kMarker) {
      return false;
    }
    constexpr std::string_view kKey = " label=";
    const size_t at = event.text.find(kKey);
    if (!event.text.starts_with("pagelab snap ") ||
        at == std::string_view::npos) {
      return false;
    }
    const std::string_view label = event.text.substr(at + kKey.size());
    return label.substr(0, label.find(' ')) == snapshot.label;
  }

  // Of a page that was moved the old frame was freed.
  static uint64_t Freed(const TraceOwners& owners) {
    return AtLeastZero(owners.counts().older_pages_freed,
                       owners.counts().moved_older_pages);
  }

  const OwnersOptions& options_;
  bool started_ = false;
  uint64_t in_use_ = 0;
  uint64_t freed_before_ = 0;
};

}  // namespace

absl::StatusOr<OwnersReport> ReadOwners(InputStream& input,
                                        const OwnersOptions& options,
                                        TraceOwners& owners) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<TraceReader> reader,
                           OpenTrace(input));
  OlderPages older(options, owners);
  TraceEvent event;
  while (reader->Next(event)) {
    older.Note(event, owners);
    owners.Apply(event);
    if (options.on_progress &&
        reader->stats().total_events % kProgressInterval == 0) {
      options.on_progress(reader->stats());
    }
  }
  PAGELAB_RETURN_IF_ERROR(reader->status());
  OwnersReport report;
  report.trace_name = input.name().substr(input.name().rfind('/') + 1);
  report.trace = reader->stats();
  report.counts = owners.counts();
  report.in_use = CountPagesInUse(owners);
  report.in_use.older = older.InUse(owners);
  return report;
}

}  // namespace pagelab
