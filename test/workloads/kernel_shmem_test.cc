#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/kernel_world_support.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/kernel/shmem.h"

namespace pagelab {
namespace {

constexpr PageFlags kWritten = page_flag::kReferenced.With(page_flag::kUptodate)
                                   .With(page_flag::kDirty)
                                   .With(page_flag::kLru)
                                   .With(page_flag::kSwapbacked);

InodePtr NewFile(TestKernel& kernel, uint64_t pages) {
  InodePtr inode = kernel.world().files().Create(FileSystem::kTmpfs);
  inode->size = pages * kPageSize;
  return inode;
}

TEST_CASE(
    "Shmem: written pages are tmpfs, swapbacked, and active when used "
    "again",
    "[workloads][shmem]") {
  TestKernel kernel;
  Shmem& shmem = kernel.world().shmem();
  const InodePtr file = NewFile(kernel, 20);
  CHECK(shmem.Write(kernel.process(), *file, 0, 20) == FileResult::kDone);
  CHECK(kernel.Node(NodeStat::kShmem) == 20);
  CHECK(kernel.Node(NodeStat::kFilePages) == 20);
  CHECK(kernel.Node(NodeStat::kInactiveAnon) == 20);
  CHECK(kernel.Node(NodeStat::kAnonPages) == 0);
  // As in the recorded dumps.
  CHECK(kernel.PageAt(file->pages.Get(0).pfn()).flags == kWritten);
  shmem.Read(kernel.process(), *file, 0, 5);
  CHECK(kernel.Node(NodeStat::kActiveAnon) == 5);
  CHECK(kernel.Check().empty());
  shmem.Truncate(kernel.process(), *file, 8, UINT64_MAX);
  CHECK(kernel.Node(NodeStat::kShmem) == 8);
  shmem.Truncate(kernel.process(), *file, 0, UINT64_MAX);
  CHECK(kernel.Node(NodeStat::kFilePages) == 0);
  CHECK(kernel.Check().empty());
}

TEST_CASE("Shmem: holes take no memory, and reading them gives none",
          "[workloads][shmem]") {
  TestKernel kernel;
  Shmem& shmem = kernel.world().shmem();
  const InodePtr file = NewFile(kernel, 1000);
  shmem.Read(kernel.process(), *file, 0, 1000);
  CHECK(file->pages.nr_pages() == 0);
  shmem.Fallocate(kernel.process(), *file, 0, 10);
  shmem.Truncate(kernel.process(), *file, 2, 7);
  CHECK(file->pages.nr_pages() == 5);
  CHECK(kernel.Node(NodeStat::kShmem) == 5);
  CHECK(kernel.Check().empty());
}

TEST_CASE("Shmem: a page that goes to swap comes back by reading or writing",
          "[workloads][shmem]") {
  TestKernel kernel;
  Shmem& shmem = kernel.world().shmem();
  const InodePtr file = NewFile(kernel, 10);
  shmem.Write(kernel.process(), *file, 0, 10);
  CHECK(kernel.Reclaim(file->pages.Get(3).pfn()) == Eviction::kActivate);
  kernel.world().swap().Grow(PageCount(100));
  CHECK(kernel.Reclaim(file->pages.Get(3).pfn()) == Eviction::kFreed);
  CHECK(kernel.Reclaim(file->pages.Get(4).pfn()) == Eviction::kFreed);
  CHECK(kernel.Reclaim(file->pages.Get(5).pfn()) == Eviction::kFreed);
  CHECK(kernel.Node(NodeStat::kShmem) == 7);
  CHECK(kernel.Event(VmEvent::kPswpout) == 3);
  CHECK(kernel.world().swap().used() == PageCount(3));
  shmem.Read(kernel.process(), *file, 3, 4);
  shmem.Write(kernel.process(), *file, 4, 5);
  CHECK(kernel.Node(NodeStat::kShmem) == 9);
  CHECK(kernel.Event(VmEvent::kPswpin) == 2);
  // Reserved already: nothing comes back for it.
  shmem.Fallocate(kernel.process(), *file, 0, 10);
  CHECK(kernel.world().swap().used() == PageCount(1));
  CHECK(kernel.Check().empty());
  shmem.Truncate(kernel.process(), *file, 0, UINT64_MAX);
  CHECK(kernel.world().swap().used() == PageCount(0));
  CHECK(kernel.Check().empty());
}

TEST_CASE("Shmem: fallocate of more than there is takes nothing",
          "[workloads][shmem]") {
  TestKernel kernel;
  Shmem& shmem = kernel.world().shmem();
  const InodePtr file = NewFile(kernel, 0);
  shmem.Write(kernel.process(), *file, 5, 6);
  // Without swap nothing can go but the process, and that brings nothing.
  CHECK(shmem.Fallocate(kernel.process(), *file, 0, 100'000) ==
        FileResult::kKilled);
  CHECK(kernel.Event(VmEvent::kOomKill) == 1);
  // What was written before stays.
  CHECK(file->pages.nr_pages() == 1);
  CHECK(kernel.Node(NodeStat::kShmem) == 1);
  CHECK(kernel.Check().empty());
}

TEST_CASE("Shmem: a page that moves stays where it is in the file",
          "[workloads][shmem]") {
  TestKernel kernel;
  const InodePtr file = NewFile(kernel, 3);
  kernel.world().shmem().Write(kernel.process(), *file, 0, 3);
  const Pfn old = file->pages.Get(2).pfn();
  REQUIRE(kernel.world().MigrateFolio(kernel.process(), old,
                                      MigrateReason::kCompaction, NodeId()));
  CHECK(file->pages.Get(2).pfn() != old);
  CHECK(file->pages.nr_pages() == 3);
  CHECK(kernel.Node(NodeStat::kShmem) == 3);
  CHECK(kernel.Check().empty());
}

TEST_CASE("Shmem: fallocate and swapping in leave their own stacks",
          "[workloads][shmem]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "app", "steps": [
      {"fallocate": {"as": "segment", "size": "40K"}}]}]})");
  const std::string dump = world.Dump();
  CHECK(RecordsWith(dump,
                    " folio_alloc_mpol_noprof+0xf/0x30\n"
                    " shmem_alloc_folio+0x97/0xb0\n"
                    " shmem_alloc_and_add_folio+0x107/0x470\n"
                    " shmem_get_folio_gfp+0x1f0/0x540\n"
                    " shmem_fallocate+0x1fd/0x470\n"
                    " vfs_fallocate+0x14f/0x2a0\n"
                    " __x64_sys_fallocate+0x44/0x80\n"
                    " do_syscall_64+0x9e/0x1c0\n"
                    " entry_SYSCALL_64_after_hwframe+0x77/0x7f") == 10);
  CHECK(RecordsWith(dump, "order 0, mask 0x140cca(GFP_HIGHUSER_MOVABLE|") ==
        10);
  CHECK(RecordsWith(dump, "(dirty|lru|swapbacked|") == 10);
  world.MustRun(R"({"tasks": [{"name": "reader", "steps": [
      {"alloc": {"call": "shmem_file_read_iter", "as": "page"}}]}]})");
  // Copied from the recorded dump of `pressure`, up to its caller.
  CHECK(RecordsWith(world.Dump(),
                    " folio_alloc_mpol_noprof+0xf/0x30\n"
                    " __read_swap_cache_async+0x195/0x240\n"
                    " swap_cluster_readahead+0x185/0x2f0\n"
                    " shmem_swapin_folio+0x76b/0x960\n"
                    " shmem_get_folio_gfp+0x189/0x540\n"
                    " shmem_file_read_iter+0x149/0x370\n") == 1);
}

}  // namespace
}  // namespace pagelab
