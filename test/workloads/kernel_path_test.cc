#include "pagelab/workloads/kernel/kernel_path.h"

#include <algorithm>
#include <string>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"

namespace pagelab {
namespace {

// The header up to the pid, and the frames, of the first record that a call
// leaves behind.
std::string RecordOf(const std::string& call) {
  MachineConfig config = SmallMachine();
  config.memory_map = {{.range = {0x100000, 0x2000000}}};
  RunWorld world(config);
  world.MustRun(R"({"tasks": [{"name": "caller", "steps": [
      {"alloc": {"call": ")" +
                call + R"("}}]}]})");
  const std::string dump = world.Dump();
  size_t begin = 0;
  while (begin < dump.size()) {
    const size_t end = dump.find("\n\n", begin) + 1;
    const std::string record = dump.substr(begin, end - begin);
    begin = end + 1;
    if (record.find("(caller)") == std::string::npos ||
        record.find("register_dummy_stack") != std::string::npos) {
      continue;
    }
    const size_t frames = record.find("\n ", record.find("\nPFN")) + 1;
    return record.substr(0, record.find(", pid")) + "\n" +
           record.substr(frames);
  }
  return "";
}

// Copied from real-linux page_owner dumps of the recorded 6.12.117 build.
TEST_CASE("KernelPath: recorded call chains come out as recorded",
          "[workloads][kernel]") {
  CHECK(RecordOf("handle_mm_fault") ==
        "Page allocated via order 0, mask "
        "0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO)\n"
        " get_page_from_freelist+0x523/0x1780\n"
        " __alloc_pages_noprof+0x1ad/0x1160\n"
        " alloc_pages_mpol_noprof+0x8a/0x1d0\n"
        " vma_alloc_folio_noprof+0x6c/0xd0\n"
        " __handle_mm_fault+0x1619/0x1d50\n"
        " handle_mm_fault+0x13e/0x290\n"
        " do_user_addr_fault+0x1de/0x590\n"
        " exc_page_fault+0x67/0x130\n"
        " asm_exc_page_fault+0x26/0x30\n");
  CHECK(RecordOf("do_wp_page") ==
        "Page allocated via order 0, mask "
        "0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)\n"
        " get_page_from_freelist+0x523/0x1780\n"
        " __alloc_pages_noprof+0x1ad/0x1160\n"
        " alloc_pages_mpol_noprof+0x8a/0x1d0\n"
        " vma_alloc_folio_noprof+0x6c/0xd0\n"
        " do_wp_page+0x11e/0xc10\n"
        " __handle_mm_fault+0xbda/0x1d50\n"
        " handle_mm_fault+0x13e/0x290\n"
        " do_user_addr_fault+0x1de/0x590\n"
        " exc_page_fault+0x67/0x130\n"
        " asm_exc_page_fault+0x26/0x30\n");
  CHECK(RecordOf("shmem_file_write_iter") ==
        "Page allocated via order 0, mask "
        "0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)\n"
        " get_page_from_freelist+0x523/0x1780\n"
        " __alloc_pages_noprof+0x1ad/0x1160\n"
        " alloc_pages_mpol_noprof+0x8a/0x1d0\n"
        " folio_alloc_mpol_noprof+0xf/0x30\n"
        " shmem_alloc_folio+0x97/0xb0\n"
        " shmem_alloc_and_add_folio+0x107/0x470\n"
        " shmem_get_folio_gfp+0x1f0/0x540\n"
        " shmem_write_begin+0x5a/0xb0\n"
        " generic_perform_write+0xda/0x290\n"
        " shmem_file_write_iter+0x81/0x90\n"
        " vfs_write+0x279/0x450\n"
        " ksys_write+0x6a/0xf0\n"
        " do_syscall_64+0x9e/0x1c0\n"
        " entry_SYSCALL_64_after_hwframe+0x77/0x7f\n");
  CHECK(RecordOf("unix_dgram_sendmsg") ==
        "Page allocated via order 3, mask "
        "0xd20c0(__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|"
        "__GFP_NOMEMALLOC)\n"
        " get_page_from_freelist+0x523/0x1780\n"
        " __alloc_pages_noprof+0x1ad/0x1160\n"
        " alloc_pages_mpol_noprof+0x8a/0x1d0\n"
        " new_slab+0x364/0x430\n"
        " ___slab_alloc+0x6fe/0xad0\n"
        " __kmalloc_node_track_caller_noprof+0x121/0x3c0\n"
        " kmalloc_reserve+0x5d/0xf0\n"
        " __alloc_skb+0x87/0x1a0\n"
        " alloc_skb_with_frags+0x45/0x1e0\n"
        " sock_alloc_send_pskb+0x221/0x260\n"
        " unix_dgram_sendmsg+0x14b/0x980\n"
        " __sys_sendto+0x1b0/0x1c0\n"
        " __x64_sys_sendto+0x1f/0x30\n"
        " do_syscall_64+0x9e/0x1c0\n"
        " entry_SYSCALL_64_after_hwframe+0x77/0x7f\n");
}

TEST_CASE("KernelPath: every path leaves a record with its own function",
          "[workloads][kernel]") {
  for (const KernelPath& path : KernelPaths()) {
    CAPTURE(path.name);
    const std::string record = RecordOf(std::string(path.name));
    CHECK_THAT(record, ContainsText(" " + std::string(path.name) + "+0x"));
    CHECK_THAT(record, ContainsText("alloc_pages_mpol_noprof+0x8a/0x1d0") ||
                           ContainsText("[sitegen]") ||
                           ContainsText("[kbuild]"));
  }
}

TEST_CASE("KernelPath: the paths are in the order of their names",
          "[workloads][kernel]") {
  const auto paths = KernelPaths();
  CHECK(std::is_sorted(paths.begin(), paths.end(),
                       [](const KernelPath& a, const KernelPath& b) {
                         return a.name < b.name;
                       }));
  CHECK(FindKernelPath("pipe_write") != nullptr);
  CHECK(FindKernelPath("pipe_writ") == nullptr);
}

TEST_CASE("KernelPath: a path that fails half-way gives everything back",
          "[workloads][kernel]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"call": "kernel_clone", "until_failure": true,
                   "as": "processes"}}]}]})");
  CHECK(report.counts.failures == 1);
  CHECK(report.counts.pages_allocated % report.counts.allocations == 0);
  const size_t left = RecordsWith(world.Dump(), "copy_process");
  // A slab of tasks, four pages of stack, two page tables.
  CHECK(left == report.counts.allocations * 7);
}

TEST_CASE("KernelPath: a step's order and mask replace the path's",
          "[workloads][kernel]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "a", "steps": [
      {"alloc": {"call": "nicdrv_alloc_rx_buffers", "order": 2,
                 "gfp": "GFP_ATOMIC|__GFP_COMP"}}]}]})");
  CHECK(RecordsWith(world.Dump(),
                    "order 2, mask 0x40820(GFP_ATOMIC|__GFP_COMP)") == 1);
}

}  // namespace
}  // namespace pagelab
