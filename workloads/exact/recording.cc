#include "pagelab/workloads/exact/recording.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/exact/probe_text.h"

namespace pagelab {
namespace {

constexpr uint64_t kProgressInterval = 16384;
// Entries this far back are given back to the disk.
constexpr uint64_t kKeptEntries = uint64_t{1} << 18;
constexpr std::string_view kMarker = "pagelab snap ";

// One past the last frame.
uint64_t EndOf(const std::vector<PfnRange>& zones) {
  Pfn end;
  for (const PfnRange& zone : zones) end = std::max(end, zone.end);
  return end.value();
}

// Turns trace entries into spooled ones and ties together those that belong
// together.
class RecordingBuilder {
 public:
  RecordingBuilder(Recording& recording, const RecordingBounds& bounds)
      : recording_(recording),
        bounds_(bounds),
        last_free_(EndOf(bounds.zones)) {}

  absl::Status Add(const TraceEvent& event);

 private:
  // The block a context took last, and the frees of its upper end that
  // follow: alloc_pages_exact() if they reach its end.
  struct Tail {
    RecordedContext context;
    uint64_t end = 0;
    uint64_t next = 0;
    uint64_t begin = 0;
    std::vector<uint64_t> frees;
  };
  struct Cpu {
    Tail tail;
    // Entries that wait for the next one of their context.
    std::optional<std::pair<RecordedContext, uint64_t>> compaction_free;
    std::optional<std::pair<RecordedContext, uint64_t>> isolate;
  };

  bool NoteMarker(const TraceEvent& event);
  bool Translate(const TraceEvent& event, RecordedEvent& out);
  bool TranslateOther(const TraceEvent& event, RecordedEvent& out);
  bool TranslateProbe(const TraceEvent& event, RecordedEvent& out);
  bool IsPossible(const RecordedEvent& event);
  bool IsInZone(PfnRange block);
  void NoteZone(uint64_t address, bool visited);
  void NoteKswapd(int32_t pid);
  void EndKswapdPass(int32_t pid);
  void LinkFree(RecordedEvent& event, uint64_t index);
  bool LinkBatched(RecordedEvent& event, uint64_t index);
  void NoteTail(const RecordedEvent& event, uint64_t index);
  uint64_t FrameOfStructPage(uint64_t address) const {
    return (address - bounds_.vmemmap) / bounds_.sizeof_struct_page;
  }
  Cpu& CpuOf(const RecordedEvent& event) {
    if (event.cpu >= cpus_.size()) cpus_.resize(event.cpu + size_t{1});
    return cpus_[event.cpu];
  }

  Recording& recording_;
  const RecordingBounds& bounds_;
  bool over_ = false;
  // Of the entry before: nearly always that of the next, too.
  PfnRange last_zone_;
  // By frame: one more than the index of its last free that has no batched
  // event yet; the low half is enough to tell how far back it is.
  std::vector<uint32_t> last_free_;
  std::vector<Cpu> cpus_;
  // Last entry of each kswapd, while a pass is open.
  absl::flat_hash_map<int32_t, uint64_t> kswapd_;
};

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
  if (out.Has(RecordedEvent::kByKswapd)) NoteKswapd(out.pid);
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
  } else if (label == bounds_.to_label) {
    recording_.found_to = true;
    over_ = true;
  }
  return true;
}

