// What each kernel version keeps of a page, and when.

#include "pagelab/sim/kernel_profile.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pagelab/base/output_stream.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

const std::vector<std::string> kAllKernels = {"3.19", "4.5", "4.7", "4.8",
                                              "5.10", "6.3", "6.12"};
const std::vector<std::string> kDepotKernels = {"4.8", "5.10", "6.3", "6.12"};

// 256 MiB, two sections, with a few early allocations.
MachineConfig SmallMachine(const std::string& kernel,
                           const std::string& command_line) {
  MachineConfig config;
  config.name = "small";
  config.kernel = kernel;
  config.memory_map = {{.range = {kMiB, 256 * kMiB}}};
  config.early_allocations = {{.what = "slab", .count = 5, .order = Order(0)}};
  config.command_line = command_line;
  return config;
}

struct World {
  explicit World(const std::string& kernel,
                 const std::string& command_line = "page_owner=on")
      : machine(Booted(SmallMachine(kernel, command_line))),
        task(machine.NewTask("insmod", 77, 70)) {}

  static Machine Booted(const MachineConfig& config) {
    absl::StatusOr<Machine> machine = Machine::Boot(config);
    INFO(machine.status().ToString());
    REQUIRE(machine.ok());
    return *std::move(machine);
  }

  ExecutionContext From(const std::string& frame) {
    ExecutionContext context = machine.ContextOf(task);
    frames = {*machine.symbols().InternFrame(frame)};
    context.frames = frames;
    return context;
  }
  Pfn Alloc(const std::string& frame, Gfp gfp, int order) {
    ExecutionContext context = From(frame);
    Page* page = machine.AllocPages(context, gfp, Order(order));
    REQUIRE(page != nullptr);
    return machine.memory().PfnOf(page);
  }
  void Free(Pfn head, int order) {
    ExecutionContext context = From("drv_remove+0x4/0x20");
    REQUIRE(machine.FreePages(context, machine.memory().PageAt(head),
                              Order(order)));
  }
  PageOwner& owner() { return *machine.page_owner(); }
  PageOwner::Entry EntryAt(Pfn pfn) { return owner().EntryAt(pfn); }
  std::string StackAt(Pfn pfn) {
    std::string text;
    if (owner().has_inline_frames()) {
      owner().AppendFrames(text, owner().InlineFramesAt(pfn));
    } else {
      owner().AppendStack(text, StackHandle(EntryAt(pfn).record->handle));
    }
    return text;
  }

  Machine machine;
  Task& task;
  std::vector<SimAddress> frames;
};

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Sum of the log's "early allocated" lines.
uint64_t EarlyPages(const Machine& machine) {
  constexpr std::string_view kBefore = "early allocated ";
  uint64_t sum = 0;
  for (const std::string& line : machine.dmesg()) {
    const size_t at = line.find(kBefore);
    if (at == std::string::npos) continue;
    sum += std::stoull(line.substr(at + kBefore.size()));
  }
  return sum;
}

TEST_CASE("KernelProfile: the entry has the version's size",
          "[sim][kernel_profile]") {
  const std::map<std::string, uint32_t> bytes = {
      {"3.19", 104}, {"4.5", 88}, {"4.7", 88}, {"4.8", 24},
      {"5.10", 24},  {"6.3", 64}, {"6.12", 72}};
  REQUIRE(KernelProfiles().size() == bytes.size());
  for (const auto& [kernel, size] : bytes) {
    CAPTURE(kernel);
    World world(kernel);
    CHECK(world.machine.page_ext()->entry_size() == size);
    CHECK(world.machine.page_ext()->total_bytes() == 2u * 32768 * size);
    CHECK(FindKernelProfile(kernel)->version == kernel);
  }
  CHECK(FindKernelProfile("6.11") == nullptr);
}

TEST_CASE("KernelProfile: an unknown kernel is refused, with those there are",
          "[sim][kernel_profile]") {
  const auto machine = Machine::Boot(SmallMachine("6.11", ""));
  REQUIRE_FALSE(machine.ok());
  CHECK(machine.status().message() ==
        "machine 'small': no kernel \"6.11\"; there are 3.19, 4.5, 4.7, 4.8, "
        "5.10, 6.3, 6.12");
}

