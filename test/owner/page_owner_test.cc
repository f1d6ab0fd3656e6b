#include "pagelab/owner/page_owner.h"

#include <string>
#include <vector>

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/test/owner/owner_fixture.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

// The mask of the depot's pools and of list nodes for a GFP_KERNEL request.
constexpr Gfp kPoolGfp(0x92cc0);
constexpr Gfp kNodeGfp(0xd2cc0);

}  // namespace

TEST_CASE("PageOwner: off, it allocates nothing and says so late",
          "[owner][page_owner]") {
  OwnerFixture machine({.enabled = false});
  REQUIRE(machine.Boot().ok());
  CHECK_FALSE(machine.owner.inited());
  CHECK(machine.boot_log.empty());
  CHECK(machine.kernel.state.hooks == nullptr);
  machine.owner.LateInit();
  CHECK(machine.kernel.log.lines ==
        std::vector<std::string>{"page_owner is disabled"});
}

TEST_CASE("PageOwner: boot registers dummy, failure, early and turns the key",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.ext.Init(machine.kernel.context).ok());
  CHECK(machine.owner.inited());
  CHECK(machine.kernel.state.hooks == &machine.owner);
  CHECK(allocation_hooks_key.enabled == 1);

  // Two tables, then a pool for the dummy stack and a spare for the failure
  // stack; the early stack fits.
  REQUIRE(machine.kernel.requests.size() == 4);
  CHECK(machine.kernel.requests[2].gfp == kPoolGfp);
  CHECK(machine.kernel.requests[2].order == Order(2));
  CHECK(machine.kernel.requests[3].gfp == kPoolGfp);
  CHECK(machine.owner.dummy_handle() == StackHandle(1));
  CHECK(machine.depot.state().pools.size() == 1);
  CHECK(machine.depot.state().persistent_count == 3);

  std::string text;
  machine.owner.AppendStack(text, machine.owner.dummy_handle());
  CHECK(text ==
        " register_dummy_stack+0x46/0x80\n"
        " init_page_owner+0x25/0x290\n"
        " mm_core_init+0xc8/0x170\n"
        " start_kernel+0x29b/0x7f0\n");
  text.clear();
  machine.owner.AppendStack(text, machine.owner.early_handle());
  CHECK(text ==
        " register_early_stack+0x46/0x80\n"
        " init_page_owner+0x2f/0x290\n"
        " mm_core_init+0xc8/0x170\n"
        " start_kernel+0x29b/0x7f0\n");
  // Counted from 1 on; the early stack never is.
  CHECK(machine.depot.Refcount(machine.owner.dummy_handle()) == 1);
  CHECK(machine.depot.Refcount(machine.owner.failure_handle()) == 1);
  CHECK(machine.depot.Refcount(machine.owner.early_handle()) ==
        StackDepot::kRefcountSaturated);
}

TEST_CASE("PageOwner: its end detaches it from the allocator",
          "[owner][page_owner]") {
  {
    OwnerFixture machine;
    REQUIRE(machine.Boot().ok());
    REQUIRE(allocation_hooks_key.enabled == 1);
  }
  CHECK(allocation_hooks_key.enabled == 0);
}

TEST_CASE("PageOwner: pages allocated before are found, a line for each zone",
          "[owner][page_owner]") {
  OwnerFixture machine({.kernel = {.node_sections = {1, 1}}});
  TinyKernel& kernel = machine.kernel;
  // 4 pages in one block, one more, and one on a per-cpu list.
  const Pfn block =
      *kernel.AllocBlock(kernel.context, Gfp(), Order(2), NodeId(0));
  const Pfn page =
      *kernel.AllocBlock(kernel.context, Gfp(), Order(0), NodeId(1));
  const Pfn pcp =
      *kernel.AllocBlock(kernel.context, Gfp(), Order(0), NodeId(1));
  kernel.free_to_pcp = true;
  kernel.FreeBlock(kernel.context, pcp, Order(0));
  kernel.free_to_pcp = false;
  const Pfn buddy =
      *kernel.AllocBlock(kernel.context, Gfp(), Order(3), NodeId(1));
  kernel.FreeBlock(kernel.context, buddy, Order(3));
  kernel.context.now = Nanoseconds(144219703);
  REQUIRE(machine.Boot().ok());

  // 576 pages of page_ext each, and two pools on node 0.
  CHECK(machine.boot_log ==
        std::vector<std::string>{
            "allocated 4718592 bytes of page_ext",
            "Node 0, zone    DMA32: page owner found early allocated 588 pages",
            "Node 1, zone    DMA32: page owner found early allocated 578 "
            "pages"});
  for (Pfn pfn : {block, block + PageCount(3), page, pcp}) {
    const PageOwner::Entry entry = machine.owner.EntryAt(pfn);
    CAPTURE(pfn.value());
    CHECK(entry.recorded());
    CHECK(entry.allocated());
    CHECK(entry.record->order == 0);
    CHECK(entry.record->gfp_mask == 0);
    CHECK(entry.record->last_migrate_reason == -1);
    CHECK(entry.record->handle == machine.owner.early_handle().value());
    CHECK(entry.record->ts_nsec == 144219703);
    CHECK(entry.record->pid == 0);
    CHECK(entry.record->comm_text() == "swapper");
  }
  CHECK_FALSE(machine.owner.EntryAt(buddy).recorded());
  CHECK_FALSE(machine.owner.EntryAt(Pfn(5)).recorded());
  CHECK(machine.ShowStacks().empty());

  SECTION("freeing one leaves the early stack's count alone, silently") {
    machine.Free(page, 0);
    CHECK(machine.depot.Refcount(machine.owner.early_handle()) ==
          StackDepot::kRefcountSaturated);
    CHECK(machine.kernel.log.lines.empty());
    CHECK_FALSE(machine.owner.EntryAt(page).allocated());
  }
}

