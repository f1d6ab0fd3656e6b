#include "pagelab/alloc/compaction/migrate.h"

#include <array>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/types/span.h"
#include "pagelab/alloc/page_users.h"

namespace pagelab {
namespace {

// Folios of so many pages get their targets before the first is moved.
// Kernel counterpart: NR_MAX_BATCHED_MIGRATION.
constexpr uint64_t kBatchPages = 512;
constexpr uint64_t kHugePages = 512;
// What the move of a page costs: unmapping, copying, mapping again.
constexpr Nanoseconds kMovePage{2000};

struct Move {
  Page* from;
  Page* to;
};
using Moves = absl::InlinedVector<Move, 32>;

uint64_t PagesOf(const Page& folio) { return folio.order().pages(); }

// `flags`: what the folio had when it was isolated.
void CountIsolated(AllocatorState& state, const Page& folio, PageFlags flags,
                   int64_t sign) {
  const NodeStat stat =
      IsFileLru(flags) ? NodeStat::kIsolatedFile : NodeStat::kIsolatedAnon;
  Node& node = state.nodes[state.ZoneOf(folio).node.value()];
  node.stat[static_cast<size_t>(Index(stat))] +=
      sign * static_cast<int64_t>(PagesOf(folio));
}

void CountOutcome(AllocatorState& state, const Page& folio, bool moved) {
  const uint64_t pages = PagesOf(folio);
  state.events.Count(
      moved ? VmEvent::kPgmigrateSuccess : VmEvent::kPgmigrateFail, pages);
  if (pages != kHugePages) return;
  state.events.Count(moved ? VmEvent::kThpMigrationSuccess
                           : VmEvent::kThpMigrationFail);
}

// Who must be waited for, or cannot be. Differs from Linux: a synchronous
// migration does not wait for writeback either.
bool IsBusy(const AllocatorState& state, const Page& folio) {
  return folio.flags.Has(page_flag::kWriteback) || IsPinned(state, folio);
}

// Flags, mappings and charge, in either direction.
void HandOver(Page& from, Page& to) {
  to.pte = std::exchange(from.pte, uint8_t{0});
  to.refcount = std::exchange(from.refcount, 1U);
  MoveMemcg(from, to);
}

void TellTrackers(AllocatorState& state, ExecutionContext& context, Page& from,
                  Page& to, MigrateReason reason) {
  PhysicalMemory& memory = *state.memory;
  const Pfn source = memory.PfnOf(&from);
  const Pfn target = memory.PfnOf(&to);
  for (uint64_t i = 0; i < PagesOf(to); ++i) {
    memory.CopyFrame(source + PageCount(i), target + PageCount(i));
  }
  if (state.hooks == nullptr) return;
  state.hooks->OnMigrate(context, source, target);
  state.hooks->OnMigrateReason(target, reason);
}

// False, with nothing changed, when a user of the folio objects.
bool MoveTo(AllocatorState& state, ExecutionContext& context, Page& from,
            Page& to, MigrateReason reason) {
  if (state.users == nullptr) {
    TransferFolio(state, context, from, to, reason);
    return true;
  }
  const PageFlags fresh = to.flags;
  to.flags = from.flags;
  HandOver(from, to);
  if (!state.users->Move(context, from, to)) {
    HandOver(to, from);
    to.flags = fresh;
    return false;
  }
  from.refcount = 1;
  TellTrackers(state, context, from, to, reason);
  return true;
}

class Migrator {
 public:
  Migrator(PageAllocator& allocator, ExecutionContext& context,
           const MigratePlan& plan)
      : allocator_(allocator), context_(context), plan_(plan) {}

  // Takes folios off the list until it has a batch, or none is left.
  Moves GetTargets(PageList& folios, PageList& stay) {
    Moves moves;
    uint64_t pages = 0;
    while (!folios.empty() && pages < kBatchPages && !counts_.out_of_memory) {
      Page& folio = folios.front();
      Page* target = plan_.targets.Get(context_, folio);
      if (target == nullptr) {
        // A single page: there is nothing left. The others stay, uncounted.
        counts_.out_of_memory = folio.order() == Order(0);
        Fail(folio);
        if (counts_.out_of_memory) break;
        stay.splice(stay.end(), folios, folios.begin());
        continue;
      }
      folios.pop_front();
      if (IsBusy(allocator_.state(), folio)) {
        plan_.targets.Return(context_, *target);
        Fail(folio);
        stay.push_back(folio);
        continue;
      }
      pages += PagesOf(folio);
      moves.push_back({&folio, target});
    }
    return moves;
  }

  void MoveAll(const Moves& moves, PageList& stay) {
    AllocatorState& state = allocator_.state();
    for (const Move& move : moves) {
      const PageFlags flags = move.from->flags;
      const bool moved =
          MoveTo(state, context_, *move.from, *move.to, plan_.reason);
      if (!moved) {
        plan_.targets.Return(context_, *move.to);
        Fail(*move.from);
        stay.push_back(*move.from);
        continue;
      }
      const uint64_t pages = PagesOf(*move.from);
      counts_.succeeded += pages;
      CountOutcome(state, *move.from, /*moved=*/true);
      AddToLru(state, *move.to, PageCount(pages));
      CountIsolated(state, *move.from, flags, -1);
      allocator_.FreePages(context_, move.from, move.from->order());
    }
  }

  const MigrateCounts& counts() const { return counts_; }