bool RecordingBuilder::Translate(const TraceEvent& event, RecordedEvent& out) {
  using enum TraceEventKind;
  out.time = event.time.value;
  out.line = event.line;
  out.pid = event.pid;
  out.cpu = static_cast<uint16_t>(event.cpu.value());
  out.level = event.level;
  recording_.nr_cpus = std::max(recording_.nr_cpus, uint64_t{out.cpu} + 1);
  if (event.comm.size() > 6 && event.comm[0] == 'k') {
    // A thread that runs softirqs interrupts nobody.
    if (event.comm.starts_with("ksoftirqd/")) {
      if (out.level == InterruptLevel::kSoftirq) {
        out.level = InterruptLevel::kTask;
      }
    } else if (event.comm.starts_with("kswapd")) {
      if (out.level == InterruptLevel::kTask) {
        out.flags |= RecordedEvent::kByKswapd;
      }
    } else if (event.comm.starts_with("kworker/")) {
      out.flags |= RecordedEvent::kByKworker;
    }
  }
  out.pfn = event.pfn.value();
  out.order = static_cast<uint8_t>(event.order.value());
  out.migratetype = static_cast<uint8_t>(event.migratetype);
  switch (event.kind) {
    case kPageAlloc:
      out.kind = RecordedKind::kPageAlloc;
      out.gfp = event.gfp.value();
      return true;
    case kPageFree:
      out.kind = RecordedKind::kPageFree;
      return true;
    case kPageFreeBatched:
      out.kind = RecordedKind::kPageFreeBatched;
      return true;
    case kPageAllocZoneLocked:
      out.kind = RecordedKind::kPageAllocZoneLocked;
      if (event.percpu_refill) out.flags |= RecordedEvent::kPercpuRefill;
      return true;
    case kPagePcpuDrain:
      out.kind = RecordedKind::kPagePcpuDrain;
      return true;
    case kPageAllocExtfrag:
      out.kind = RecordedKind::kPageAllocExtfrag;
      out.fallback_order =
          static_cast<uint8_t>(event.extfrag.fallback_order.value());
      out.fallback_migratetype =
          static_cast<uint8_t>(event.extfrag.fallback_migratetype);
      if (event.extfrag.change_ownership) {
        out.flags |= RecordedEvent::kChangeOwnership;
      }
      return true;
    case kContigMigrateRange:
      out.kind = RecordedKind::kContigMigrateRange;
      out.pfn = event.contig.range.begin.value();
      out.extra = event.contig.range.end.value();
      out.order = 0;
      recording_.contig_ranges.push_back(recording_.events.size());
      return true;
    case kProbe:
      out.order = 0;
      return TranslateProbe(event, out);
    case kOther:
      out.order = 0;
      return TranslateOther(event, out);
    case kMarker:
      return false;
  }
  return false;
}

bool RecordingBuilder::TranslateProbe(const TraceEvent& event,
                                      RecordedEvent& out) {
  const std::string_view name = event.name;
  const std::string_view text = event.text;
  if (name == "decay_pcp_high") {
    out.kind = RecordedKind::kDecayPcpHigh;
    out.pfn = ProbeNumber(text, "zone=").value_or(0);
    out.extra = ProbeNumber(text, "high=").value_or(0);
    NoteZone(out.pfn, true);
    return true;
  }
  if (name == "drain_pages_zone" || name == "drain_zone_pages") {
    out.kind = name == "drain_pages_zone" ? RecordedKind::kDrainPagesZone
                                          : RecordedKind::kDrainZonePages;
    out.pfn = ProbeNumber(text, "zone=").value_or(0);
    out.extra = ProbeNumber(text, "cpu=").value_or(out.cpu);
    NoteZone(out.pfn, false);
    return true;
  }
  if (name == "compaction_free") {
    CpuOf(out).compaction_free = {
        ContextOf(out),
        FrameOfStructPage(ProbeNumber(text, "folio=").value_or(0))};
    return false;
  }
  if (name == "isolate_free_page_ret") {
    auto& isolate = CpuOf(out).isolate;
    if (!isolate.has_value() || isolate->first != ContextOf(out)) return false;
    RecordedEvent& taken = recording_.events.at(isolate->second);
    taken.extra = ProbeNumber(text, "ret=").value_or(0);
    if (text.find("(compaction_alloc") != std::string_view::npos) {
      taken.flags |= RecordedEvent::kFastSearch;
    }
    isolate.reset();
    return false;
  }
  if (name != "isolate_free_page" && name != "putback_isolated_page") {
    return false;
  }
  const uint64_t order = ProbeNumber(text, "order=").value_or(0);
  if (order > kMaxPageOrder) return false;
  out.order = static_cast<uint8_t>(order);
  out.pfn = FrameOfStructPage(ProbeNumber(text, "page=").value_or(0));
  out.kind = RecordedKind::kPutbackIsolatedPage;
  if (name == "isolate_free_page") {
    out.kind = RecordedKind::kIsolateFreePage;
    out.extra = out.block_order().pages();
    CpuOf(out).isolate = {ContextOf(out), recording_.events.size()};
  }
  return true;
}

