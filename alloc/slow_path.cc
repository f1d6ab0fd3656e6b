// What happens when the fast path finds nothing: page-allocator.md 14.

#include "pagelab/alloc/alloc_failure.h"
#include "pagelab/alloc/memory_pressure.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/reclaim/folio_lru.h"
#include "pagelab/alloc/reclaim/memalloc_scope.h"
#include "pagelab/alloc/reclaim/node_balance.h"
#include "pagelab/alloc/slow_path_flags.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {
namespace {

AllocFlags FlagsWithReserves(const AllocatorState& state,
                             const AllocControl& ac, AllocFlags reserves,
                             AllocFlags before) {
  return reserves.With(CmaFlag(state, ac.type))
      .With(AllocFlags(before.value() & alloc_flag::kKswapd.value()));
}

// Requests of this order and below are served by reclaim alone, sooner or
// later; above it they may fail.
bool IsCostly(Order order) { return order > kCostlyOrder; }

// Differs from Linux: which goes on as long as reclaim says that it makes
// progress. More rounds than any watermark is batches of pages away mean that
// what is said to be freed is not.
constexpr int kMaxRounds = 10'000;

// One request for which memory is got back. Kernel counterpart: the body of
// __alloc_pages_slowpath() between its labels.
class PressedRequest {
 public:
  PressedRequest(PageAllocator& allocator, ExecutionContext& context,
                 const AllocControl& ac)
      : allocator_(allocator),
        state_(allocator.state()),
        pressure_(*state_.pressure),
        context_(context),
        ac_(ac),
        flags_(SlowPathFlags(state_, ac)) {}

  Page* Run();

 private:
  enum class Next : uint8_t { kRetry, kGiveUp };

  bool can_wait() const { return ac_.gfp.Has(gfp::kDirectReclaim); }
  bool can_compact() const { return ac_.gfp.Has(gfp::kIo); }
  Page* Try(AllocFlags flags) {
    return allocator_.GetPageFromFreelist(context_, ac_, flags);
  }

  void WakeKswapds();
  Next CompactFirst();
  Next Round();
  Next AfterReclaim(bool progress);
  void Compact(CompactPriority priority);
  bool ReclaimSome();
  bool ShouldRetryReclaim(bool progress);
  bool AnyZoneWouldDo() const;
  bool ShouldRetryCompaction();
  Next KillSomebody();
  bool LastResort();

  PageAllocator& allocator_;
  AllocatorState& state_;
  MemoryPressure& pressure_;
  ExecutionContext& context_;
  const AllocControl& ac_;

