// debug_pagealloc, debug_guardpage_minorder and page_poison on a machine that
// boots and runs.

#include <string>
#include <vector>

#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/random.h"
#include "pagelab/sim/machine.h"
#include "pagelab/sim/memory_access.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

Machine Booted(const std::string& command_line) {
  MachineConfig config;
  config.name = "small";
  config.memory_map = {{.range = {kMiB, 32 * kMiB}}};
  config.early_allocations = {
      {.what = "one page", .count = 1, .order = Order(0)}};
  config.command_line = command_line;
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  INFO(machine.status().ToString());
  REQUIRE(machine.ok());
  return *std::move(machine);
}

size_t LinesWith(const Machine& machine, std::string_view text) {
  size_t count = 0;
  for (const std::string& line : machine.dmesg()) {
    count += line.find(text) != std::string::npos ? 1 : 0;
  }
  return count;
}

std::string FileText(Machine& machine, std::string_view path) {
  auto file = machine.File(path);
  INFO(file.status().ToString());
  REQUIRE(file.ok());
  StringOutput out;
  REQUIRE((*file)->Dump(out).ok());
  return out.text();
}

// What tells where pages went, and who has them.
std::string State(Machine& machine) {
  return FileText(machine, "/proc/buddyinfo") +
         FileText(machine, "/proc/vmstat") +
         FileText(machine, "/sys/kernel/debug/page_owner");
}

void RunTraffic(Machine& machine, uint64_t seed, int steps) {
  Random random(seed);
  Task& task = machine.NewTask("traffic", 100, 100);
  std::vector<std::pair<Page*, Order>> held;
  for (int i = 0; i < steps; ++i) {
    ExecutionContext context = machine.ContextOf(task);
    const absl::StatusOr<SimAddress> frame = machine.symbols().InternFrame(
        "traffic_" + std::to_string(random.Uniform(300)) + "+0x10/0x20");
    REQUIRE(frame.ok());
    context.frames = absl::MakeConstSpan(&*frame, 1);
    if (held.empty() || random.Bernoulli(0.55)) {
      const Order order(static_cast<int>(random.Uniform(4)));
      Page* page = machine.AllocPages(
          context, random.Bernoulli(0.5) ? gfp::kKernel : gfp::kHighuserMovable,
          order);
      if (page != nullptr) held.emplace_back(page, order);
    } else {
      std::swap(held[random.Uniform(held.size())], held.back());
      CHECK(machine.FreePages(context, held.back().first, held.back().second));
      held.pop_back();
    }
  }
}

// Of all zones, as the log says.
uint64_t EarlyPages(const Machine& machine) {
  constexpr std::string_view kFound = "found early allocated ";
  uint64_t pages = 0;
  for (const std::string& line : machine.dmesg()) {
    const size_t at = line.find(kFound);
    if (at != std::string::npos)
      pages += std::stoull(line.substr(at + kFound.size()));
  }
  return pages;
}

// Every frame is in the direct map unless it is free.
uint64_t WronglyMapped(Machine& machine) {
  using Kind = FrameExtent::Kind;
  uint64_t wrong = 0;
  for (Pfn pfn(0); pfn < machine.memory().max_pfn(); ++pfn) {
    const Kind kind = ExtentAt(machine.state(), pfn).kind;
    const bool free =
        kind == Kind::kBuddy || kind == Kind::kPcp || kind == Kind::kGuard;
    wrong += machine.debug_pagealloc()->IsMapped(pfn) == free ? 1 : 0;
  }
  return wrong;
}

TEST_CASE("DebugSwitches: off by default", "[sim][debug_switches]") {
  Machine machine = Booted("debug_guardpage_minorder=3");
  CHECK(machine.debug_pagealloc() == nullptr);
  CHECK(machine.page_poison() == nullptr);
  CHECK(machine.state().hooks == nullptr);
  // It is announced, and means nothing without debug_pagealloc.
  CHECK(LinesWith(machine, "Setting debug_guardpage_minorder to 3") == 1);
  CHECK(machine.state().debug_guardpage_minorder == 0);
}

TEST_CASE("DebugSwitches: what is free is not mapped, at boot and later",
          "[sim][debug_switches]") {
  Machine machine =
      Booted("page_owner=on debug_pagealloc=on debug_guardpage_minorder=3");
  CHECK(machine.state().debug_guardpage_minorder == 3);
  CHECK(WronglyMapped(machine) == 0);
  RunTraffic(machine, 5, 2000);
  CHECK(WronglyMapped(machine) == 0);
  CHECK(Verify(machine.state()) == std::vector<std::string>());
}

TEST_CASE("DebugSwitches: neither changes where pages go, or who has them",
          "[sim][debug_switches]") {
  Machine plain = Booted("page_owner=on");
  Machine debug = Booted("page_owner=on debug_pagealloc=on");
  Machine poisoned = Booted("page_owner=on page_poison=1");
  for (Machine* machine : {&plain, &debug, &poisoned}) {
    RunTraffic(*machine, 9, 3000);
    // The kernel's own tables lie in frames that were poisoned before.
    CHECK(machine->stack_depot().Verify().ok());
  }
  const std::string expected = State(plain);
  CHECK((State(debug) == expected));
  CHECK((State(poisoned) == expected));
  CHECK(poisoned.page_poison()->corruptions() == 0);
}

