#include "pagelab/workloads/kernel/writeback.h"

#include <algorithm>
#include <string>

#include "pagelab/alloc/reclaim/folio_lru.h"
#include "pagelab/alloc/stat_totals.h"
#include "pagelab/base/check.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {
namespace {

// vm.dirty_writeback_centisecs and vm.dirty_expire_centisecs.
constexpr Nanoseconds kPeriod{5'000'000'000};
constexpr Nanoseconds kExpire{30'000'000'000};
// MAX_WRITEBACK_PAGES, and the pages of one request (BIO_MAX_VECS).
constexpr uint64_t kBatch = 1024;
constexpr uint64_t kRequestPages = 256;
// The longest that a writer waits before it looks again (MAX_PAUSE).
constexpr uint64_t kMaxPause = 200'000'000;
// Before the flusher looks again at files that are all being written.
constexpr Nanoseconds kRetry{5'000'000};

}  // namespace

DirtyLimits DirtyLimitsOf(const AllocatorState& state) {
  const uint64_t free = TotalOf(state, ZoneStat::kFreePages);
  const auto reserve = static_cast<uint64_t>(state.totalreserve_pages);
  const uint64_t dirtyable = free - std::min(free, reserve) +
                             TotalOf(state, NodeStat::kInactiveFile) +
                             TotalOf(state, NodeStat::kActiveFile) + 1;
  const auto share = [dirtyable](int64_t percent) {
    return static_cast<uint64_t>(percent) * kPageSize / 100 * dirtyable /
           kPageSize;
  };
  DirtyLimits limits;
  limits.limit = share(state.policy.dirty_ratio);
  limits.background = share(state.policy.dirty_background_ratio);
  if (limits.background >= limits.limit) limits.background = limits.limit / 2;
  return limits;
}

Writeback::Writeback(KernelWorld& world) : world_(world) {
  world_.daemons().Add({"disk",
                        [this](Nanoseconds) { return disk_.NextDone(); },
                        [this] { Complete(world_.now()); }});
  world_.daemons().Add({"flush-8:0",
                        [this](Nanoseconds now) { return FlusherDue(now); },
                        [this] { RunFlusher(); }});
}

void Writeback::Count(const Page& page, NodeStat stat, Change change) {
  AllocatorState& state = world_.machine().state();
  Node& node = state.nodes[state.ZoneOf(page).node.value()];
  node.stat[static_cast<size_t>(Index(stat))] += static_cast<int64_t>(change);
}

void Writeback::CountPending(const Page& page, Change change) {
  Zone& zone = world_.machine().state().ZoneOf(page);
  zone.lru_stat[static_cast<size_t>(Index(ZoneLruStat::kWritePending))] +=
      static_cast<int64_t>(change);
}

void Writeback::MarkDirty(Inode& inode, Page& page) {
  if (page.flags.Has(page_flag::kDirty)) return;
  // Neither the marker of reading ahead nor reclaim's matters any more.
  page.flags = page.flags.With(page_flag::kDirty).Without(page_flag::kReclaim);
  Count(page, NodeStat::kDirty, Change::kAdd);
  Count(page, NodeStat::kDirtied, Change::kAdd);
  CountPending(page, Change::kAdd);
  if (inode.nr_dirty++ > 0) return;
  inode.dirtied_when = world_.now();
  if (dirty_files_.empty()) next_period_ = world_.now() + kPeriod;
  dirty_files_.emplace(inode.dirtied_when, inode.number);
}

void Writeback::RemoveDirty(Inode& inode, Page& page) {
  page.flags = page.flags.Without(page_flag::kDirty);
  Count(page, NodeStat::kDirty, Change::kRemove);
  CountPending(page, Change::kRemove);
  if (--inode.nr_dirty > 0) return;
  dirty_files_.erase({inode.dirtied_when, inode.number});
}

void Writeback::CancelDirty(Inode& inode, Page& page) {
  if (page.flags.Has(page_flag::kDirty)) RemoveDirty(inode, page);
}

void Writeback::MoveCounts(const Page& from, const Page& to) {
  // What is being written does not move.
  if (!to.flags.Has(page_flag::kDirty)) return;
  Count(from, NodeStat::kDirty, Change::kRemove);
  CountPending(from, Change::kRemove);
  Count(to, NodeStat::kDirty, Change::kAdd);
  CountPending(to, Change::kAdd);
}

void Writeback::BeginRead(Inode& inode, Page& page) {
  page.flags =
      page.flags.With(page_flag::kLocked).Without(page_flag::kUptodate);
  ++world_.frames().At(world_.machine().memory().PfnOf(&page)).pins;
  ++inode.nr_in_flight;
}

void Writeback::SubmitRead(Inode& inode, std::vector<Pfn> pages) {
  if (pages.empty()) return;
  VmEvents& events = world_.machine().state().events;
  events.Count(VmEvent::kPgpgin, pages.size() * (kPageSize / 1024));
  disk_.SubmitRead(world_.now(),
                   {.file = inode.number, .pages = std::move(pages)});
}

void Writeback::BeginWrite(Inode& inode, Page& page) {
  RemoveDirty(inode, page);
  page.flags = page.flags.With(page_flag::kWriteback);
  Count(page, NodeStat::kWriteback, Change::kAdd);
  CountPending(page, Change::kAdd);
  ++world_.frames().At(world_.machine().memory().PfnOf(&page)).pins;
  ++inode.nr_in_flight;
  world_.machine().state().events.Count(VmEvent::kPgpgout, kPageSize / 1024);
}

uint64_t Writeback::WriteInode(Inode& inode, uint64_t limit) {
  uint64_t started = 0;
  IoRequest request{.file = inode.number};
  const auto submit = [&] {
    if (request.pages.empty()) return;
    disk_.SubmitWrite(world_.now(),
                      std::exchange(request, {.file = inode.number}));
  };
  const auto write = [&](uint64_t index, FileEntry entry) {
    if (!entry.is_page()) return true;
    Page& page = *world_.machine().memory().PageAt(entry.pfn());
    if (!page.flags.Has(page_flag::kDirty)) return true;
    if (page.flags.Has(page_flag::kWriteback)) return true;
    BeginWrite(inode, page);
    request.pages.push_back(entry.pfn());
    inode.writeback_index = index + 1;
    if (request.pages.size() == kRequestPages) submit();
    return ++started < limit && inode.nr_dirty > 0;
  };
  if (limit == 0 || inode.nr_dirty == 0) return 0;
  // From where it stopped to the end, then from the start.
  const uint64_t from = inode.writeback_index;
  inode.pages.ForEach(from, UINT64_MAX, write);
  if (started < limit && inode.nr_dirty > 0) {
    inode.pages.ForEach(0, from, write);
  }
  submit();
  return started;
}

void Writeback::WriteForReclaim(Inode& inode, Page& page) {
  BeginWrite(inode, page);
  page.flags = page.flags.With(page_flag::kReclaim);
  const Pfn pfn = world_.machine().memory().PfnOf(&page);
  disk_.SubmitWrite(world_.now(), {.file = inode.number, .pages = {pfn}});
}

Nanoseconds Writeback::DoneAt(const Inode& inode, Pfn pfn) {
  Nanoseconds done;
  disk_.ForEachOf(inode.number, [&done, pfn](const IoRequest& request) {
    const bool has =
        std::count(request.pages.begin(), request.pages.end(), pfn) > 0;
    if (has) done = request.done;
  });
  return done;
}

Nanoseconds Writeback::SettledAt(Inode& inode) {
  Nanoseconds last;
  if (inode.nr_in_flight == 0) return last;
  disk_.ForEachOf(inode.number, [&last](const IoRequest& request) {
    if (!request.pages.empty()) last = std::max(last, request.done);
  });
  return last;
}

void Writeback::LetGo(Page& page) {
  FolioUse& use = world_.frames().At(world_.machine().memory().PfnOf(&page));
  --use.pins;
  Inode* inode = world_.files().Get(use.object);
  PAGELAB_CHECK(inode != nullptr);
  --inode->nr_in_flight;
}

void Writeback::EndRead(Page& page) {
  LetGo(page);
  page.flags =
      page.flags.With(page_flag::kUptodate).Without(page_flag::kLocked);
}

void Writeback::EndWrite(Page& page) {
  LetGo(page);
  AllocatorState& state = world_.machine().state();
  Count(page, NodeStat::kWriteback, Change::kRemove);
  Count(page, NodeStat::kWritten, Change::kAdd);
  CountPending(page, Change::kRemove);
  FolioRotateReclaimable(state, page);
}

void Writeback::Withdraw(Inode& inode, uint64_t begin) {
  if (inode.nr_in_flight == 0) return;
  PhysicalMemory& memory = world_.machine().memory();
  disk_.ForEachOf(inode.number, [&](IoRequest& request) {
    const auto end = std::remove_if(
        request.pages.begin(), request.pages.end(), [&](Pfn pfn) {
          if (world_.frames().Get(pfn).index < begin) return false;
          Page& page = *memory.PageAt(pfn);
          if (page.flags.Has(page_flag::kWriteback)) {
            EndWrite(page);
          } else {
            EndRead(page);
          }
          return true;
        });
    request.pages.erase(end, request.pages.end());
  });
}

Nanoseconds Writeback::Balance(uint64_t pages) {
  const AllocatorState& state = world_.machine().state();
  const Nanoseconds now = world_.now();
  const DirtyLimits limits = DirtyLimitsOf(state);
  const uint64_t dirty = TotalOf(state, NodeStat::kDirty);
  if (dirty > limits.background) woken_ = true;
  const uint64_t all = dirty + TotalOf(state, NodeStat::kWriteback);
  // Kernel counterpart: dirty_freerun_ceiling().
  if (all <= (limits.limit + limits.background) / 2) return now;
  const uint64_t over = all > limits.limit ? all - limits.limit : 0;
  return now +
         Nanoseconds(std::min(kMaxPause, (pages + over) * kWritePage.value()));
}

void Writeback::Complete(Nanoseconds now) {
  PhysicalMemory& memory = world_.machine().memory();
  while (const std::optional<IoRequest> request = disk_.TakeReadDone(now)) {
    for (const Pfn pfn : request->pages) EndRead(*memory.PageAt(pfn));
  }
  while (const std::optional<IoRequest> request = disk_.TakeWriteDone(now)) {
    for (const Pfn pfn : request->pages) EndWrite(*memory.PageAt(pfn));
  }
}

std::optional<Nanoseconds> Writeback::FlusherDue(Nanoseconds now) const {
  if (dirty_files_.empty()) return std::nullopt;
  if (woken_ || expired_before_.has_value()) return std::max(now, busy_until_);
  return std::max(now, next_period_);
}

void Writeback::RunFlusher() {
  const Nanoseconds now = world_.now();
  Complete(now);
  if (now >= next_period_) {
    next_period_ = now + kPeriod;
    if (now >= kExpire) {
      expired_before_ = Nanoseconds(now.value() - kExpire.value());
    }
  }
  const auto wanted = [this] {
    if (dirty_files_.empty()) return false;
    const AllocatorState& state = world_.machine().state();
    woken_ = woken_ &&
             TotalOf(state, NodeStat::kDirty) > DirtyLimitsOf(state).background;
    if (expired_before_.has_value() &&
        dirty_files_.begin()->first > *expired_before_) {
      expired_before_.reset();
    }
    return woken_ || expired_before_.has_value();
  };
  uint64_t started = 0;
  while (started < kBatch && wanted()) {
    Inode& inode = *world_.files().Get(dirty_files_.begin()->second);
    const uint64_t written = WriteInode(inode, kBatch - started);
    started += written;
    if (written == 0) break;
  }
  if (dirty_files_.empty()) {
    woken_ = false;
    expired_before_.reset();
  }
  if (started == 0) {
    busy_until_ = now + kRetry;
    return;
  }
  // The next batch when most of this one is written.
  const uint64_t done = disk_.writes_done().value();
  busy_until_ = Nanoseconds(std::max(
      now.value(), done - std::min(done, kBatch / 4 * kWritePage.value())));
}

}  // namespace pagelab