  // Set: done.
  Page* page_ = nullptr;
  AllocFlags flags_;
  CompactPriority priority_ = CompactPriority::kSyncLight;
  CompactResult compact_result_ = CompactResult::kSkipped;
  int compaction_retries_ = 0;
  int no_progress_loops_ = 0;
  // How often the request waited for others, who do not run meanwhile.
  int vain_waits_ = 0;
  int rounds_ = 0;
};

// Kernel counterpart: wake_all_kswapds().
void PressedRequest::WakeKswapds() {
  if (!flags_.HasAny(alloc_flag::kKswapd)) return;
  NodeId last;
  for (const Zoneref& ref : ac_.zonelist) {
    if (ref.zone_index > ac_.highest_zoneidx ||
        ref.zone->managed == PageCount(0) || ref.zone->node == last) {
      continue;
    }
    last = ref.zone->node;
    pressure_.WakeKswapd(context_, *ref.zone, ac_.gfp, ac_.order,
                         ac_.highest_zoneidx);
  }
}

// Kernel counterpart: __alloc_pages_direct_compact().
void PressedRequest::Compact(CompactPriority priority) {
  if (ac_.order == Order(0)) return;
  Compaction& compaction = pressure_.compaction();
  {
    const MemallocScope scope(*context_.task);
    compact_result_ = compaction.TryToCompact(context_, ac_, flags_, priority);
  }
  if (compact_result_ == CompactResult::kSkipped) return;
  state_.events.Count(VmEvent::kCompactStall);
  page_ = Try(flags_);
  if (page_ == nullptr) {
    state_.events.Count(VmEvent::kCompactFail);
    return;
  }
  Zone& zone = state_.ZoneOf(*page_);
  zone.compact.blockskip_flush = false;
  compaction.NoteOutcome(zone, ac_.order, /*got=*/true);
  state_.events.Count(VmEvent::kCompactSuccess);
}

// Step 5: large blocks, and small ones of types that fragment, are compacted
// for before anything is reclaimed.
PressedRequest::Next PressedRequest::CompactFirst() {
  const bool costly = IsCostly(ac_.order);
  const bool fragments =
      ac_.order > Order(0) && ac_.type != Migratetype::kMovable;
  if (!can_wait() || !can_compact() || !(costly || fragments) ||
      ReserveFlags(context_, ac_.gfp).value() != 0) {
    return Next::kRetry;
  }
  Compact(CompactPriority::kAsync);
  if (page_ != nullptr || !costly || !ac_.gfp.Has(gfp::kNoretry)) {
    return Next::kRetry;
  }
  if (compact_result_ == CompactResult::kSkipped ||
      compact_result_ == CompactResult::kDeferred ||
      ac_.gfp.Has(gfp::kThisnode)) {
    return Next::kGiveUp;
  }
  priority_ = CompactPriority::kAsync;
  return Next::kRetry;
}

// Step 9. Kernel counterpart: __alloc_pages_direct_reclaim().
bool PressedRequest::ReclaimSome() {
  if (pressure_.DirectReclaim(context_, ac_) == PageCount(0)) return false;
  page_ = Try(flags_);
  if (page_ != nullptr) return true;
  // What came back may lie on per-cpu lists or in the atomic reserve.
  allocator_.UnreserveHighatomic(ac_, /*force=*/false, context_.cpu);
  allocator_.DrainAllPages(context_);
  page_ = Try(flags_);
  return true;
}

// Could the request be served if all was reclaimed that can be?
bool PressedRequest::AnyZoneWouldDo() const {
  for (const Zoneref& ref : ac_.zonelist) {
    if (ref.zone_index > ac_.highest_zoneidx) continue;
    const Zone& zone = *ref.zone;
    const uint64_t available = ZoneReclaimablePages(state_, zone).value() +
                               zone.StatPages(ZoneStat::kFreePages);
    const WatermarkQuery query{.order = ac_.order,
                               .mark = zone.WatermarkPages(Watermark::kMin),
                               .highest_zoneidx = ac_.highest_zoneidx,
                               .flags = flags_};
    if (WatermarkOk(state_.policy, zone, query,
                    static_cast<int64_t>(available))) {
      return true;
    }
  }
  return false;
}

// Step 12.
bool PressedRequest::ShouldRetryReclaim(bool progress) {
  if (progress && !IsCostly(ac_.order)) {
    no_progress_loops_ = 0;
  } else {
    ++no_progress_loops_;
  }
  if (no_progress_loops_ <= kMaxReclaimRetries && AnyZoneWouldDo()) return true;
  return allocator_.UnreserveHighatomic(ac_, /*force=*/true, context_.cpu);
}

// Step 13.
bool PressedRequest::ShouldRetryCompaction() {
  if (ac_.order == Order(0)) return false;
  if (compact_result_ == CompactResult::kSkipped) {
    return pressure_.compaction().ZonelistSuitable(ac_, flags_);
  }
  const bool costly = IsCostly(ac_.order);
  if (compact_result_ == CompactResult::kSuccess) {
    const int most = costly ? kMaxReclaimRetries / 4 : kMaxReclaimRetries;
    if (++compaction_retries_ <= most) return true;
  }
  const CompactPriority least =
      costly ? CompactPriority::kSyncLight : CompactPriority::kSyncFull;
  if (priority_ <= least) return false;
  priority_ = static_cast<CompactPriority>(static_cast<int>(priority_) - 1);
  compaction_retries_ = 0;
  return true;
}

// Step 14. Kernel counterpart: __alloc_pages_may_oom() and what follows it.
PressedRequest::Next PressedRequest::KillSomebody() {
  // Somebody may have made room meanwhile; only plenty counts.
  page_ = Try(alloc_flag::kWmarkHigh.With(alloc_flag::kCpuset));
  if (page_ != nullptr) return Next::kRetry;
  const uint64_t kills = state_.events.count(VmEvent::kOomKill);
  const bool progress = pressure_.OutOfMemory(context_, ac_);
  if (progress && ac_.gfp.Has(gfp::kNofail)) {
    page_ = Try(alloc_flag::kNoWatermarks);
    if (page_ != nullptr) return Next::kRetry;
  }
  if (context_.task->oom_victim &&
      (flags_.HasAny(alloc_flag::kOom) || ac_.gfp.Has(gfp::kNomemalloc))) {
    return Next::kGiveUp;
  }
  if (!progress) return Next::kGiveUp;
  // Differs from Linux: which waits as long as it takes. Others do not run
  // while a request does, so that waiting in vain has to end.
  if (state_.events.count(VmEvent::kOomKill) == kills &&
      ++vain_waits_ > kMaxReclaimRetries) {
    return Next::kGiveUp;
  }
  no_progress_loops_ = 0;
  return Next::kRetry;
}

// Steps 10 to 14.
PressedRequest::Next PressedRequest::AfterReclaim(bool progress) {
  Compact(priority_);
  if (page_ != nullptr) return Next::kRetry;
  if (ac_.gfp.Has(gfp::kNoretry)) return Next::kGiveUp;
  if (IsCostly(ac_.order) &&
      !(can_compact() && ac_.gfp.Has(gfp::kRetryMayfail))) {
    return Next::kGiveUp;
  }
  if (ShouldRetryReclaim(progress)) return Next::kRetry;
  if (progress && can_compact() && ShouldRetryCompaction()) {
    return Next::kRetry;
  }
  return KillSomebody();
}

// Steps 6 to 14.
PressedRequest::Next PressedRequest::Round() {
  WakeKswapds();
  const AllocFlags reserves = ReserveFlags(context_, ac_.gfp);
  if (reserves.value() != 0) {
    flags_ = FlagsWithReserves(state_, ac_, reserves, flags_);
  }
  page_ = Try(flags_);
  if (page_ != nullptr) return Next::kRetry;
  if (!can_wait() || context_.task->memalloc) return Next::kGiveUp;
  const bool progress = ReclaimSome();
  if (page_ != nullptr) return Next::kRetry;
  return AfterReclaim(progress);
}

// Step 15, for a request that must not fail; true: once more.
bool PressedRequest::LastResort() {
  if (!ac_.gfp.Has(gfp::kNofail) || !can_wait()) return false;
  page_ = Try(alloc_flag::kMinReserve.With(CmaFlag(state_, ac_.type)));
  if (page_ != nullptr) return false;
  // Differs from Linux: which would retry forever; here running out of memory
  // is an answer.
  return ++vain_waits_ <= kMaxReclaimRetries;
}

Page* PressedRequest::Run() {
  WakeKswapds();
  page_ = Try(flags_);
  if (page_ != nullptr) return page_;
  Next next = CompactFirst();
  do {
    while (page_ == nullptr && next == Next::kRetry) {
      next = ++rounds_ > kMaxRounds ? Next::kGiveUp : Round();
    }
    if (page_ != nullptr) return page_;
    next = Next::kRetry;
  } while (LastResort());
  return page_;
}

// Nobody gets memory back.
Page* TryWithReserves(PageAllocator& allocator, ExecutionContext& context,
                      const AllocControl& ac) {
  AllocatorState& state = allocator.state();
  AllocFlags flags = SlowPathFlags(state, ac);
  Page* page = allocator.GetPageFromFreelist(context, ac, flags);
  if (page != nullptr) return page;

  const AllocFlags reserves = ReserveFlags(context, ac.gfp);
  if (reserves.value() != 0) {
    flags = FlagsWithReserves(state, ac, reserves, flags);
  }
  const bool can_wait =
      ac.gfp.Has(gfp::kDirectReclaim) && !context.task->memalloc;
  const bool gives_up_early =
      ac.gfp.Has(gfp::kNoretry) ||
      (IsCostly(ac.order) && !ac.gfp.Has(gfp::kRetryMayfail));
  do {
    page = allocator.GetPageFromFreelist(context, ac, flags);
    if (page != nullptr) return page;
    // Nothing reclaims here, so a retry can help only after a reserved
    // pageblock came back.
  } while (can_wait && !gives_up_early &&
           allocator.UnreserveHighatomic(ac, /*force=*/true, context.cpu));

  if (ac.gfp.Has(gfp::kNofail) && can_wait) {
    // Differs from Linux: which would retry forever; here running out of
    // memory is an answer.
    return allocator.GetPageFromFreelist(
        context, ac, alloc_flag::kMinReserve.With(CmaFlag(state, ac.type)));
  }
  return nullptr;
}

}  // namespace

Page* PageAllocator::AllocPagesSlowpath(ExecutionContext& context,
                                        const AllocControl& ac) {
  Page* page = state_.pressure == nullptr
                   ? TryWithReserves(*this, context, ac)
                   : PressedRequest(*this, context, ac).Run();
  if (page == nullptr) {
    ReportAllocFailure(state_, context, ac.gfp, ac.order);
  }
  return page;
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
