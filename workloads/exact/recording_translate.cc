// Trace entries as fixed-size ones: page-allocator.md 25.2.

#include <algorithm>
#include <string_view>

#include "pagelab/workloads/exact/probe_text.h"
#include "pagelab/workloads/exact/recording_builder.h"

namespace pagelab {

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
    const uint64_t index = isolate->second;
    isolate.reset();
    // The probe was left out if its frame cannot be.
    if (index >= recording_.events.size()) return false;
    RecordedEvent& taken = recording_.events.at(index);
    if (taken.kind != RecordedKind::kIsolateFreePage) return false;
    taken.extra = ProbeNumber(text, "ret=").value_or(0);
    if (text.find("(compaction_alloc") != std::string_view::npos) {
      taken.flags |= RecordedEvent::kFastSearch;
    }
    return false;
  }
  if (name == "alloc_pages_bulk_page") {
    out.kind = RecordedKind::kBulkPage;
    out.pfn = FrameOfStructPage(ProbeNumber(text, "page=").value_or(0));
    out.migratetype =
        static_cast<uint8_t>(ProbeNumber(text, "migratetype=").value_or(0));
    out.gfp = static_cast<uint32_t>(ProbeNumber(text, "gfp=").value_or(0));
    return true;
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

}  // namespace pagelab
