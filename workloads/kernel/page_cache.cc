#include "pagelab/workloads/kernel/page_cache.h"

#include <algorithm>
#include <vector>

#include "pagelab/alloc/reclaim/folio_lru.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {
namespace {

bool InFlight(const Page& page) {
  return page.flags.Has(page_flag::kLocked) ||
         page.flags.Has(page_flag::kWriteback);
}

}  // namespace

PageCache::PageCache(KernelWorld& world)
    : world_(world),
      writeback_(world),
      workingset_(world.machine().state(), world.swap()),
      read_(KernelPathNamed("filemap_read")),
      write_(KernelPathNamed("ext4_buffered_write_iter")) {
  world_.RegisterUser(FolioKind::kPageCache, *this);
}

void PageCache::MarkAccessed(Page& folio) {
  const bool active = folio.flags.Has(page_flag::kActive);
  FolioMarkAccessed(world_.machine().state(), folio);
  if (!active && folio.flags.Has(page_flag::kActive)) {
    workingset_.Activate(folio);
  }
}

Page& PageCache::Add(Process& process, Inode& inode, uint64_t index,
                     const KernelRequest::Allocated& block) {
  world_.Adopt(process, block,
               {.kind = FolioKind::kPageCache,
                .object = inode.number,
                .index = static_cast<uint32_t>(index)});
  inode.pages.Set(
      index, FileEntry::ToPage(world_.machine().memory().PfnOf(block.page)));
  return *block.page;
}

FileResult PageCache::Read(Process& process, FilePosition& file, uint64_t begin,
                           uint64_t end) {
  end = std::min(end, file.open->nr_indexes());
  for (uint64_t index = begin; index < end; ++index) {
    const FileResult result = ReadPage(process, file, index, end);
    if (result != FileResult::kDone) return result;
  }
  return FileResult::kDone;
}

FileResult PageCache::ReadPage(Process& process, FilePosition& file,
                               uint64_t index, uint64_t end) {
  Inode& inode = *file.open;
  PhysicalMemory& memory = world_.machine().memory();
  const auto cached = [&inode](uint64_t at) {
    return inode.pages.Get(at).is_page();
  };
  FileResult result = FileResult::kDone;
  if (!cached(index)) {
    result = ReadAhead(process, inode,
                       file.readahead.OnMiss(index, end - index, cached));
  } else if (Page& page = *memory.PageAt(inode.pages.Get(index).pfn());
             page.flags.Has(page_flag::kReclaim) &&
             !page.flags.Has(page_flag::kWriteback)) {
    page.flags = page.flags.Without(page_flag::kReclaim);
    const std::optional<ReadaheadWindow> next =
        file.readahead.OnMarker(index, end - index, cached);
    if (next.has_value()) result = ReadAhead(process, inode, *next);
  }
  if (result == FileResult::kKilled) return result;
  // Reading ahead may have cost the page itself, or brought only this one.
  if (!cached(index)) return FileResult::kNoMemory;
  const Pfn pfn = inode.pages.Get(index).pfn();
  Page& page = *memory.PageAt(pfn);
  if (page.flags.Has(page_flag::kLocked)) {
    world_.SleepUntil(process, writeback_.DoneAt(inode, pfn));
  }
  MarkAccessed(page);
  file.readahead.NoteRead(index);
  return FileResult::kDone;
}

FileResult PageCache::ReadAhead(Process& process, Inode& inode,
                                const ReadaheadWindow& window) {
  const uint64_t end =
      std::min(window.begin + window.count, inode.nr_indexes());
  const uint64_t marker = window.begin + window.count - window.marked;
  FileResult result = FileResult::kDone;
  std::vector<Pfn> pages;
  for (uint64_t index = window.begin; index < end; ++index) {
    if (inode.pages.Get(index).is_page()) {
      writeback_.SubmitRead(inode, std::exchange(pages, {}));
      continue;
    }
    const auto blocks = world_.Enter(process, read_);
    if (blocks.empty()) {
      result = process.alive ? FileResult::kNoMemory : FileResult::kKilled;
      break;
    }
    KernelRequest::Allocated block = blocks[0];
    if (!process.alive) {
      world_.Discard(process, block);
      result = FileResult::kKilled;
      break;
    }
    if (const FileEntry entry = inode.pages.Get(index); entry.is_shadow()) {
      block.flags =
          block.flags.With(workingset_.Refault(*block.page, entry.shadow()));
    }
    if (index == marker) block.flags = block.flags.With(page_flag::kReclaim);
    Page& page = Add(process, inode, index, block);
    writeback_.BeginRead(inode, page);
    pages.push_back(world_.machine().memory().PfnOf(&page));
  }
  writeback_.SubmitRead(inode, std::move(pages));
  return result;
}