TEST_CASE("KernelProfile: page_owner off takes no table, no line, no frame",
          "[sim][kernel_profile]") {
  for (const std::string& kernel : kAllKernels) {
    CAPTURE(kernel);
    World off(kernel, "page_owner=off");
    World without(kernel, "");
    CHECK(off.machine.page_ext() == nullptr);
    CHECK(off.machine.page_owner() == nullptr);
    for (const std::string& line : off.machine.dmesg()) {
      CHECK_FALSE(Contains(line, "page_ext"));
      CHECK_FALSE(Contains(line, "early allocated"));
    }
    for (int i = 0; i < without.machine.state().nr_zones; ++i) {
      const Zone& a = off.machine.state().zones[i];
      const Zone& b = without.machine.state().zones[i];
      CHECK(a.managed == b.managed);
      for (size_t order = 0; order < a.free_area.size(); ++order) {
        CHECK(a.free_area[order].nr_free == b.free_area[order].nr_free);
      }
    }
  }
}

TEST_CASE("KernelProfile: old kernels know only the word on",
          "[sim][kernel_profile]") {
  for (const std::string& kernel : kAllKernels) {
    CAPTURE(kernel);
    const bool any = kernel == "6.3" || kernel == "6.12";
    CHECK((World(kernel, "page_owner=1").machine.page_owner() != nullptr) ==
          any);
    // And have no way to turn it off again.
    CHECK((World(kernel, "page_owner=on page_owner=off").machine.page_owner() ==
           nullptr) == any);
  }
}

TEST_CASE("KernelProfile: early pages are recorded by who finds them",
          "[sim][kernel_profile]") {
  for (const std::string& kernel : kAllKernels) {
    CAPTURE(kernel);
    World world(kernel);
    const uint64_t tables = world.machine.page_ext()->nr_memmap_pages().value();
    const PageExt& page_ext = *world.machine.page_ext();
    REQUIRE(tables == 2u * 32768 * page_ext.entry_size() / 4096);
    // Up to 4.8 the profile has its own list of early allocations: 31 pages.
    const bool own_list =
        FindKernelProfile(kernel)->early_allocations.has_value();
    const uint64_t depot_pages = world.machine.profile().depot ? 8 : 0;
    if (kernel == "5.10") {
      // Late: what the per-cpu lists hold counts too.
      CHECK(EarlyPages(world.machine) >= tables + 5 + depot_pages);
    } else {
      CHECK(EarlyPages(world.machine) ==
            tables + (own_list ? 31 : 5) + depot_pages);
    }
    // The first page of the first table.
    const uint64_t address = page_ext.SectionPointer(0) - 0xffff888000000000;
    const Pfn table(address >> kPageShift);
    const PageOwner::Entry entry = world.EntryAt(table);
    REQUIRE(entry.recorded());
    CHECK(world.owner().IsEarly(table, *entry.record));
    CHECK(entry.record->order == 0);
    CHECK(entry.record->gfp_mask == 0);
    const std::string stack = world.StackAt(table);
    CHECK(Contains(stack, "register_early_stack+") ==
          (kernel == "5.10" || kernel == "6.3" || kernel == "6.12"));
    CHECK(Contains(stack, "init_pages_in_zone+") ==
          (kernel == "3.19" || kernel == "4.5" || kernel == "4.7" ||
           kernel == "4.8"));
  }
}

TEST_CASE("KernelProfile: tails have records from 5.4 on",
          "[sim][kernel_profile]") {
  for (const std::string& kernel : kAllKernels) {
    CAPTURE(kernel);
    World world(kernel);
    const bool tails = kernel == "5.10" || kernel == "6.3" || kernel == "6.12";
    const Pfn head = world.Alloc("drv_probe+0x10/0x20", gfp::kKernel, 2);
    for (uint64_t i = 0; i < 4; ++i) {
      CAPTURE(i);
      const PageOwner::Entry entry = world.EntryAt(head + PageCount(i));
      CHECK(entry.allocated() == (i == 0 || tails));
      if (i == 0 || tails) CHECK(entry.record->order == 2);
    }
    CHECK(Contains(world.StackAt(head), " drv_probe+0x10/0x20\n"));
    world.Free(head, 2);
    for (uint64_t i = 0; i < 4; ++i) {
      const PageOwner::Entry entry = world.EntryAt(head + PageCount(i));
      CHECK_FALSE(entry.allocated());
      // The last allocation stays visible where a free has a bit of its own.
      CHECK(entry.recorded() == tails);
      CHECK((entry.record->free_handle != 0) == tails);
    }
  }
}

