// A booted machine whose memory is reclaimed: who is attached, the file that
// asks for it, and what a checkpoint holds.

#include <string>
#include <vector>

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr std::string_view kDropCaches = "/proc/sys/vm/drop_caches";

Machine Booted() {
  MachineConfig config;
  config.name = "test";
  config.memory_map = {{{0, uint64_t{64} << 20}, true}};
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  REQUIRE(machine.ok());
  return *std::move(machine);
}

// Whose every folio can go at once.
class Generous : public PageUsers {
 public:
  explicit Generous(Machine& machine) : machine_(machine) {}
  int TakeReferences(Page&) override { return 0; }
  Eviction Evict(ExecutionContext&, Page&) override {
    ++evicted;
    return Eviction::kFreed;
  }
  PageCount ShrinkSlab(ExecutionContext&, NodeId, int priority) override {
    if (priority == 0) ++slab_calls;
    return PageCount(0);
  }
  bool IsPinned(const Page&) const override { return false; }
  bool Move(ExecutionContext&, Page&, Page&) override { return false; }
  void ForEachProcess(
      absl::FunctionRef<void(const OomCandidate&)>) const override {}
  void Kill(ExecutionContext&, Task&) override {}
  void Spend(ExecutionContext& context, Nanoseconds duration) override {
    machine_.clock().Advance(duration);
    context.now = machine_.clock().now();
  }

  int evicted = 0;
  int slab_calls = 0;

 private:
  Machine& machine_;
};

void UseFiles(Machine& machine, int count) {
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  for (int i = 0; i < count; ++i) {
    Page* page = machine.AllocPages(context, gfp::kHighuserMovable, Order(0));
    REQUIRE(page != nullptr);
    AddToLru(machine.state(), *page, PageCount(1));
  }
}

absl::Status WriteTo(Machine& machine, std::string_view data) {
  auto file = machine.File(kDropCaches);
  REQUIRE(file.ok());
  return (*file)->Write(data).status();
}

TEST_CASE("DropCaches: 1 is the page cache, 2 is slab, 3 is both",
          "[sim][reclaim]") {
  Machine machine = Booted();
  Generous users(machine);
  machine.AttachUsers(&users);
  UseFiles(machine, 50);
  CHECK(WriteTo(machine, "2\n").ok());
  CHECK(users.evicted == 0);
  CHECK(users.slab_calls == 1);
  CHECK(WriteTo(machine, "1").ok());
  CHECK(users.evicted == 50);
  CHECK(users.slab_calls == 1);
  UseFiles(machine, 5);
  CHECK(WriteTo(machine, "3").ok());
  CHECK(users.evicted == 55);
  CHECK(users.slab_calls == 2);
  CHECK(machine.state().events.count(VmEvent::kDropPagecache) == 2);
  CHECK(machine.state().events.count(VmEvent::kDropSlab) == 2);
  CHECK(machine.dmesg().back().find("swapper (0): drop_caches: 3") !=
        std::string::npos);
  CHECK(Verify(machine.state()).empty());
}

TEST_CASE("DropCaches: other words are refused, and it cannot be read",
          "[sim][reclaim]") {
  Machine machine = Booted();
  const auto message = [](const absl::Status& status) {
    return std::string(status.message());
  };
  CHECK(message(WriteTo(machine, "5")) ==
        "EINVAL: must be 1, 2, 3 or 4, got \"5\"");
  CHECK(message(WriteTo(machine, "12")) ==
        "EINVAL: must be 1, 2, 3 or 4, got \"12\"");
  auto file = machine.File(kDropCaches);
  REQUIRE(file.ok());
  char byte = 0;
  CHECK(message((*file)->Read(absl::MakeSpan(&byte, 1)).status()) ==
        "EACCES: the file can only be written");
  // Nobody uses memory: nothing to drop.
  CHECK(WriteTo(machine, "1").ok());
  // 4 keeps it quiet.
  const size_t lines = machine.dmesg().size();
  CHECK((*file)->Write("4").ok());
  CHECK(machine.dmesg().size() == lines);
}

TEST_CASE("Machine: reclaims from attached users, and fails without",
          "[sim][reclaim]") {
  Machine machine = Booted();
  Generous users(machine);
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  const auto fill = [&machine, &context] {
    int pages = 0;
    while (Page* page = machine.AllocPages(
               context, gfp::kHighuserMovable.With(gfp::kNowarn), Order(0))) {
      AddToLru(machine.state(), *page, PageCount(1));
      if (++pages == 40'000) break;
    }
    return pages;
  };
  CHECK(fill() < 20'000);
  machine.AttachUsers(&users);
  // More than there is.
  CHECK(fill() == 40'000);
  CHECK(machine.state().events.count(VmEvent::kPgstealDirect) > 20'000);
  machine.AttachUsers(nullptr);
  CHECK(fill() < 20'000);
  CHECK(Verify(machine.state()).empty());
}

TEST_CASE("Machine: a checkpoint holds where kswapd stands", "[sim][reclaim]") {
  Machine machine = Booted();
  Generous users(machine);
  machine.AttachUsers(&users);
  UseFiles(machine, 9000);
  Node& node = machine.state().nodes[0];
  for (Zone& zone : machine.state().all_zones()) {
    if (zone.populated()) zone.watermark_boost = 100;
  }
  Task& kswapd = machine.NewTask("kswapd0", 32, 32);
  ExecutionContext context = machine.ContextOf(kswapd);
  machine.reclaim().WakeKswapd(context, machine.state().zones[1], Gfp(),
                               Order(0), 1);
  REQUIRE(machine.reclaim().RunKswapd(context, node));
  const Machine::CheckpointPtr saved = machine.Save();
  const auto finish = [&] {
    ExecutionContext turn = machine.ContextOf(kswapd);
    while (machine.reclaim().RunKswapd(turn, node)) {
    }
    return std::vector<uint64_t>{
        machine.state().events.count(VmEvent::kPgstealKswapd),
        machine.state().events.count(VmEvent::kPageoutrun),
        static_cast<uint64_t>(machine.state().zones[1].watermark_boost),
        machine.clock().now().value()};
  };
  const std::vector<uint64_t> first = finish();
  CHECK(first[0] > 0);
  CHECK(first[2] == 0);
  machine.Restore(*saved);
  CHECK(machine.state().zones[1].watermark_boost == 100);
  CHECK(machine.state().users == &users);
  CHECK(finish() == first);
}

}  // namespace
}  // namespace pagelab