TEST_CASE("PageOwner: an allocation records every page of the block alike",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFromStack({"alloc_pages_mpol_noprof+0x8a/0x1d0",
                         "vma_alloc_folio_noprof+0x6c/0xd0"});
  const Pfn head = machine.Alloc(gfp::kKernel, 2);
  for (uint64_t i = 0; i < 4; ++i) {
    const PageOwner::Entry entry = machine.owner.EntryAt(head + PageCount(i));
    CAPTURE(i);
    CHECK(entry.recorded());
    CHECK(entry.allocated());
    CHECK(entry.record->order == 2);
    CHECK(entry.record->gfp_mask == 0xcc0);
    CHECK(entry.record->last_migrate_reason == -1);
    CHECK(entry.record->ts_nsec == 5000);
    CHECK(entry.record->pid == 77);
    CHECK(entry.record->tgid == 77);
    CHECK(entry.record->comm_text() == "insmod");
    CHECK(entry.record->free_handle == 0);
    CHECK(entry.record->free_ts_nsec == 0);
  }
  CHECK_FALSE(machine.owner.EntryAt(head - PageCount(1)).recorded());
  CHECK(machine.StackAt(head) ==
        " get_page_from_freelist+0x523/0x1780\n"
        " __alloc_pages_noprof+0x1ad/0x1160\n"
        " alloc_pages_mpol_noprof+0x8a/0x1d0\n"
        " vma_alloc_folio_noprof+0x6c/0xd0\n");
  CHECK(machine.BasePagesAt(head) == 4);
}

TEST_CASE("PageOwner: a stack is cut at 16 frames", "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back("f" + std::to_string(i) + "+0x10/0x20");
  }
  machine.CallFromStack(
      std::vector<std::string_view>(names.begin(), names.end()));
  const Pfn head = machine.Alloc(gfp::kKernel, 0);
  const absl::Span<const SimAddress> frames =
      machine.depot.Fetch(StackHandle(machine.RecordOf(head).handle));
  REQUIRE(frames.size() == 16);
  CHECK(machine.symbols.ToText(frames[2]) == "f0+0x10/0x20");
  CHECK(machine.symbols.ToText(frames[15]) == "f13+0x10/0x20");
}

TEST_CASE("PageOwner: a host stack without an unwinder is the allocator's own",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFrom("not_used+0x1/0x2");
  machine.kernel.context.stack_kind = StackKind::kHost;
  const Pfn head = machine.Alloc(gfp::kKernel, 0);
  CHECK(machine.StackAt(head) ==
        " get_page_from_freelist+0x523/0x1780\n"
        " __alloc_pages_noprof+0x1ad/0x1160\n");
}

