#include "pagelab/workloads/user_pages.h"

#include "pagelab/pageext/user_page.h"

namespace pagelab {
namespace {

Page& HeadOf(Machine& machine, const UserBlock& block) {
  return *machine.memory().PageAt(block.head);
}

const Page& HeadOf(const Machine& machine, Pfn head) {
  return *machine.state().memory->PageAt(head);
}

// The page fault of who allocated the block.
void FaultIn(Machine& machine, const UserBlock& block) {
  Page& page = HeadOf(machine, block);
  // Shared with others it is mapped read-only.
  const bool writable = page_pte::OtherMappings(page.pte) == 0;
  page.pte |= page_pte::kMapped | page_pte::kAccessed;
  machine.page_table_check().Map({.begin = block.head,
                                  .pages = block.pages,
                                  .kind = KindOf(machine, block.head),
                                  .writable = writable});
}

}  // namespace

bool IsUserBlock(const Machine& machine, Pfn head) {
  return IsUserPage(HeadOf(machine, head));
}

MappingKind KindOf(const Machine& machine, Pfn head) {
  return IsAnonymous(HeadOf(machine, head).flags) ? MappingKind::kAnonymous
                                                  : MappingKind::kFile;
}

void MapNewBlock(Machine& machine, const UserBlock& block) {
  if (!IsUserBlock(machine, block.head)) return;
  if (KindOf(machine, block.head) == MappingKind::kFile) return;
  FaultIn(machine, block);
}

void UnmapOldBlock(Machine& machine, const UserBlock& block) {
  Page& page = HeadOf(machine, block);
  if (page.pte == 0) return;
  if ((page.pte & page_pte::kMapped) != 0) {
    machine.page_table_check().Unmap({.begin = block.head,
                                      .pages = block.pages,
                                      .kind = KindOf(machine, block.head)});
  }
  page.pte = 0;
}

void TouchByMapping(Machine& machine, const UserBlock& block) {
  Page& page = HeadOf(machine, block);
  if ((page.pte & page_pte::kMapped) == 0) {
    FaultIn(machine, block);
  } else {
    page.pte |= page_pte::kAccessed;
  }
}

void TouchBySyscall(Machine& machine, const UserBlock& block) {
  Page& page = HeadOf(machine, block);
  page.flags = page.flags.With(page_flag::kReferenced);
  machine.page_idle().MarkAccessed(block.head);
}

bool TakeReferenced(Machine& machine, const UserBlock& block) {
  Page& page = HeadOf(machine, block);
  page.flags = page.flags.Without(page_flag::kReferenced);
  return machine.page_idle().TakeReferences(block.head) > 0;
}

bool MapOther(Machine& machine, const UserBlock& block,
              const OtherMapping& mapping) {
  Page& page = HeadOf(machine, block);
  if (page_pte::OtherMappings(page.pte) == page_pte::kMaxOtherMappings) {
    return false;
  }
  const bool fine =
      machine.page_table_check().Map({.begin = block.head,
                                      .pages = block.pages,
                                      .kind = mapping.kind,
                                      .writable = mapping.writable});
  if (fine) page.pte += page_pte::kOtherMapping;
  return true;
}

void UnmapOther(Machine& machine, const UserBlock& block, MappingKind kind) {
  const bool fine = machine.page_table_check().Unmap(
      {.begin = block.head, .pages = block.pages, .kind = kind});
  if (!fine) return;
  Page& page = HeadOf(machine, block);
  if (page_pte::OtherMappings(page.pte) > 0) {
    page.pte -= page_pte::kOtherMapping;
  } else {
    page.pte &= static_cast<uint8_t>(~page_pte::kMapped);
  }
  if (!page_pte::IsMapped(page.pte)) page.pte = 0;
}

}  // namespace pagelab