TEST_CASE("DebugSwitches: debug_pagealloc maps memory in small pages",
          "[sim][debug_switches]") {
  const auto kilobytes = [](Machine& machine, const std::string& name) {
    const std::string text = FileText(machine, "/proc/meminfo");
    return std::stoull(text.substr(text.find(name) + name.size()));
  };
  Machine plain = Booted("");
  Machine debug = Booted("debug_pagealloc=on");
  // Memory begins at 1 MiB, and 2 MiB pages at 2.
  CHECK(kilobytes(plain, "DirectMap4k:") == 1024);
  CHECK(kilobytes(plain, "DirectMap2M:") == 30 * 1024);
  CHECK(kilobytes(debug, "DirectMap4k:") == 31 * 1024);
  CHECK(kilobytes(debug, "DirectMap2M:") == 0);
}

TEST_CASE(
    "DebugSwitches: guards at boot count as early pages, like any page "
    "that is not free",
    "[sim][debug_switches]") {
  Machine plain = Booted("page_owner=on debug_pagealloc=on");
  Machine guarded =
      Booted("page_owner=on debug_pagealloc=on debug_guardpage_minorder=2");
  // The early page was split off a large block: guards of order 1 and 0.
  CHECK(EarlyPages(guarded) == EarlyPages(plain) + 3);
  CHECK(Verify(guarded.state()) == std::vector<std::string>());
}

TEST_CASE("DebugSwitches: a checkpoint brings everything back",
          "[sim][debug_switches]") {
  Machine machine = Booted(
      "page_owner=on debug_pagealloc=on debug_guardpage_minorder=3 "
      "page_poison=1");
  RunTraffic(machine, 1, 500);
  const Machine::CheckpointPtr checkpoint = machine.Save();
  const auto go_on = [&machine] {
    RunTraffic(machine, 2, 500);
    Task& task = machine.NewTask("late", 7, 7);
    ExecutionContext context = machine.ContextOf(task);
    Page* page = machine.AllocPages(context, gfp::kKernel, Order(0));
    REQUIRE(page != nullptr);
    const Pfn pfn = machine.memory().PfnOf(page);
    REQUIRE(machine.FreePages(context, page, Order(0)));
    CHECK(AccessMemory(machine, context, {.pfn = pfn}) ==
          AccessOutcome::kFault);
    // As a device would, past the direct map.
    REQUIRE(machine.memory().WriteByte(pfn, 0, std::byte{1}));
    page = machine.AllocPages(context, gfp::kKernel, Order(0));
    CHECK(machine.memory().PfnOf(page) == pfn);
    std::string text = State(machine);
    for (const std::string& line : machine.dmesg()) text += line + "\n";
    return text + std::to_string(machine.page_poison()->corruptions()) + " " +
           std::to_string(WronglyMapped(machine));
  };
  const std::string first = go_on();
  const bool reported =
      first.find("pagealloc: memory corruption") != std::string::npos;
  CHECK(reported);
  CHECK(first.substr(first.rfind('\n') + 1) == "1 0");
  machine.Restore(*checkpoint);
  CHECK((go_on() == first));
}

TEST_CASE("AccessMemory: goes frame by frame, up to the one that is not mapped",
          "[sim][memory_access]") {
  Machine machine = Booted("debug_pagealloc=on");
  Task& task = machine.NewTask("late", 7, 7);
  ExecutionContext context = machine.ContextOf(task);
  Page* page = machine.AllocPages(context, gfp::kKernel, Order(1));
  REQUIRE(page != nullptr);
  const Pfn pfn = machine.memory().PfnOf(page);
  const MemoryAccess write{.kind = AccessKind::kWrite,
                           .pfn = pfn,
                           .offset = kPageSize - 2,
                           .length = 4,
                           .value = std::byte{9}};
  CHECK(AccessMemory(machine, context, write) == AccessOutcome::kDone);
  CHECK(machine.memory().ByteAt(pfn, kPageSize - 3) == std::byte{0});
  CHECK(machine.memory().ByteAt(pfn, kPageSize - 1) == std::byte{9});
  CHECK(machine.memory().ByteAt(pfn + PageCount(1), 1) == std::byte{9});
  CHECK(machine.memory().ByteAt(pfn + PageCount(1), 2) == std::byte{0});
  CHECK(LinesWith(machine, "BUG:") == 0);

  machine.allocator().SplitPage(page, Order(1));
  REQUIRE(machine.FreePages(context, page + 1, Order(0)));
  MemoryAccess late = write;
  late.value = std::byte{8};
  CHECK(AccessMemory(machine, context, late) == AccessOutcome::kFault);
  CHECK(machine.memory().ByteAt(pfn, kPageSize - 1) == std::byte{8});
  CHECK(machine.memory().ByteAt(pfn + PageCount(1), 1) == std::byte{9});
  CHECK(LinesWith(machine, "BUG: unable to handle page fault for address: ") ==
        1);
}

TEST_CASE("AccessMemory: the stack depot cannot be overwritten",
          "[sim][memory_access]") {
  Machine machine = Booted("page_owner=on");
  RunTraffic(machine, 3, 200);
  const Pfn pool = machine.stack_depot().state().pools.front();
  Task& task = machine.NewTask("stray", 7, 7);
  const ExecutionContext context = machine.ContextOf(task);
  CHECK(AccessMemory(machine, context,
                     {.kind = AccessKind::kWrite,
                      .pfn = pool,
                      .length = 4 * kPageSize,
                      .value = std::byte{0xff}}) == AccessOutcome::kDone);
  CHECK(machine.stack_depot().Verify().ok());
}

}  // namespace
}  // namespace pagelab
