#include "pagelab/workloads/exact/recording_builder.h"

#include <algorithm>
#include <string_view>

#include "pagelab/base/status.h"
#include "pagelab/workloads/exact/probe_text.h"

namespace pagelab {
namespace {

constexpr std::string_view kMarker = "pagelab snap ";

// One past the last frame.
uint64_t EndOf(const std::vector<PfnRange>& zones) {
  Pfn end;
  for (const PfnRange& zone : zones) end = std::max(end, zone.end);
  return end.value();
}

}  // namespace

RecordingBuilder::RecordingBuilder(Recording& recording,
                                   const RecordingBounds& bounds)
    : recording_(recording), bounds_(bounds), last_free_(EndOf(bounds.zones)) {}

absl::Status RecordingBuilder::Add(const TraceEvent& event) {
  if (event.kind >= TraceEventKind::kProbe && NoteMarker(event)) {
    return absl::OkStatus();
  }
  if (over_) return absl::OkStatus();
  RecordedEvent out{};
  if (!Translate(event, out) || !IsPossible(out)) return absl::OkStatus();
  const uint64_t index = recording_.events.size();
  if (out.kind == RecordedKind::kPageFree) {
    LinkFree(out, index);
  } else if (out.kind == RecordedKind::kPageFreeBatched) {
    if (!LinkBatched(out, index)) return absl::OkStatus();
  }
  PAGELAB_RETURN_IF_ERROR(recording_.events.Append(out));
  NoteTail(out, index);
  if (out.Has(RecordedEvent::kByKswapd) && !known_kswapd_.contains(out.pid)) {
    // Perhaps in a pass that began before the recording.
    kswapd_[out.pid] = index;
  }
  // By its pid: the tracer may have forgotten its name.
  if (out.level == InterruptLevel::kTask && !kswapd_.empty()) {
    NoteKswapd(out.pid);
  }
  recording_.last_line = out.line;
  return absl::OkStatus();
}

bool RecordingBuilder::NoteMarker(const TraceEvent& event) {
  const size_t at = event.text.find(kMarker);
  if (at == std::string_view::npos) return false;
  const std::string_view label =
      ProbeWord(event.text.substr(at), "label=").value_or("");
  if (label.empty()) return false;
  if (label == bounds_.from_label && !recording_.found_from) {
    // What came before is part of the snapshot.
    recording_.found_from = true;
    recording_.events.Clear();
    recording_.contig_ranges.clear();
    std::fill(last_free_.begin(), last_free_.end(), 0);
    cpus_.clear();
    kswapd_.clear();
    known_kswapd_.clear();
  } else if (label == bounds_.to_label) {
    recording_.found_to = true;
    over_ = true;
  }
  return true;
}

bool RecordingBuilder::IsPossible(const RecordedEvent& event) {
  const bool has_block = event.kind <= RecordedKind::kPageAllocExtfrag ||
                         event.kind == RecordedKind::kIsolateFreePage ||
                         event.kind == RecordedKind::kPutbackIsolatedPage ||
                         event.kind == RecordedKind::kBulkPage;
  uint64_t end = event.pfn;
  if (event.cpu >= bounds_.nr_cpus) {
    ++recording_.foreign_cpu;
    end = ~uint64_t{};
  } else if (event.failed_allocation()) {
    return true;
  } else if (has_block) {
    end += event.block_order().pages();
    // A batched free prints order 0, whatever was freed.
    if ((event.pfn & (event.block_order().pages() - 1)) != 0) end = ~uint64_t{};
  } else if (event.kind == RecordedKind::kContigMigrateRange) {
    end = event.extra >= event.pfn ? event.extra : ~uint64_t{};
  } else {
    return true;
  }
  if (end != ~uint64_t{0} && IsInZone({Pfn(event.pfn), Pfn(end)})) return true;
  ++recording_.impossible;
  if (recording_.first_impossible_line == 0) {
    recording_.first_impossible_line = event.line;
  }
  if (event.kind == RecordedKind::kContigMigrateRange) {
    recording_.contig_ranges.pop_back();
  }
  return false;
}

bool RecordingBuilder::IsInZone(PfnRange block) {
  const auto holds = [&block](const PfnRange& zone) {
    return zone.begin <= block.begin && block.end <= zone.end;
  };
  if (holds(last_zone_)) return true;
  const auto zone =
      std::find_if(bounds_.zones.begin(), bounds_.zones.end(), holds);
  if (zone == bounds_.zones.end()) return false;
  last_zone_ = *zone;
  return true;
}

void RecordingBuilder::NoteZone(uint64_t address, bool visited) {
  std::vector<uint64_t>& zones =
      visited ? recording_.visited_zones : recording_.other_zones;
  if (std::find(zones.begin(), zones.end(), address) == zones.end()) {
    zones.push_back(address);
  }
}

void RecordingBuilder::NoteKswapd(int32_t pid) {
  const auto it = kswapd_.find(pid);
  if (it != kswapd_.end()) it->second = recording_.events.size() - 1;
}

void RecordingBuilder::EndKswapdPass(int32_t pid) {
  known_kswapd_.insert(pid);
  const auto it = kswapd_.find(pid);
  if (it == kswapd_.end()) return;
  // A wake-up that was left out leads nowhere.
  if (it->second < recording_.events.size()) {
    recording_.events.at(it->second).flags |= RecordedEvent::kEndsKswapdPass;
  }
  kswapd_.erase(it);
}

void RecordingBuilder::LinkFree(RecordedEvent& event, uint64_t index) {
  last_free_[event.pfn] = static_cast<uint32_t>(index + 1);
  auto& pending = CpuOf(event).compaction_free;
  if (!pending.has_value() || pending->first != ContextOf(event)) return;
  if (pending->second == event.pfn) {
    event.flags |= RecordedEvent::kToCompactor;
    last_free_[event.pfn] = 0;
  }
  pending.reset();
}

bool RecordingBuilder::LinkBatched(RecordedEvent& event, uint64_t index) {
  const uint32_t stored = last_free_[event.pfn];
  const uint32_t distance = static_cast<uint32_t>(index + 1) - stored;
  if (stored == 0 || distance > index) {
    ++recording_.orphan_batched;
    return false;
  }
  last_free_[event.pfn] = 0;
  RecordedEvent& free = recording_.events.at(index - distance);
  free.flags |= RecordedEvent::kBatched;
  free.flags &= static_cast<uint16_t>(~RecordedEvent::kExactTail);
  free.partner = distance;
  event.flags |= RecordedEvent::kBatched;
  event.partner = distance;
  event.order = free.order;
  return true;
}

void RecordingBuilder::NoteTail(const RecordedEvent& event, uint64_t index) {
  if (event.kind != RecordedKind::kPageAlloc &&
      event.kind != RecordedKind::kPageFree) {
    return;
  }
  Tail& tail = CpuOf(event).tail;
  if (event.kind == RecordedKind::kPageAlloc) {
    if (event.order == 0 || event.order > kMaxPageOrder ||
        event.mask().Has(gfp::kComp) || event.failed_allocation()) {
      if (tail.end != 0 && tail.context == ContextOf(event)) tail.end = 0;
      return;
    }
    tail.context = ContextOf(event);
    tail.end = event.pfn + event.block_order().pages();
    tail.next = 0;
    tail.begin = event.pfn;
    tail.frees.clear();
    return;
  }
  if (tail.end == 0 || tail.context != ContextOf(event)) return;
  const bool continues = event.order == 0 && event.pfn > tail.begin &&
                         event.pfn < tail.end &&
                         (tail.next == 0 || tail.next == event.pfn);
  if (!continues) {
    tail.end = 0;
    return;
  }
  tail.frees.push_back(index);
  tail.next = event.pfn + 1;
  if (tail.next != tail.end) return;
  tail.end = 0;
  for (const uint64_t free : tail.frees) {
    recording_.events.at(free).flags |= RecordedEvent::kExactTail;
  }
  tail.frees.clear();
}

}  // namespace pagelab