TEST_CASE("KernelProfile: how deep a recorded stack is",
          "[sim][kernel_profile]") {
  for (const std::string& kernel : kAllKernels) {
    CAPTURE(kernel);
    World world(kernel);
    ExecutionContext context = world.From("deep+0x10/0x20");
    const std::vector<SimAddress> many(30, context.frames[0]);
    context.frames = many;
    Page* page = world.machine.AllocPages(context, gfp::kKernel, Order(0));
    const std::string stack = world.StackAt(world.machine.memory().PfnOf(page));
    const bool inline_frames = world.owner().has_inline_frames();
    CHECK(std::count(stack.begin(), stack.end(), '\n') ==
          (inline_frames ? 8 : 16));
    CHECK(Contains(stack, "save_stack_trace+") == (kernel == "4.8"));
  }
}

TEST_CASE("KernelProfile: a split block by the version's rule",
          "[sim][kernel_profile]") {
  for (const std::string& kernel : kAllKernels) {
    CAPTURE(kernel);
    World world(kernel);
    const Pfn head = world.Alloc("drv_probe+0x10/0x20", gfp::kKernel, 2);
    const uint32_t mask = world.EntryAt(head).record->gfp_mask;
    const std::string stack = world.StackAt(head);
    world.machine.allocator().SplitPage(world.machine.memory().PageAt(head),
                                        Order(2));
    for (uint64_t i = 0; i < 4; ++i) {
      CAPTURE(i);
      const PageOwner::Entry entry = world.EntryAt(head + PageCount(i));
      CHECK(entry.allocated());
      CHECK(entry.record->order == 0);
      CHECK(entry.record->gfp_mask == (kernel == "3.19" ? 0 : mask));
      CHECK(world.StackAt(head + PageCount(i)) == stack);
    }
  }
}

TEST_CASE("KernelProfile: what a migration takes along",
          "[sim][kernel_profile]") {
  for (const std::string& kernel : kAllKernels) {
    CAPTURE(kernel);
    World world(kernel);
    const Pfn from = world.Alloc("app+0x10/0x20", gfp::kHighuserMovable, 0);
    const Pfn to = world.Alloc("target+0x10/0x20", gfp::kHighuserMovable, 0);
    ExecutionContext context = world.From("migrate+0x1/0x2");
    world.owner().OnMigrate(context, from, to);
    world.owner().OnMigrateReason(to, MigrateReason::kCompaction);
    const bool migrates = kernel != "3.19" && kernel != "4.5";
    CHECK(Contains(world.StackAt(to), migrates ? "app+" : "target+"));
    CHECK(world.EntryAt(to).record->last_migrate_reason == (migrates ? 0 : -1));
    CHECK(world.EntryAt(to).allocated());
    // The new page's stack goes to the old page where stacks are counted.
    CHECK(Contains(world.StackAt(from), kernel == "6.12" ? "target+" : "app+"));
    world.Free(from, 0);
    if (kernel != "6.12") continue;
    const StackHandle app(world.EntryAt(to).record->handle);
    const StackHandle target(world.EntryAt(from).record->handle);
    CHECK(world.owner().BasePagesOf(app) == 1);
    CHECK(world.owner().BasePagesOf(target) == 0);
  }
}

TEST_CASE("KernelProfile: what the depot takes carries the dummy stack",
          "[sim][kernel_profile][recursion]") {
  for (const std::string& kernel : kDepotKernels) {
    CAPTURE(kernel);
    World world(kernel);
    constexpr int kStacks = 1000;
    for (int i = 0; i < kStacks; ++i) {
      world.Alloc("site_" + std::to_string(i) + "+0x10/0x20", gfp::kKernel, 0);
    }
    const std::vector<Pfn>& pools = world.machine.stack_depot().state().pools;
    REQUIRE(pools.size() > 2);
    size_t dummies = 0;
    for (const Pfn pool : pools) {
      const PageOwner::Entry entry = world.EntryAt(pool);
      REQUIRE(entry.allocated());
      if (world.owner().IsEarly(pool, *entry.record)) continue;
      CHECK(StackHandle(entry.record->handle) == world.owner().dummy_handle());
      CHECK(entry.record->order == 2);
      ++dummies;
    }
    CHECK(dummies >= pools.size() - 2);
    CHECK(Contains(world.StackAt(pools.back()), "register_dummy_stack+"));
    REQUIRE(world.machine.stack_depot().Verify().ok());
    // The mark is not left behind.
    CHECK_FALSE(world.task.in_tracker);
  }
}