FileResult PageCache::Write(Process& process, Inode& inode, uint64_t begin,
                            uint64_t end) {
  FileResult result = FileResult::kDone;
  uint64_t index = begin;
  for (; index < end && result == FileResult::kDone; ++index) {
    result = WritePage(process, inode, index);
  }
  world_.SleepUntil(process, writeback_.Balance(index - begin));
  return result;
}

FileResult PageCache::WritePage(Process& process, Inode& inode,
                                uint64_t index) {
  if (const FileEntry entry = inode.pages.Get(index); entry.is_page()) {
    Page& page = *world_.machine().memory().PageAt(entry.pfn());
    if (page.flags.Has(page_flag::kLocked)) {
      world_.SleepUntil(process, writeback_.DoneAt(inode, entry.pfn()));
    }
    writeback_.MarkDirty(inode, page);
    return FileResult::kDone;
  }
  const auto blocks = world_.Enter(process, write_);
  if (blocks.empty()) {
    return process.alive ? FileResult::kNoMemory : FileResult::kKilled;
  }
  const KernelRequest::Allocated block = blocks[0];
  if (!process.alive) {
    world_.Discard(process, block);
    return FileResult::kKilled;
  }
  // What was there is overwritten: no refault.
  writeback_.MarkDirty(inode, Add(process, inode, index, block));
  return FileResult::kDone;
}

void PageCache::Truncate(Process& process, Inode& inode, uint64_t begin) {
  world_.SleepUntil(process, writeback_.SettledAt(inode));
  writeback_.Withdraw(inode, begin);
  ExecutionContext context = world_.ContextOf(process);
  inode.pages.ForEach(begin, UINT64_MAX, [&](uint64_t index, FileEntry entry) {
    inode.pages.Set(index, FileEntry());
    if (!entry.is_page()) return true;
    writeback_.CancelDirty(inode,
                           *world_.machine().memory().PageAt(entry.pfn()));
    world_.ReleaseLater(context, entry.pfn());
    return true;
  });
  world_.FlushReleases(context);
}

void PageCache::Sync(Process& process, Inode& inode) {
  writeback_.WriteInode(inode, UINT64_MAX);
  if (inode.nr_dirty > 0) {
    // Dirtied again while they were being written.
    ExecutionContext context = world_.ContextOf(process);
    const Nanoseconds settled = writeback_.SettledAt(inode);
    if (settled > world_.now()) {
      world_.Spend(context,
                   Nanoseconds(settled.value() - world_.now().value()));
    }
    writeback_.WriteInode(inode, UINT64_MAX);
  }
  world_.SleepUntil(process, writeback_.SettledAt(inode));
}

PageCount PageCache::DropClean(ExecutionContext& context) {
  PageCount dropped;
  world_.files().ForEach([&](Inode& inode) {
    if (inode.fs != FileSystem::kExt4) return;
    inode.pages.ForEach(0, UINT64_MAX, [&](uint64_t index, FileEntry entry) {
      if (!entry.is_page()) return true;
      const Page& page = *world_.machine().memory().PageAt(entry.pfn());
      if (page.flags.Has(page_flag::kDirty) || world_.IsPinned(page)) {
        return true;
      }
      inode.pages.Set(index, FileEntry());
      world_.ReleaseLater(context, entry.pfn());
      dropped += PageCount(1);
      return true;
    });
  });
  world_.FlushReleases(context);
  world_.machine().state().events.Count(VmEvent::kDropPagecache);
  return dropped;
}

Eviction PageCache::Evict(ExecutionContext& /*context*/, Page& folio,
                          const FolioUse& use) {
  if (InFlight(folio)) return Eviction::kBusy;
  Inode& inode = *world_.files().Get(use.object);
  if (folio.flags.Has(page_flag::kDirty)) {
    writeback_.WriteForReclaim(inode, folio);
    return Eviction::kWriteback;
  }
  inode.pages.Set(use.index, FileEntry::ToShadow(workingset_.Evict(folio)));
  return Eviction::kFreed;
}

bool PageCache::Move(Page& from, Page& to, const FolioUse& use) {
  Inode& inode = *world_.files().Get(use.object);
  inode.pages.Set(use.index,
                  FileEntry::ToPage(world_.machine().memory().PfnOf(&to)));
  writeback_.MoveCounts(from, to);
  return true;
}

}  // namespace pagelab
