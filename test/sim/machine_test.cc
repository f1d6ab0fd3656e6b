#include "pagelab/sim/machine.h"

#include <algorithm>
#include <string>
#include <vector>

#include "pagelab/alloc/verify.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

MachineConfig SmallMachine(const std::string& command_line) {
  MachineConfig config;
  config.name = "small";
  config.memory_map = {{.range = {kMiB, 64 * kMiB}}};
  config.command_line = command_line;
  return config;
}

Machine Booted(const MachineConfig& config) {
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  INFO(machine.status().ToString());
  REQUIRE(machine.ok());
  return *std::move(machine);
}

// Every file of the machine, one after the other.
std::string AllFiles(Machine& machine) {
  std::string all;
  for (const std::string& path : Machine::FilePaths()) {
    absl::StatusOr<std::unique_ptr<SimFile>> file = machine.File(path);
    if (!file.ok()) continue;
    StringOutput out;
    REQUIRE((*file)->Dump(out).ok());
    all += path + "\n" + out.text();
  }
  return all;
}

// Allocates and frees at random, with stacks that the machine has not seen.
void RunTraffic(Machine& machine, uint64_t seed, int steps) {
  Random random(seed);
  Task& task = machine.NewTask("traffic", 100, 100);
  std::vector<std::pair<Page*, Order>> held;
  for (int i = 0; i < steps; ++i) {
    ExecutionContext context = machine.ContextOf(task);
    const absl::StatusOr<SimAddress> frame = machine.symbols().InternFrame(
        "traffic_" + std::to_string(random.Uniform(40)) + "+0x10/0x20");
    REQUIRE(frame.ok());
    context.frames = absl::MakeConstSpan(&*frame, 1);
    if (held.empty() || random.Bernoulli(0.6)) {
      const Order order(static_cast<int>(random.Uniform(4)));
      Page* page = machine.AllocPages(
          context, random.Bernoulli(0.5) ? gfp::kKernel : gfp::kHighuserMovable,
          order);
      if (page != nullptr) held.emplace_back(page, order);
    } else {
      const size_t pick = random.Uniform(held.size());
      CHECK(machine.FreePages(context, held[pick].first, held[pick].second));
      held[pick] = held.back();
      held.pop_back();
    }
  }
}

TEST_CASE("Machine: restored from a checkpoint it runs to the same bytes",
          "[sim][machine]") {
  Machine machine = Booted(SmallMachine("page_owner=on"));
  RunTraffic(machine, 1, 2000);
  const std::string at_checkpoint = AllFiles(machine);
  const Machine::CheckpointPtr checkpoint = machine.Save();

  RunTraffic(machine, 2, 3000);
  const std::string first = AllFiles(machine);
  CHECK(first != at_checkpoint);

  machine.Restore(*checkpoint);
  CHECK(AllFiles(machine) == at_checkpoint);
  CHECK(Verify(machine.state()).empty());
  RunTraffic(machine, 2, 3000);
  CHECK(AllFiles(machine) == first);
  CHECK(Verify(machine.state()).empty());
}

TEST_CASE("Machine: a checkpoint can be restored more than once",
          "[sim][machine]") {
  Machine machine = Booted(SmallMachine("page_owner=on"));
  const Machine::CheckpointPtr checkpoint = machine.Save();
  const std::string before = AllFiles(machine);
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    RunTraffic(machine, seed, 500);
    machine.Restore(*checkpoint);
    CHECK(AllFiles(machine) == before);
  }
}

TEST_CASE("Machine: two machines do not know of each other", "[sim][machine]") {
  Machine tracked = Booted(SmallMachine("page_owner=on"));
  Machine plain = Booted(SmallMachine("page_owner=off"));
  RunTraffic(tracked, 7, 500);
  RunTraffic(plain, 7, 500);
  CHECK(tracked.page_owner() != nullptr);
  CHECK(plain.page_owner() == nullptr);
  CHECK(plain.page_ext() == nullptr);
  CHECK_FALSE(plain.File("/sys/kernel/debug/page_owner").ok());
  CHECK(Verify(tracked.state()).empty());
  CHECK(Verify(plain.state()).empty());

  const std::string alone = AllFiles(plain);
  tracked = Booted(SmallMachine("page_owner=on"));
  CHECK(AllFiles(plain) == alone);
}

