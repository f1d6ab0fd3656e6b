// page_owner on a whole machine: what the files say must agree with what was
// asked for, after any traffic.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "pagelab/base/random.h"
#include "pagelab/owner/dump_writer.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr int kSteps = 3000;

MachineConfig SmallMachine() {
  MachineConfig config;
  config.name = "small";
  config.memory_map = {{.range = {0x1000, 0x9f000}},
                       {.range = {0x100000, 0x4000000}}};
  config.command_line = "page_owner=on";
  config.early_allocations = {{.what = "slab", .count = 3, .order = Order(1)}};
  return config;
}

class Traffic {
 public:
  Traffic(Machine& machine, uint64_t seed)
      : machine_(machine),
        random_(seed),
        task_(machine.NewTask("traffic", 100, 99)) {}

  void Step() {
    const uint64_t leaf = random_.Uniform(300);
    const std::vector<SimAddress> frames = {
        *machine_.symbols().InternFrame("leaf" + std::to_string(leaf) +
                                        "+0x10/0x20"),
        *machine_.symbols().InternFrame("do_syscall_64+0x4b/0x110")};
    ExecutionContext context = machine_.ContextOf(task_);
    context.frames = frames;
    if (held_.empty() || random_.Uniform(5) < 3) {
      const Order order(
          random_.Uniform(4) == 0 ? static_cast<int>(random_.Uniform(6)) : 0);
      const Gfp gfp =
          random_.Uniform(2) == 0 ? gfp::kKernel : gfp::kHighuserMovable;
      Page* page = machine_.AllocPages(context, gfp, order);
      if (page != nullptr) {
        held_[machine_.memory().PfnOf(page).value()] = order;
      }
    } else {
      const auto it = std::next(
          held_.begin(), static_cast<ptrdiff_t>(random_.Uniform(held_.size())));
      machine_.FreePages(context, machine_.memory().PageAt(Pfn(it->first)),
                         it->second);
      held_.erase(it);
    }
  }

  // Pfn to order.
  const std::map<uint64_t, Order>& held() const { return held_; }

 private:
  Machine& machine_;
  Random random_;
  Task& task_;
  std::map<uint64_t, Order> held_;
};

std::string DumpOf(Machine& machine) {
  StringOutput out;
  REQUIRE(DumpWriter(*machine.page_owner(), {}).Write(out).ok());
  return out.text();
}

std::string ReadsOf(Machine& machine) {
  DumpWriter writer(*machine.page_owner(), {});
  std::vector<char> buffer(4096);
  std::string text;
  uint64_t position = 0;
  for (;;) {
    const auto size = writer.ReadRecord(position, absl::MakeSpan(buffer));
    REQUIRE(size.ok());
    if (*size == 0) return text;
    text.append(buffer.data(), *size);
  }
}

struct Sums {
  uint64_t base_pages = 0;
  uint64_t early = 0;
  std::map<uint64_t, Order> of_traffic;
};

Sums SumsOf(const std::string& dump) {
  constexpr std::string_view kHeader = "Page allocated via order ";
  Sums sums;
  for (size_t at = 0; (at = dump.find(kHeader, at)) != std::string::npos;) {
    const int order = std::stoi(dump.substr(at + kHeader.size(), 2));
    const size_t end = dump.find("\n\n", at);
    const std::string_view record = std::string_view(dump).substr(at, end - at);
    sums.base_pages += Order(order).pages();
    if (record.find("register_early_stack") != std::string_view::npos) {
      ++sums.early;
    } else if (record.find(" leaf") != std::string_view::npos) {
      const size_t pfn = record.find("PFN 0x") + 6;
      sums.of_traffic[std::stoull(std::string(record.substr(pfn, 16)), nullptr,
                                  16)] = Order(order);
    }
    at = end;
  }
  return sums;
}

}  // namespace

TEST_CASE("PageOwner: after random traffic the dump is what is held",
          "[owner][page_owner][property]") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    absl::StatusOr<Machine> machine = Machine::Boot(SmallMachine());
    REQUIRE(machine.ok());
    Traffic traffic(*machine, seed);
    for (int i = 0; i < kSteps; ++i) traffic.Step();

    const std::string dump = DumpOf(*machine);
    CHECK((dump == ReadsOf(*machine)));
    const Sums sums = SumsOf(dump);
    CHECK((sums.of_traffic == traffic.held()));
    // page-ext-owner-depot.md 7.1.
    int64_t counted = 0;
    const PageOwner& owner = *machine->page_owner();
    for (StackHandle stack : owner.listed_stacks()) {
      counted += owner.BasePagesOf(stack);
    }
    CHECK(counted == static_cast<int64_t>(sums.base_pages - sums.early));
    // All that the tracker allocated since it is on.
    const PageCount depot = machine->stack_depot().pages_held();
    CHECK(owner.BasePagesOf(owner.dummy_handle()) ==
          static_cast<int64_t>(depot.value() + owner.list_pages().value() - 8));
  }
}

TEST_CASE("PageOwner: going back to a checkpoint and on gives the same bytes",
          "[owner][page_owner][property]") {
  absl::StatusOr<Machine> machine = Machine::Boot(SmallMachine());
  REQUIRE(machine.ok());
  Traffic before(*machine, 7);
  for (int i = 0; i < kSteps; ++i) before.Step();
  const std::string dump = DumpOf(*machine);
  const auto checkpoint = machine->Save();

  const auto go_on = [&machine] {
    Traffic traffic(*machine, 8);
    for (int i = 0; i < kSteps; ++i) traffic.Step();
    return DumpOf(*machine);
  };
  const std::string first = go_on();
  CHECK((first != dump));
  machine->Restore(*checkpoint);
  CHECK((DumpOf(*machine) == dump));
  CHECK((go_on() == first));
}

}  // namespace pagelab