 private:
  void Fail(const Page& folio) {
    counts_.failed += PagesOf(folio);
    CountOutcome(allocator_.state(), folio, /*moved=*/false);
  }

  PageAllocator& allocator_;
  ExecutionContext& context_;
  const MigratePlan& plan_;
  MigrateCounts counts_;
};

}  // namespace

// Kernel counterparts: the gfp masks of do_migrate_range(),
// alloc_contig_range(), do_move_pages_to_node(), alloc_migration_target_by_
// mpol(), alloc_misplaced_dst_folio(), demote_folio_list() and others.
TargetGfps TargetGfpsFor(MigrateReason reason, const Zone& zone) {
  constexpr Gfp kEager =
      gfp::kUser.With(gfp::kMovable).With(gfp::kRetryMayfail);
  constexpr Gfp kOneNode = gfp::kHighuserMovable.With(gfp::kThisnode);
  constexpr Gfp kNoWaiting = gfp::kHighuserMovable.Without(gfp::kReclaim)
                                 .With(gfp::kNowarn)
                                 .With(gfp::kNomemalloc);
  Gfp page = kEager;
  switch (reason) {
    case MigrateReason::kNumaMisplaced:
      return {.page = kNoWaiting.With(gfp::kThisnode).With(gfp::kNoretry),
              .large = gfp::kTranshugeLight.With(gfp::kThisnode)};
    case MigrateReason::kDemotion:
    case MigrateReason::kDamon:
      page = kNoWaiting.With(gfp::kNowait).With(gfp::kThisnode);
      break;
    case MigrateReason::kSyscallOrCpuset:
      page = kOneNode;
      break;
    case MigrateReason::kMempolicyMbind:
      page = gfp::kHighuserMovable.With(gfp::kRetryMayfail);
      break;
    case MigrateReason::kLongtermPin:
      // Not movable: that is what it moves for. Differs from Linux: which may
      // kill for it (MigrationTargets).
      page = gfp::kUser.With(gfp::kNowarn).With(gfp::kRetryMayfail);
      break;
    case MigrateReason::kNone:
    case MigrateReason::kCompaction:
    case MigrateReason::kMemoryFailure:
    case MigrateReason::kMemoryHotplug:
    case MigrateReason::kContigRange:
      break;
  }
  if (zone.type == ZoneType::kMovable) page = page.With(gfp::kHighmem);
  const Gfp large = page.Without(gfp::kReclaim).With(gfp::kTranshuge);
  return {.page = page,
          .large = reason == MigrateReason::kLongtermPin
                       ? large.Without(gfp::kMovable)
                       : large};
}

Page* AllocatedTargets::Get(ExecutionContext& context, const Page& folio) {
  const Order order = folio.order();
  return allocator_.AllocPages(
      context, {.gfp = order == Order(0) ? gfps_.page : gfps_.large,
                .order = order,
                .node = node_});
}

void AllocatedTargets::Return(ExecutionContext& context, Page& target) {
  allocator_.FreePages(context, &target, target.order());
}

bool IsPinned(const AllocatorState& state, const Page& folio) {
  if (state.users != nullptr) return state.users->IsPinned(folio);
  return folio.refcount > 1;
}

bool IsMovable(const AllocatorState& state, const Page& folio) {
  return folio.state == PageState::kAllocated &&
         folio.flags.Has(page_flag::kLru) && !IsPinned(state, folio);
}

void IsolateFolio(AllocatorState& state, Page& folio, PageList& list) {
  RemoveFromLru(state, folio, PageCount(PagesOf(folio)));
  CountIsolated(state, folio, folio.flags, 1);
  list.push_front(folio);
}

void PutbackFolios(AllocatorState& state, PageList& list) {
  while (!list.empty()) {
    Page& folio = list.front();
    list.pop_front();
    CountIsolated(state, folio, folio.flags, -1);
    AddToLru(state, folio, PageCount(PagesOf(folio)));
  }
}

MigrateCounts MigrateFolios(PageAllocator& allocator, ExecutionContext& context,
                            const MigratePlan& plan, PageList& folios) {
  Migrator migrator(allocator, context, plan);
  PageList stay;
  while (!folios.empty() && !migrator.counts().out_of_memory) {
    const Moves moves = migrator.GetTargets(folios, stay);
    migrator.MoveAll(moves, stay);
  }
  folios.splice(folios.begin(), stay);
  return migrator.counts();
}

void SpendOnMigration(AllocatorState& state, ExecutionContext& context,
                      const MigrateCounts& counts) {
  if (state.users == nullptr || counts.succeeded == 0) return;
  state.users->Spend(context,
                     Nanoseconds(counts.succeeded * kMovePage.value()));
}

MigrateOutcome MigrateFolio(PageAllocator& allocator, ExecutionContext& context,
                            const MigratePlan& plan, Page& folio) {
  PageList list;
  IsolateFolio(allocator.state(), folio, list);
  const MigrateCounts counts = MigrateFolios(allocator, context, plan, list);
  PutbackFolios(allocator.state(), list);
  SpendOnMigration(allocator.state(), context, counts);
  if (counts.succeeded > 0) return MigrateOutcome::kMoved;
  return counts.out_of_memory ? MigrateOutcome::kNoMemory
                              : MigrateOutcome::kBusy;
}

void TransferFolio(AllocatorState& state, ExecutionContext& context, Page& from,
                   Page& to, MigrateReason reason) {
  to.flags = from.flags;
  HandOver(from, to);
  TellTrackers(state, context, from, to, reason);
}

}  // namespace pagelab