TEST_CASE("Machine: one configuration boots to the same bytes each time",
          "[sim][machine]") {
  Machine first = Booted(SmallMachine("page_owner=on"));
  Machine second = Booted(SmallMachine("page_owner=on"));
  RunTraffic(first, 3, 1000);
  RunTraffic(second, 3, 1000);
  CHECK(AllFiles(first) == AllFiles(second));
}

TEST_CASE("Machine: running out of memory is an answer", "[sim][machine]") {
  Machine machine = Booted(SmallMachine("page_owner=off"));
  Task& task = machine.NewTask("hog", 5, 5);
  ExecutionContext context = machine.ContextOf(task);
  std::vector<Page*> pages;
  while (Page* page = machine.AllocPages(context, gfp::kKernel, Order(0))) {
    pages.push_back(page);
  }
  CHECK(pages.size() > 8000);
  CHECK(Verify(machine.state()).empty());
  const std::vector<std::string>& dmesg = machine.dmesg();
  CHECK(std::any_of(dmesg.begin(), dmesg.end(), [](const std::string& line) {
    return line.find(
               "hog: page allocation failure: order:0, "
               "mode:0xcc0(GFP_KERNEL)") != std::string::npos;
  }));
  for (Page* page : pages) machine.FreePages(context, page, Order(0));
  CHECK(machine.AllocPages(context, gfp::kKernel, Order(0)) != nullptr);
  CHECK(Verify(machine.state()).empty());
}

TEST_CASE("Machine: says why a configuration makes no machine",
          "[sim][machine]") {
  MachineConfig config = SmallMachine("");
  config.memory_map.clear();
  CHECK(Machine::Boot(config).status().message() ==
        "machine 'small': memory_map has no usable memory (frame 0 and "
        "0xa0000-0xfffff do not count)");

  config = SmallMachine("");
  config.cpus = 0;
  CHECK(Machine::Boot(config).status().message() ==
        "machine 'small': no node has a CPU");

  config = SmallMachine("");
  config.reserved = {{.what = "firmware", .address = {}, .bytes = 1024 * kMiB}};
  CHECK(Machine::Boot(config).status().message() ==
        "machine 'small': no room in memory for 'firmware', 1073741824 bytes");

  config = SmallMachine("");
  config.boot_frees = {{.what = "initrd", .range = {2 * kMiB, 3 * kMiB}}};
  CHECK(Machine::Boot(config).status().message() ==
        "machine 'small': boot_frees 'initrd': frame 0x200 is not reserved "
        "boot memory");

  config = SmallMachine("");
  config.early_allocations = {{.what = "tables",
                               .count = 1000000,
                               .order = Order(0),
                               .gfp = gfp::kKernel}};
  CHECK(Machine::Boot(config).status().message() ==
        "machine 'small': no memory left for the early allocation of "
        "'tables'");
}

TEST_CASE("Machine: movablecore= carves zone Movable from the top",
          "[sim][machine]") {
  MachineConfig config = SmallMachine("movablecore=16M");
  Machine machine = Booted(config);
  const Zone& movable = machine.state().zones[Index(ZoneType::kMovable)];
  const Zone& dma32 = machine.state().zones[Index(ZoneType::kDma32)];
  CHECK(movable.populated());
  CHECK(movable.span.begin.IsAlignedTo(Order(kMaxPageOrder)));
  CHECK(movable.span.end == Pfn(0x4000));
  CHECK(movable.span.size() <= PageCount(0x1000));
  CHECK(dma32.span.end == movable.span.begin);

  Task& task = machine.NewTask("user", 9, 9);
  ExecutionContext context = machine.ContextOf(task);
  const Page* user =
      machine.AllocPages(context, gfp::kHighuserMovable, Order(0));
  const Page* kernel = machine.AllocPages(context, gfp::kKernel, Order(0));
  CHECK(movable.span.Contains(machine.memory().PfnOf(user)));
  CHECK_FALSE(movable.span.Contains(machine.memory().PfnOf(kernel)));
}

}  // namespace
}  // namespace pagelab
