#include <vector>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/kernel_world_support.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/kernel/page_frags.h"
#include "pagelab/workloads/kernel/pipes.h"

namespace pagelab {
namespace {

uint64_t PagesHeld(TestKernel& kernel) {
  const KernelWorld::Counts& counts = kernel.world().counts();
  return counts.pages_allocated - counts.pages_freed;
}

void ReceiveMany(TestKernel& kernel, int packets) {
  for (int i = 0; i < packets; ++i) {
    REQUIRE(kernel.world().page_frags().Receive(kernel.process(), "rx", 1500));
  }
}

TEST_CASE("PageFrags: a block of 32 KiB holds 17 packets of 1500 bytes",
          "[workloads][page_frags]") {
  TestKernel kernel;
  PageFrags& frags = kernel.world().page_frags();
  // (1500 + 64, and 320 behind) in cache lines: 1920 bytes each.
  ReceiveMany(kernel, 17);
  CHECK(PagesHeld(kernel) == 8);
  ReceiveMany(kernel, 1);
  CHECK(PagesHeld(kernel) == 16);
  ReceiveMany(kernel, 152);
  CHECK(PagesHeld(kernel) == 80);
  CHECK(frags.QueueLength("rx") == 170);
  while (frags.Consume(kernel.process(), "rx")) {
  }
  // The block that fragments come from stays.
  CHECK(PagesHeld(kernel) == 8);
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageFrags: one packet that leaks keeps a block",
          "[workloads][page_frags]") {
  TestKernel kernel;
  PageFrags& frags = kernel.world().page_frags();
  for (int block = 0; block < 10; ++block) {
    ReceiveMany(kernel, 16);
    ReceiveMany(kernel, 1);
    frags.Leak("rx");
  }
  while (frags.Consume(kernel.process(), "rx")) {
  }
  CHECK(PagesHeld(kernel) == 80);
}

TEST_CASE("PageFrags: a block whose packets are all read is used again",
          "[workloads][page_frags]") {
  TestKernel kernel;
  for (int i = 0; i < 1000; ++i) {
    ReceiveMany(kernel, 1);
    kernel.world().page_frags().Consume(kernel.process(), "rx");
  }
  CHECK(kernel.world().counts().allocations == 1);
}

TEST_CASE("PageFrags: without a block of 32 KiB there are pages",
          "[workloads][page_frags]") {
  TestKernel kernel;
  ExecutionContext context = kernel.world().ContextOf(kernel.process());
  std::vector<Page*> pages;
  // Down to the last page, so that reserves are no way out.
  while (Page* page = kernel.machine().AllocPages(
             context, gfp::kAtomic.With(gfp::kMemalloc), Order(0))) {
    pages.push_back(page);
  }
  for (Page* page : pages) {
    if (kernel.machine().memory().PfnOf(page).value() % 2 == 0) continue;
    kernel.machine().FreePages(context, page, Order(0));
  }
  // 2 packets of 1920 bytes in a page.
  ReceiveMany(kernel, 6);
  CHECK(PagesHeld(kernel) == 3);
  // That there was another way is no failure.
  CHECK(kernel.world().counts().failures == 0);
}

TEST_CASE("PageFrags: messages of TCP fill the sender's blocks",
          "[workloads][page_frags]") {
  TestKernel kernel;
  PageFrags& frags = kernel.world().page_frags();
  const auto send = [&](uint64_t bytes) {
    return frags.Send(kernel.process(), "peer", PageFrags::Kind::kTcp, bytes);
  };
  REQUIRE(send(20 << 10));
  CHECK(PagesHeld(kernel) == 8);
  // 12 KiB of it in the first block.
  REQUIRE(send(20 << 10));
  CHECK(PagesHeld(kernel) == 16);
  frags.Consume(kernel.process(), "peer");
  CHECK(PagesHeld(kernel) == 16);
  frags.Consume(kernel.process(), "peer");
  CHECK(PagesHeld(kernel) == 8);
  kernel.world().Exit(kernel.process());
  CHECK(PagesHeld(kernel) == 0);
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageFrags: datagrams are objects of a slab",
          "[workloads][page_frags]") {
  TestKernel kernel;
  PageFrags& frags = kernel.world().page_frags();
  // 3000 + 320 bytes: eight of kmalloc-4k.
  for (int i = 0; i < 9; ++i) {
    REQUIRE(frags.Send(kernel.process(), "log", PageFrags::Kind::kUnix, 3000));
  }
  CHECK(kernel.Node(NodeStat::kSlabUnreclaimable) == 16);
  for (int i = 0; i < 9; ++i) frags.Consume(kernel.process(), "log");
  CHECK(kernel.Node(NodeStat::kSlabUnreclaimable) == 8);
  CHECK_FALSE(frags.Consume(kernel.process(), "log"));
}

TEST_CASE("PageFrags: the two refills ask as they do in the kernel",
          "[workloads][page_frags]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [
      {"name": "softirq", "comm": "ksoftirqd/0", "steps": [
        {"net_rx": {"as": "rx", "packets": 17}}]},
      {"name": "sender", "steps": [
        {"socket_send": {"as": "peer", "size": "32K"}}]}]})");
  const std::string dump = world.Dump();
  CHECK(RecordsWith(dump,
                    "order 3, mask 0xd2820(GFP_ATOMIC|__GFP_NOWARN|"
                    "__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC)") == 1);
  CHECK(RecordsWith(dump,
                    " __page_frag_alloc_align+0x6a/0x160\n"
                    " napi_alloc_skb+0x126/0x210\n"
                    " nicdrv_receive+0x8d/0x2c0 [nicdrv]\n"
                    " nicdrv_poll+0xf4/0x3d0 [nicdrv]\n"
                    " __napi_poll+0x2b/0x1b0\n") == 1);
  CHECK(RecordsWith(dump,
                    " skb_page_frag_refill+0x6f/0x120\n"
                    " sk_page_frag_refill+0x1c/0x60\n"
                    " tcp_sendmsg_locked+0x4e6/0xf80\n"
                    " tcp_sendmsg+0x2b/0x40\n"
                    " __sys_sendto+0x1b0/0x1c0\n") == 1);
}

TEST_CASE("Pipes: room for 16 pages, and two are kept when they are read",
          "[workloads][pipes]") {
  TestKernel kernel;
  Pipes& pipes = kernel.world().pipes();
  Pipe pipe;
  pipes.Write(kernel.process(), pipe, 10);
  CHECK(PagesHeld(kernel) == 10);
  pipes.Write(kernel.process(), pipe, 10);
  CHECK(pipe.buffers.size() == 16);
  CHECK(PagesHeld(kernel) == 16);
  pipes.Read(kernel.process(), pipe, 100);
  CHECK(pipe.buffers.empty());
  CHECK(PagesHeld(kernel) == 2);
  pipes.Write(kernel.process(), pipe, 5);
  CHECK(kernel.world().counts().allocations == 19);
  CHECK(PagesHeld(kernel) == 5);
  pipes.Close(kernel.process(), pipe);
  CHECK(PagesHeld(kernel) == 0);
  CHECK(kernel.Check().empty());
}

}  // namespace
}  // namespace pagelab