bool RecordingBuilder::TranslateOther(const TraceEvent& event,
                                      RecordedEvent& out) {
  const std::string_view name = event.name;
  const std::string_view text = event.text;
  if (name == "mm_vmscan_kswapd_wake") {
    out.kind = RecordedKind::kKswapdWake;
    out.extra = ProbeNumber(text, "nid=").value_or(0);
    EndKswapdPass(event.pid);
    kswapd_[event.pid] = recording_.events.size();
    return true;
  }
  if (name == "mm_vmscan_kswapd_sleep") {
    EndKswapdPass(event.pid);
    return false;
  }
  if (name == "mm_vmscan_direct_reclaim_begin" ||
      name == "mm_compaction_try_to_compact_pages") {
    out.kind = name.starts_with("mm_vmscan") ? RecordedKind::kDirectReclaimBegin
                                             : RecordedKind::kCompactionTry;
    const uint64_t order = ProbeNumber(text, "order=").value_or(0);
    if (order > kMaxPageOrder) return false;
    out.order = static_cast<uint8_t>(order);
    const std::string_view mask =
        ProbeWord(text, out.kind == RecordedKind::kCompactionTry ? "gfp_mask="
                                                                 : "gfp_flags=")
            .value_or("");
    const absl::StatusOr<Gfp> gfp = ParseGfp(mask);
    if (!gfp.ok()) return false;
    out.gfp = gfp->value();
    return true;
  }
  if (name == "mm_vmscan_direct_reclaim_end") {
    out.kind = RecordedKind::kDirectReclaimEnd;
    out.extra = ProbeNumber(text, "nr_reclaimed=").value_or(0);
    return true;
  }
  if (name == "mm_compaction_end") {
    out.kind = RecordedKind::kCompactionEnd;
    return true;
  }
  if (name == "mark_victim") {
    out.kind = RecordedKind::kMarkVictim;
    out.extra = ProbeNumber(text, "pid=").value_or(0);
    return true;
  }
  return false;
}

bool RecordingBuilder::IsPossible(const RecordedEvent& event) {
  const bool has_block = event.kind <= RecordedKind::kPageAllocExtfrag ||
                         event.kind == RecordedKind::kIsolateFreePage ||
                         event.kind == RecordedKind::kPutbackIsolatedPage;
  if (event.failed_allocation()) return true;
  uint64_t end = event.pfn;
  if (has_block) {
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
  const auto it = kswapd_.find(pid);
  if (it == kswapd_.end()) return;
  recording_.events.at(it->second).flags |= RecordedEvent::kEndsKswapdPass;
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

}  // namespace

RecordingBounds BoundsOf(const AllocatorSnapshot& from,
                         const AllocatorSnapshot* expect) {
  std::vector<PfnRange> zones;
  for (const SnapshotZone& zone : from.zones) {
    if (zone.populated) zones.push_back(zone.span);
  }
  return {.from_label = from.label,
          .to_label = expect == nullptr ? std::string() : expect->label,
          .zones = std::move(zones),
          .vmemmap = from.vmemmap,
          .sizeof_struct_page = from.sizeof_struct_page};
}

absl::StatusOr<Recording> ReadRecording(
    TraceReader& reader, const RecordingBounds& bounds,
    const std::function<void(const TraceStats&)>& on_progress) {
  PAGELAB_ASSIGN_OR_RETURN(EventSpool spool, EventSpool::Create());
  Recording recording(std::move(spool));
  RecordingBuilder builder(recording, bounds);
  uint64_t forgotten = 0;
  TraceEvent event;
  while (reader.Next(event)) {
    PAGELAB_RETURN_IF_ERROR(builder.Add(event));
    const uint64_t total = reader.stats().total_events;
    if (total % kProgressInterval == 0) {
      if (on_progress) on_progress(reader.stats());
      const uint64_t size = recording.events.size();
      if (size > forgotten + 2 * kKeptEntries) {
        recording.events.Forget(forgotten, size - kKeptEntries);
        forgotten = size - kKeptEntries;
      }
    }
  }
  if (!reader.status().ok()) return reader.status();
  PAGELAB_RETURN_IF_ERROR(recording.events.Flush());
  recording.events.Forget(0, recording.events.size());
  recording.stats = reader.stats();
  return recording;
}

}  // namespace pagelab