TEST_CASE("PageOwner: a free keeps the allocation and adds who freed it",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFrom("pipe_write+0x10/0x20");
  const Pfn head = machine.Alloc(gfp::kKernel, 1);
  machine.kernel.task.pid = 78;
  machine.kernel.task.tgid = 70;
  machine.kernel.context.now = Nanoseconds(6000);
  machine.CallFrom("pipe_read+0x10/0x20");
  machine.Free(head, 1);
  for (uint64_t i = 0; i < 2; ++i) {
    const PageOwner::Entry entry = machine.owner.EntryAt(head + PageCount(i));
    CHECK(entry.recorded());
    CHECK_FALSE(entry.allocated());
    CHECK(entry.record->pid == 77);
    CHECK(entry.record->ts_nsec == 5000);
    CHECK(entry.record->free_pid == 78);
    CHECK(entry.record->free_tgid == 70);
    CHECK(entry.record->free_ts_nsec == 6000);
    std::string stack;
    machine.owner.AppendStack(stack, StackHandle(entry.record->free_handle));
    CHECK(stack == " free_unref_page+0x2c1/0x3f0\n pipe_read+0x10/0x20\n");
  }
  CHECK(machine.BasePagesAt(head) == 0);

  SECTION("and the next allocation leaves the free's data") {
    machine.CallFrom("pipe_write+0x10/0x20");
    REQUIRE(machine.Alloc(gfp::kKernel, 1) == head);
    const PageOwner::Entry entry = machine.owner.EntryAt(head);
    CHECK(entry.allocated());
    CHECK(entry.record->pid == 78);
    CHECK(entry.record->free_ts_nsec == 6000);
    CHECK(entry.record->free_pid == 78);
  }
}

TEST_CASE(
    "PageOwner: a free that saves no stack because the depot is full "
    "still ends the allocation",
    "[owner][page_owner]") {
  OwnerOptions options;
  options.depot.profile.max_pools = 1;
  OwnerFixture machine(options);
  REQUIRE(machine.Boot().ok());
  const Pfn head = machine.Alloc(gfp::kKernel, 0);
  // 16 KiB hold 102 stacks of 16 frames.
  for (int i = 0; i < 400; ++i) {
    machine.CallFrom("f" + std::to_string(i) + "+0x10/0x20");
    machine.Alloc(gfp::kKernel, 0);
  }
  CHECK(machine.kernel.log.Count("Stack depot reached limit capacity") == 1);
  const Pfn failed = machine.Alloc(gfp::kKernel, 0);
  CHECK(machine.RecordOf(failed).handle ==
        machine.owner.failure_handle().value());
  CHECK(machine.BasePagesAt(failed) > 0);
  CHECK(machine.ShowStacks().find("register_failure_stack") !=
        std::string::npos);

  machine.CallFrom("never_seen+0x10/0x20");
  machine.Free(head, 0);
  CHECK(machine.RecordOf(head).free_handle ==
        machine.owner.failure_handle().value());
  CHECK_FALSE(machine.owner.EntryAt(head).allocated());
}

TEST_CASE("PageOwner: with the depot off nothing ever looks freed",
          "[owner][page_owner]") {
  OwnerOptions options;
  options.depot.disabled = true;
  OwnerFixture machine(options);
  REQUIRE(machine.Boot().ok());
  CHECK_FALSE(machine.owner.dummy_handle().valid());
  const Pfn head = machine.Alloc(gfp::kKernel, 0);
  machine.kernel.context.now = Nanoseconds(9000);
  machine.Free(head, 0);
  CHECK(machine.owner.EntryAt(head).allocated());
  CHECK(machine.RecordOf(head).free_handle == 0);
  CHECK(machine.RecordOf(head).free_ts_nsec == 9000);
  CHECK(machine.ReadAll().empty());
  CHECK(machine.ShowStacks().empty());
  CHECK(machine.kernel.log.lines.empty());
}

TEST_CASE("PageOwner: without a page_ext table nothing is recorded or counted",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFrom("once+0x10/0x20");
  const Pfn head = machine.Alloc(gfp::kKernel, 0);
  REQUIRE(machine.BasePagesAt(head) == 1);
  const StackHandle stack(machine.RecordOf(head).handle);
  machine.ext.InvalidateSections({Pfn(0), Pfn(65536)});
  machine.Alloc(gfp::kKernel, 0);
  CHECK(machine.owner.BasePagesOf(stack) == 1);
  machine.Free(head, 0);
  CHECK(machine.owner.BasePagesOf(stack) == 1);
  machine.owner.OnSplit(head, Order(0), Order(0));
  machine.owner.OnMigrateReason(head, MigrateReason::kCompaction);
  CHECK(machine.DumpPage(head) == "There is not page extension available.\n");
}

