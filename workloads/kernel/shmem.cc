#include "pagelab/workloads/kernel/shmem.h"

#include <algorithm>
#include <optional>

#include "pagelab/alloc/reclaim/folio_lru.h"
#include "pagelab/workloads/kernel/io_costs.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {
namespace {

// Of fallocate(2): not zeroed before somebody reads it, and dirty so that
// reclaim does not drop it.
constexpr PageFlags kReservedPage =
    page_flag::kDirty.With(page_flag::kLru).With(page_flag::kSwapbacked);
constexpr PageFlags kSwappedInPage = kReservedPage.With(page_flag::kUptodate);
// As recorded.
constexpr PageFlags kWrittenPage = kSwappedInPage.With(page_flag::kReferenced);

}  // namespace

Shmem::Shmem(KernelWorld& world)
    : world_(world),
      write_(KernelPathNamed("shmem_file_write_iter")),
      fallocate_(KernelPathNamed("shmem_fallocate")),
      swap_in_read_(KernelPathNamed("shmem_file_read_iter")),
      swap_in_write_(KernelPathNamed("shmem_swapin_folio")) {
  world_.RegisterUser(FolioKind::kShmem, *this);
}

FileResult Shmem::GetPage(Process& process, Inode& inode, uint64_t index,
                          const KernelPath& path, PageFlags flags) {
  const auto blocks = world_.Enter(process, path);
  if (blocks.empty()) {
    return process.alive ? FileResult::kNoMemory : FileResult::kKilled;
  }
  KernelRequest::Allocated block = blocks[0];
  if (!process.alive) {
    world_.Discard(process, block);
    return FileResult::kKilled;
  }
  const FileEntry entry = inode.pages.Get(index);
  block.flags = flags;
  world_.Adopt(process, block,
               {.kind = FolioKind::kShmem,
                .object = inode.number,
                .index = static_cast<uint32_t>(index)});
  inode.pages.Set(
      index, FileEntry::ToPage(world_.machine().memory().PfnOf(block.page)));
  if (entry.is_slot()) {
    VmEvents& events = world_.machine().state().events;
    events.Count(VmEvent::kPswpin);
    world_.swap().DropUser(entry.slot());
    world_.SleepUntil(process, world_.now() + kReadPage);
  }
  return FileResult::kDone;
}

FileResult Shmem::Read(Process& process, Inode& inode, uint64_t begin,
                       uint64_t end) {
  end = std::min(end, inode.nr_indexes());
  for (uint64_t index = begin; index < end; ++index) {
    if (inode.pages.Get(index).is_slot()) {
      const FileResult result =
          GetPage(process, inode, index, swap_in_read_, kSwappedInPage);
      if (result != FileResult::kDone) return result;
    }
    const FileEntry entry = inode.pages.Get(index);
    if (!entry.is_page()) continue;
    Page& page = *world_.machine().memory().PageAt(entry.pfn());
    page.flags = page.flags.With(page_flag::kUptodate);
    FolioMarkAccessed(world_.machine().state(), page);
  }
  return FileResult::kDone;
}

FileResult Shmem::Write(Process& process, Inode& inode, uint64_t begin,
                        uint64_t end) {
  for (uint64_t index = begin; index < end; ++index) {
    const FileEntry entry = inode.pages.Get(index);
    if (entry.is_page()) {
      Page& page = *world_.machine().memory().PageAt(entry.pfn());
      page.flags = page.flags.With(page_flag::kUptodate);
      FolioMarkAccessed(world_.machine().state(), page);
      continue;
    }
    const FileResult result =
        GetPage(process, inode, index,
                entry.is_slot() ? swap_in_write_ : write_, kWrittenPage);
    if (result != FileResult::kDone) return result;
  }
  return FileResult::kDone;
}

// Kernel counterpart: shmem_undo_range().
void Shmem::UndoFallocate(Process& process, Inode& inode, uint64_t begin,
                          uint64_t end) {
  ExecutionContext context = world_.ContextOf(process);
  inode.pages.ForEach(begin, end, [&](uint64_t index, FileEntry entry) {
    if (!entry.is_page()) return true;
    const Page& page = *world_.machine().memory().PageAt(entry.pfn());
    if (page.flags.Has(page_flag::kUptodate) || world_.IsPinned(page)) {
      return true;
    }
    inode.pages.Set(index, FileEntry());
    world_.ReleaseLater(context, entry.pfn());
    return true;
  });
  world_.FlushReleases(context);
}

FileResult Shmem::Fallocate(Process& process, Inode& inode, uint64_t begin,
                            uint64_t end) {
  for (uint64_t index = begin; index < end; ++index) {
    // What is in swap is reserved as well as what is here.
    if (!inode.pages.Get(index).none()) continue;
    const FileResult result =
        GetPage(process, inode, index, fallocate_, kReservedPage);
    if (result == FileResult::kDone) continue;
    UndoFallocate(process, inode, begin, index);
    return result;
  }
  return FileResult::kDone;
}

void Shmem::Truncate(Process& process, Inode& inode, uint64_t begin,
                     uint64_t end) {
  ExecutionContext context = world_.ContextOf(process);
  inode.pages.ForEach(begin, end, [&](uint64_t index, FileEntry entry) {
    inode.pages.Set(index, FileEntry());
    if (entry.is_page()) {
      world_.ReleaseLater(context, entry.pfn());
    } else {
      world_.swap().DropUser(entry.slot());
    }
    return true;
  });
  world_.FlushReleases(context);
}

Eviction Shmem::Evict(ExecutionContext& context, Page& folio,
                      const FolioUse& use) {
  const std::optional<uint32_t> slot = world_.swap().Take(1);
  if (!slot.has_value()) return Eviction::kActivate;
  Inode& inode = *world_.files().Get(use.object);
  inode.pages.Set(use.index, FileEntry::ToSlot(*slot));
  AllocatorState& state = world_.machine().state();
  state.events.Count(VmEvent::kPswpout);
  Node& node = state.nodes[state.ZoneOf(folio).node.value()];
  ++node.stat[static_cast<size_t>(Index(NodeStat::kVmscanWrite))];
  world_.Spend(context, kWritePage);
  return Eviction::kFreed;
}

bool Shmem::Move(Page& /*from*/, Page& to, const FolioUse& use) {
  Inode& inode = *world_.files().Get(use.object);
  inode.pages.Set(use.index,
                  FileEntry::ToPage(world_.machine().memory().PfnOf(&to)));
  return true;
}

}  // namespace pagelab
