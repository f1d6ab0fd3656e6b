#include "pagelab/alloc/compaction/free_scanner.h"

#include <algorithm>

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/isolation.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {
namespace {

// A stretch of one pageblock that is scanned for free blocks.
struct FreeScan {
  // In: where it starts; out: where it stopped.
  Pfn pfn;
  Pfn end;
  uint64_t stride = 1;
};

// Takes free blocks of the stretch until there are enough. Returns the pages
// taken. Kernel counterpart: isolate_freepages_block().
uint64_t TakeFreeBlocks(CompactRun& run, FreeScan& scan) {
  uint64_t scanned = 0;
  uint64_t taken = 0;
  for (; scan.pfn < scan.end; scan.pfn += PageCount(scan.stride)) {
    ++scanned;
    Page& page = *run.state.memory->PageAt(scan.pfn);
    const uint64_t pages =
        page.state == PageState::kNone ? 1 : page.order().pages();
    if (page.state != PageState::kBuddy) {
      const bool compound = page.state == PageState::kAllocated &&
                            page.flags.Has(page_flag::kHead);
      if (compound && scan.pfn + PageCount(pages) <= scan.end) {
        scan.pfn += PageCount(pages - 1);
        scanned += pages - 1;
      }
      continue;
    }
    if (!TakeFreeBlock(run.state, run.context.cpu, page, run.free_blocks)) {
      break;
    }
    scanned += pages - 1;
    taken += pages;
    if (run.has_enough_free()) {
      scan.pfn += PageCount(pages);
      break;
    }
    scan.pfn += PageCount(pages - 1);
  }
  scan.pfn = std::min(scan.pfn, scan.end);
  run.total_free_scanned += scanned;
  run.state.events.Count(VmEvent::kCompactIsolated, taken);
  return taken;
}

// Whether pages should move into the pageblock at `begin`.
// Kernel counterpart: suitable_migration_target().
bool IsSuitableTarget(const CompactRun& run, Pfn begin) {
  const PhysicalMemory& memory = *run.state.memory;
  const Page& page = *memory.PageAt(begin);
  if (page.state == PageState::kBuddy) {
    const Order least = run.goal.order.value_or(memory.pageblock_order());
    if (page.order() >= least) return false;
  } else if (page.state == PageState::kNone &&
             ExtentAt(run.state, begin).kind == FrameExtent::Kind::kBuddy) {
    // Inside a block that is larger than a pageblock. Differs from Linux:
    // which scans the second half of such a block in vain.
    return false;
  }
  if (run.goal.ignore_block_suitable) return true;
  const Migratetype type = run.state.PageblockType(begin);
  return type == Migratetype::kMovable || type == Migratetype::kCma;
}

// --- the search of the free lists ---

class FastFreeSearch {
 public:
  explicit FastFreeSearch(CompactRun& run)
      : run_(run),
        request_(run.goal.order->value()),
        limit_(std::max(1U, FreelistScanLimit(run) >> 1)) {
    const Order pageblock = run.state.memory->pageblock_order();
    if (run.free_pfn >= run.marks.init_free_pfn) {
      limit_ = static_cast<unsigned>(pageblock.pages() >> 1);
      from_the_top_ = true;
    }
    const uint64_t distance = run.free_pfn > run.migrate_pfn
                                  ? (run.free_pfn - run.migrate_pfn).value()
                                  : 0;
    low_pfn_ = AlignDown(run.free_pfn - PageCount(distance >> 2), pageblock);
    min_pfn_ = AlignDown(run.free_pfn - PageCount(distance >> 1), pageblock);
    run.search_order = std::min(request_ - 1, run.search_order);
  }

  void Run() {
    Page* taken = nullptr;
    for (int order = run_.search_order; taken == nullptr && order >= 0;
         order = NextOrder(order)) {
      if (run_.zone.free_area[static_cast<size_t>(order)].nr_free == 0) {
        continue;
      }
      seen_ = 0;
      Page* found = SearchList(Order(order));
      if (found != nullptr) {
        const auto pages = Order(order).pages();
        if (TakeFreeBlock(run_.state, run_.context.cpu, *found,
                          run_.free_blocks)) {
          taken = found;
          scanned_ += pages - 1;
          run_.state.events.Count(VmEvent::kCompactIsolated, pages);
        } else {
          // The watermark forbids it: that ends the search.
          order = run_.search_order + 1;
        }
      }
      if (run_.has_enough_free()) break;
      if (seen_ >= limit_) limit_ = std::max(1U, limit_ >> 1);
    }
    Finish(taken);
  }

 private:
  // The block to take from the list, which is rotated so that a later search
  // begins with others. Null: none is high enough.
  Page* SearchList(Order order) {
    FreeList& list =
        run_.zone.free_area[static_cast<size_t>(order.value())].list(
            Migratetype::kMovable);
    Page* candidate = nullptr;
    Page* last = nullptr;
    bool preferred = false;
    for (auto node = list.end(); node != list.begin();) {
      --node;
      Page& page = *run_.state.memory->PageAt(run_.state.memory->PfnOf(&*node));
      ++seen_;
      ++scanned_;
      if (Look(page, candidate)) {
        preferred = true;
        last = &page;
        run_.fast_search_fail = 0;
        run_.search_order = order.value();
        break;
      }
      if (seen_ >= limit_) {
        last = &page;
        break;
      }
    }
    if (!preferred && candidate != nullptr) last = candidate;
    if (last != nullptr) list.RotateTo(*last);
    return preferred ? last : candidate;
  }

  // True: the block is where it should be. `candidate` becomes the highest of
  // those that would do.
  bool Look(Page& page, Page*& candidate) {
    const Pfn pfn = run_.state.memory->PfnOf(&page);
    if (pfn >= highest_) {
      highest_ = std::max(AlignDown(pfn, run_.state.memory->pageblock_order()),
                          run_.zone.span.begin);
    }
    if (pfn >= low_pfn_) return true;
    const bool better =
        candidate == nullptr || pfn > run_.state.memory->PfnOf(candidate);
    if (pfn >= min_pfn_ && better) {
      candidate = &page;
      limit_ >>= 1;
    }
    return false;
  }

  // Down, then from the largest on, until all were tried.
  // Kernel counterpart: next_search_order().
  int NextOrder(int order) {
    --order;
    if (order < 0) order = request_ - 1;
    if (order != run_.search_order) return order;
    --run_.search_order;
    if (run_.search_order < 0) run_.search_order = request_ - 1;
    return -1;
  }

  void Finish(Page* taken) {
    Pfn around;
    bool look_around = taken != nullptr;
    if (taken != nullptr) {
      around = run_.state.memory->PfnOf(taken);
    } else {
      ++run_.fast_search_fail;
      if (from_the_top_) look_around = Restart(around);
    }
    const PageCount pageblock(run_.state.memory->pageblock_order().pages());
    if (highest_ > Pfn(0) && highest_ >= run_.zone.compact.cached_free_pfn) {
      run_.zone.compact.cached_free_pfn =
          highest_ >= Pfn(0) + pageblock ? highest_ - pageblock : Pfn(0);
    }
    run_.total_free_scanned += scanned_;
    if (look_around) LookAround(around);
  }

  // Where the linear scan starts after a search from the zone's end that found
  // nothing. True: that place is worth a look at once.
  bool Restart(Pfn& around) {
    if (highest_ >= min_pfn_) {
      around = run_.free_pfn = highest_;
      return true;
    }
    if (!run_.goal.direct || !run_.state.memory->IsValid(min_pfn_)) {
      return false;
    }
    around = run_.free_pfn = min_pfn_;
    return IsOnline(run_, PageblockInZone(run_, min_pfn_)) &&
           IsSuitableTarget(run_, min_pfn_);
  }

  // The rest of the pageblock. Kernel counterpart: fast_isolate_around().
  void LookAround(Pfn pfn) {
    if (run_.has_enough_free()) return;
    if (run_.goal.direct && run_.goal.mode == MigrateMode::kAsync) return;
    const PfnRange block = PageblockInZone(run_, pfn);
    if (!IsOnline(run_, block)) return;
    FreeScan scan{.pfn = block.begin, .end = block.end};
    TakeFreeBlocks(run_, scan);
    if (scan.pfn == block.end) SkipBit(run_.state, pfn) = 1;
  }

  CompactRun& run_;
  int request_;
  unsigned limit_;
  bool from_the_top_ = false;
  Pfn low_pfn_;
  Pfn min_pfn_;
  Pfn highest_;
  unsigned seen_ = 0;
  uint64_t scanned_ = 0;
};

// --- the scan ---

// The pageblock was scanned to its end. Kernel counterpart:
// update_pageblock_skip().
void NoteScanned(CompactRun& run, Pfn begin, Pfn next) {
  SkipBit(run.state, begin) = 1;
  run.zone.compact.cached_free_pfn =
      std::min(run.zone.compact.cached_free_pfn, next);
}

void ScanDown(CompactRun& run) {
  const Order order = run.state.memory->pageblock_order();
  const PageCount step(order.pages());
  const auto before = [step](Pfn pfn) {
    return pfn >= Pfn(0) + step ? pfn - step : Pfn(0);
  };
  uint64_t stride =
      run.goal.mode == MigrateMode::kAsync ? kCompactClusterMax : 1;
  const Pfn low = AlignDown(run.migrate_pfn, order) + step;
  Pfn start = run.free_pfn;
  Pfn begin = AlignDown(start, order);
  for (; begin >= low; begin = before(begin), start = begin) {
    const PfnRange block = PageblockInZone(run, begin);
    if (!IsOnline(run, block) || !IsSuitableTarget(run, block.begin) ||
        !IsolationSuitable(run, begin)) {
      continue;
    }
    FreeScan scan{.pfn = start, .end = block.end, .stride = stride};
    const uint64_t taken = TakeFreeBlocks(run, scan);
    start = scan.pfn;
    if (start == block.end) NoteScanned(run, begin, before(begin));
    if (run.has_enough_free()) {
      if (start >= block.end) start = before(begin);
      break;
    }
    if (start < block.end) break;
    stride = taken > 0 ? 1 : std::min(kCompactClusterMax, stride << 1);
  }
  run.free_pfn = start;
}

}  // namespace

bool TakeFreeBlock(AllocatorState& state, CpuId cpu, Page& block,
                   PrivateBlocks& blocks) {
  const Zone& zone = state.ZoneOf(block);
  if (state.PageblockType(state.memory->PfnOf(&block)) !=
      Migratetype::kIsolate) {
    const WatermarkQuery query{
        .order = Order(0),
        .mark = zone.watermark[static_cast<size_t>(Watermark::kMin)] +
                static_cast<int64_t>(block.order().pages()),
        .highest_zoneidx = 0,
        .flags = alloc_flag::kCma};
    const auto free =
        static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages));
    if (!WatermarkOk(state.policy, zone, query, free)) return false;
  }
  IsolateFreeBlock(state, cpu, block);
  blocks.Add(block);
  return true;
}

void IsolateFreePages(CompactRun& run) {
  if (run.goal.order.has_value() && *run.goal.order > Order(0)) {
    FastFreeSearch(run).Run();
    if (!run.free_blocks.empty()) return;
  }
  ScanDown(run);
}

}  // namespace pagelab