TEST_CASE("PageOwner: memory for its own data carries the dummy stack",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  const StackHandle dummy = machine.owner.dummy_handle();

  // The spare pool is there: the first new stack only needs a list node.
  machine.CallFrom("first+0x10/0x20");
  machine.Alloc(gfp::kKernel, 0);
  REQUIRE(machine.kernel.requests.size() == 2);
  CHECK(machine.kernel.requests[1].gfp == kNodeGfp);
  CHECK(machine.kernel.requests[1].order == Order(0));
  CHECK(machine.owner.BasePagesOf(dummy) == 1);
  CHECK(machine.owner.list_pages() == PageCount(1));
  CHECK_FALSE(machine.kernel.task.in_tracker);

  // Enough stacks to use up the pool; the next one takes the spare, and the
  // one after that a new pool.
  for (int i = 0; machine.depot.state().pools.size() == 1; ++i) {
    machine.CallFrom("f" + std::to_string(i) + "+0x10/0x20");
    machine.Alloc(gfp::kKernel, 0);
  }
  CHECK(machine.owner.BasePagesOf(dummy) == 1);
  machine.kernel.requests.clear();
  machine.CallFrom("last+0x10/0x20");
  machine.Alloc(gfp::kHighuserMovable, 0);
  REQUIRE(machine.kernel.requests.size() == 2);
  CHECK(machine.kernel.requests[1].gfp == kPoolGfp);
  CHECK(machine.kernel.requests[1].order == Order(2));
  CHECK(machine.owner.BasePagesOf(dummy) == 5);
  const std::vector<uint64_t> pools =
      OwnerFixture::PfnsIn(machine.ReadAll(), "0x92cc0");
  REQUIRE(pools.size() == 1);
  CHECK(machine.StackAt(Pfn(pools[0])).starts_with(" register_dummy_stack"));
  CHECK(machine.RecordOf(Pfn(pools[0])).pid == 77);
}

TEST_CASE("PageOwner: 256 listed stacks share a page", "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  for (int i = 0; i < 257; ++i) {
    if (i == 256) CHECK(machine.owner.list_pages() == PageCount(1));
    machine.CallFrom("f" + std::to_string(i) + "+0x10/0x20");
    machine.Alloc(gfp::kKernel, 0);
  }
  CHECK(machine.owner.list_pages() == PageCount(2));
  CHECK(machine.owner.listed_stacks().size() == 2 + 257);
}

TEST_CASE("PageOwner: a stack whose node has no memory is counted, not listed",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFrom("first+0x10/0x20");
  machine.kernel.allowance = 1;
  const Pfn head = machine.Alloc(gfp::kKernel, 0);
  CHECK(machine.BasePagesAt(head) == 1);
  CHECK(machine.owner.listed_stacks().size() == 2);
  machine.kernel.allowance = 9;
  machine.Alloc(gfp::kKernel, 0);
  CHECK(machine.BasePagesAt(head) == 2);
  CHECK(machine.owner.listed_stacks().size() == 2);
}

TEST_CASE("PageOwner: a count that reaches zero is reported",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  const Pfn head = machine.Alloc(gfp::kKernel, 0);
  const StackHandle stack(machine.RecordOf(head).handle);
  machine.owner.OnFree(machine.kernel.context, head, Order(0));
  CHECK(machine.kernel.log.lines.empty());
  machine.owner.OnFree(machine.kernel.context, head, Order(0));
  CHECK(machine.kernel.log.lines ==
        std::vector<std::string>{
            "dec_stack_record_count: refcount went to 0 for " +
            std::to_string(stack.value()) + " handle"});
}

TEST_CASE("PageOwner: migration moves the record, and counts come out even",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFrom("alloc_a+0x10/0x20");
  const Pfn a = machine.Alloc(gfp::kHighuserMovable, 1);
  const StackHandle stack_a(machine.RecordOf(a).handle);
  machine.kernel.task.pid = 30;
  machine.kernel.context.now = Nanoseconds(8000);
  machine.CallFrom("alloc_b+0x10/0x20");
  const Pfn b = machine.Alloc(gfp::kMovable, 1);
  const StackHandle stack_b(machine.RecordOf(b).handle);

  machine.owner.OnMigrate(machine.kernel.context, a, b);
  machine.owner.OnMigrateReason(b, MigrateReason::kCompaction);
  CHECK(machine.owner.BasePagesOf(stack_a) == 2);
  CHECK(machine.owner.BasePagesOf(stack_b) == 2);
  machine.Free(a, 1);
  CHECK(machine.owner.BasePagesOf(stack_a) == 2);
  CHECK(machine.owner.BasePagesOf(stack_b) == 0);

  for (uint64_t i = 0; i < 2; ++i) {
    const PageOwnerRecord record = machine.RecordOf(b + PageCount(i));
    CHECK(record.handle == stack_a.value());
    CHECK(record.gfp_mask == gfp::kHighuserMovable.value());
    CHECK(record.ts_nsec == 5000);
    CHECK(record.pid == 77);
    // The one who migrates, not the one who freed.
    CHECK(record.free_pid == 30);
    CHECK(record.last_migrate_reason == (i == 0 ? 0 : -1));
  }
  const std::string dump = machine.ReadAll(b.value());
  CHECK(dump.find("alloc_a+0x10/0x20\nPage has been migrated, last migrate "
                  "reason: compaction\n\n") != std::string::npos);
}