TEST_CASE("KernelProfile: a full depot gives the failure stack",
          "[sim][kernel_profile][failure]") {
  for (const std::string& kernel : kDepotKernels) {
    CAPTURE(kernel);
    World world(kernel, "page_owner=on stack_depot_max_pools=2");
    Pfn last;
    for (int i = 0; i < 1000; ++i) {
      last = world.Alloc("site_" + std::to_string(i) + "+0x10/0x20",
                         gfp::kKernel, 0);
    }
    CHECK(world.machine.stack_depot().state().pools.size() == 2);
    CHECK(StackHandle(world.EntryAt(last).record->handle) ==
          world.owner().failure_handle());
    CHECK(Contains(world.machine.dmesg().back(),
                   "Stack depot reached limit capacity"));
    if (kernel != "6.12") continue;
    // Still counted, under that stack.
    const int64_t before =
        world.owner().BasePagesOf(world.owner().failure_handle());
    CHECK(before > 100);
    world.Free(last, 0);
    CHECK(world.owner().BasePagesOf(world.owner().failure_handle()) ==
          before - 1);
  }
}

TEST_CASE("KernelProfile: the same stack is stored again when memory returns",
          "[sim][kernel_profile][failure]") {
  for (const std::string& kernel : kDepotKernels) {
    CAPTURE(kernel);
    World world(kernel);
    // Everything that can be had, from one place.
    std::vector<Pfn> held;
    for (;;) {
      ExecutionContext context = world.From("hog+0x10/0x20");
      Page* page = world.machine.AllocPages(
          context, gfp::kKernel.With(gfp::kNowarn).With(gfp::kMemalloc),
          Order(0));
      if (page == nullptr) break;
      held.push_back(world.machine.memory().PfnOf(page));
    }
    // One page at a time, from ever new places, until the depot wants a pool.
    Pfn failed;
    std::string place;
    for (int i = 0;; ++i) {
      REQUIRE(i < 1000);
      world.Free(held.back(), 0);
      held.pop_back();
      place = "late_" + std::to_string(i) + "+0x10/0x20";
      const Pfn pfn = world.Alloc(place, gfp::kKernel.With(gfp::kMemalloc), 0);
      if (StackHandle(world.EntryAt(pfn).record->handle) ==
          world.owner().failure_handle()) {
        failed = pfn;
        break;
      }
    }
    for (const Pfn pfn : held) world.Free(pfn, 0);
    world.Free(failed, 0);
    const Pfn again = world.Alloc(place, gfp::kKernel, 0);
    CHECK(Contains(world.StackAt(again), place));
  }
}

TEST_CASE("KernelProfile: files that the kernel does not have",
          "[sim][kernel_profile]") {
  for (const std::string& kernel : kAllKernels) {
    CAPTURE(kernel);
    World world(kernel);
    const bool has = kernel == "6.12";
    for (const char* path :
         {"/sys/kernel/debug/page_owner_stacks/show_stacks",
          "/sys/kernel/debug/page_owner_stacks/count_threshold",
          "/sys/kernel/debug/stackdepot/stats"}) {
      CAPTURE(path);
      const auto file = world.machine.File(path);
      CHECK(file.ok() == has);
      if (!has) CHECK(absl::IsNotFound(file.status()));
    }
    CHECK(world.machine.File("/sys/kernel/debug/page_owner").ok());
  }
}

TEST_CASE("KernelProfile: a checkpoint brings every kernel's records back",
          "[sim][kernel_profile]") {
  for (const std::string& kernel : kAllKernels) {
    CAPTURE(kernel);
    World world(kernel);
    const auto dump = [&world] {
      StringOutput out;
      REQUIRE((*world.machine.File("/sys/kernel/debug/page_owner"))
                  ->Dump(out)
                  .ok());
      return out.text();
    };
    const auto traffic = [&world] {
      for (int i = 0; i < 300; ++i) {
        const Pfn pfn = world.Alloc("t" + std::to_string(i % 50) + "+0x8/0x10",
                                    gfp::kKernel, i % 3);
        if (i % 2 == 0) world.Free(pfn, i % 3);
      }
    };
    traffic();
    const Machine::CheckpointPtr checkpoint = world.machine.Save();
    traffic();
    const std::string after = dump();
    world.machine.Restore(*checkpoint);
    traffic();
    CHECK(dump() == after);
  }
}

}  // namespace
}  // namespace pagelab