TEST_CASE("PageOwner: a checkpoint brings records, list and counts back",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFrom("before+0x10/0x20");
  const Pfn head = machine.Alloc(gfp::kKernel, 0);
  const std::string dump = machine.ReadAll();
  const std::string stacks = machine.ShowStacks();
  const PhysicalMemory::Checkpoint memory = machine.kernel.memory->Save();
  const PageExt::Checkpoint ext = machine.ext.Save();
  const StackDepot::State depot = machine.depot.SaveState();
  const PageOwner::Checkpoint owner = machine.owner.Save();

  machine.owner.set_count_threshold(5);
  machine.CallFrom("after+0x10/0x20");
  machine.owner.OnAlloc(machine.kernel.context, head, Order(0), gfp::kKernel);
  CHECK(machine.ReadAll() != dump);

  machine.kernel.memory->Restore(memory);
  machine.ext.Restore(ext);
  machine.depot.RestoreState(depot);
  machine.owner.Restore(owner);
  CHECK(machine.ReadAll() == dump);
  CHECK(machine.ShowStacks() == stacks);
}

TEST_CASE("PageOwner: bug reports tell what is known of a page",
          "[owner][page_owner]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  CHECK(machine.DumpPage(Pfn(5)) ==
        "page_owner info is not present (never set?)\n");
  machine.CallFrom("init_module+0x30/0x100");
  const Pfn head = machine.Alloc(gfp::kKernel, 0);
  const std::string allocation =
      "page last allocated via order 0, migratetype Unmovable, gfp_mask "
      "0xcc0(GFP_KERNEL), pid 77, tgid 77 (insmod), ts 5000, free_ts ";
  const std::string stack =
      " get_page_from_freelist+0x523/0x1780\n"
      " __alloc_pages_noprof+0x1ad/0x1160\n"
      " init_module+0x30/0x100\n";
  CHECK(machine.DumpPage(head) == "page_owner tracks the page as allocated\n" +
                                      allocation + "0\n" + stack +
                                      "page_owner free stack trace missing\n");
  machine.kernel.context.now = Nanoseconds(6000);
  machine.owner.OnMigrateReason(head, MigrateReason::kLongtermPin);
  machine.Free(head, 0);
  CHECK(machine.DumpPage(head) ==
        "page_owner tracks the page as freed\n" + allocation + "6000\n" +
            stack +
            "page last free pid 77 tgid 77 stack trace:\n"
            " free_unref_page+0x2c1/0x3f0\n"
            " init_module+0x30/0x100\n"
            "page has been migrated, last migrate reason: longterm_pin\n");
}

TEST_CASE("PageOwner: a bug report says when the allocation has no stack",
          "[owner][page_owner]") {
  OwnerOptions options;
  options.depot.disabled = true;
  OwnerFixture machine(options);
  REQUIRE(machine.Boot().ok());
  const Pfn head = machine.Alloc(gfp::kHighuserMovable, 0);
  CHECK(machine.DumpPage(head) ==
        "page_owner tracks the page as allocated\n"
        "page last allocated via order 0, migratetype Movable, gfp_mask "
        "0x100cca(GFP_HIGHUSER_MOVABLE), pid 77, tgid 77 (insmod), ts 5000, "
        "free_ts 0\n"
        "page_owner allocation stack trace missing\n"
        "page_owner free stack trace missing\n");
}

TEST_CASE("PageOwner: migrate reasons have the kernel's names",
          "[owner][record]") {
  CHECK(ToString(MigrateReason::kCompaction) == "compaction");
  CHECK(ToString(MigrateReason::kMempolicyMbind) == "mempolicy_mbind");
  CHECK(ToString(MigrateReason::kDamon) == "damon");
}

TEST_CASE("PageOwner: profile frames that are no frames end the boot",
          "[owner][page_owner]") {
  OwnerOptions options;
  options.profile.alloc_frames = {"not a frame"};
  OwnerFixture machine(options);
  CHECK_FALSE(machine.Boot().ok());
  CHECK_FALSE(machine.owner.inited());
}

}  // namespace pagelab
