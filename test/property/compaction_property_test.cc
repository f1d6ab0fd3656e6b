// Random mixes of user pages, kernel pages and free memory, under compaction,
// contiguous ranges and CMA: nothing is lost, everything follows.

#include <map>
#include <set>

#include "pagelab/alloc/compaction/compactor.h"
#include "pagelab/alloc/contig/cma.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/request.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

using Findings = std::vector<std::string>;

// What a tracker knows of blocks in use: by head, the number of the allocation.
class Tracker final : public AllocationHooks {
 public:
  void OnAlloc(ExecutionContext&, Pfn head, Order order, Gfp) override {
    Put(head, order, ++last_);
  }
  void OnFree(ExecutionContext&, Pfn head, Order) override {
    records_.erase(head.value());
  }
  void OnSplit(Pfn head, Order old_order, Order new_order) override {
    const int number = NumberOf(head);
    for (uint64_t i = 0; i < old_order.pages(); i += new_order.pages()) {
      Put(head + PageCount(i), new_order, number);
    }
  }
  void OnMigrate(ExecutionContext&, Pfn from, Pfn to) override {
    records_[to.value()] = records_.at(from.value());
  }
  void OnMigrateReason(Pfn head, MigrateReason reason) override {
    reasons_.insert(reason);
    CHECK(records_.contains(head.value()));
  }
  int NumberOf(Pfn head) const {
    const auto found = records_.find(head.value());
    return found == records_.end() ? 0 : found->second;
  }
  size_t size() const { return records_.size(); }
  const std::set<MigrateReason>& reasons() const { return reasons_; }

 private:
  void Put(Pfn head, Order, int number) { records_[head.value()] = number; }

  std::map<uint64_t, int> records_;
  std::set<MigrateReason> reasons_;
  int last_ = 0;
};

// Users that keep a book of their folios, which follows every move.
class BookedUsers final : public PageUsers {
 public:
  struct Folio {
    int number = 0;
    uint8_t mark = 0;
    bool pinned = false;
  };

  explicit BookedUsers(AllocatorState& state) : state_(state) {
    state.users = this;
  }
  ~BookedUsers() override { state_.users = nullptr; }

  int TakeReferences(Page&) override { return 0; }
  Eviction Evict(ExecutionContext&, Page& folio) override {
    folio.refcount = 1;
    book.erase(PfnOf(folio));
    return Eviction::kFreed;
  }
  PageCount ShrinkSlab(ExecutionContext&, NodeId, int) override {
    return PageCount(0);
  }
  bool IsPinned(const Page& folio) const override {
    const auto found = book.find(PfnOf(folio));
    return found != book.end() && found->second.pinned;
  }
  bool Move(ExecutionContext&, Page& from, Page& to) override {
    const auto node = book.find(PfnOf(from));
    if (node == book.end()) return false;
    const Folio folio = node->second;
    book.erase(node);
    return book.emplace(PfnOf(to), folio).second;
  }
  void ForEachProcess(
      absl::FunctionRef<void(const OomCandidate&)>) const override {}
  void Kill(ExecutionContext&, Task&) override {}
  void Spend(ExecutionContext& context, Nanoseconds duration) override {
    context.now += duration;
  }

  std::map<uint64_t, Folio> book;

 private:
  uint64_t PfnOf(const Page& page) const {
    return state_.memory->PfnOf(&page).value();
  }

  AllocatorState& state_;
};

// 64 MiB in two zones, with watermarks, a CMA area and some of everything.
class MixedWorld {
 public:
  explicit MixedWorld(uint64_t seed)
      : random_(seed),
        machine_({.memory = TinyMachineOptions::Memory::kRuns,
                  .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x5000)}}}},
                  .reserved = {kCmaFrames},
                  .movablecore = PageCount(0x1000)}),
        compactor_(*machine_.allocator),
        users_(state()),
        area_(*machine_.allocator, {.name = "reserved", .frames = kCmaFrames}) {
    REQUIRE(AttachHooks(state(), tracker_).ok());
    SetupPerCpuPagesets(state());
    area_.Activate(machine_.context);
    InitPerZoneWatermarks(state());
  }
  ~MixedWorld() { DetachHooks(state()); }

  AllocatorState& state() { return *machine_.state; }

  void Step() {
    switch (random_.Uniform(12)) {
      case 0:
      case 1:
      case 2:
        return AllocUsers();
      case 3:
      case 4:
        return AllocKernel();
      case 5:
      case 6:
        return FreeSome(random_.Uniform(2) == 0);
      case 7:
        return Pin();
      case 8:
        if (random_.Uniform(6) == 0) compactor_.CompactAll(machine_.context);
        return CompactDirectly();
      case 9:
        return CompactDirectly();
      case 10:
        return UseRange();
      default:
        return UseCma();
    }
  }

  void Check() {
    CHECK(Verify(state()) == Findings());
    int64_t lru = 0;
    for (const auto& [pfn, folio] : users_.book) {
      const Page& page = *machine_.page(pfn);
      REQUIRE(page.state == PageState::kAllocated);
      REQUIRE(page.flags.Has(page_flag::kLru));
      REQUIRE(tracker_.NumberOf(Pfn(pfn)) == folio.number);
      REQUIRE(machine_.memory->ByteAt(Pfn(pfn), 0) == std::byte{folio.mark});
      lru += static_cast<int64_t>(page.order().pages());
    }
    const Node& node = state().nodes[0];
    CHECK(node.stat[Index(NodeStat::kInactiveAnon)] +
              node.stat[Index(NodeStat::kInactiveFile)] ==
          lru);
    CHECK(node.stat[Index(NodeStat::kIsolatedAnon)] == 0);
    CHECK(node.stat[Index(NodeStat::kIsolatedFile)] == 0);
    CHECK(tracker_.size() == users_.book.size() + kernel_.size() + nr_contig_);
  }

  const Tracker& tracker() const { return tracker_; }

 private:
  static constexpr PfnRange kCmaFrames{Pfn(0x2000), Pfn(0x2800)};

  void AllocUsers() {
    for (uint64_t i = random_.Uniform(1200); i > 0; --i) {
      const int order = random_.Uniform(20) == 0 ? 2 : 0;
      const Gfp gfp = order > 0 ? gfp::kHighuserMovable.With(gfp::kComp)
                                : gfp::kHighuserMovable;
      const uint64_t pfn = machine_.Alloc(gfp, order);
      if (pfn == TinyMachine::NoPfn()) return;
      Page& page = *machine_.page(pfn);
      page.flags = page.flags.With(page_flag::kUptodate);
      if (random_.Uniform(4) != 0) {
        page.flags = page.flags.With(page_flag::kSwapbacked);
      }
      AddToLru(state(), page, PageCount(Order(order).pages()));
      const auto mark = static_cast<uint8_t>(random_.Uniform(255) + 1);
      machine_.memory->WriteByte(Pfn(pfn), 0, std::byte{mark});
      users_.book[pfn] = {.number = tracker_.NumberOf(Pfn(pfn)), .mark = mark};
    }
  }

  void AllocKernel() {
    for (uint64_t i = random_.Uniform(60); i > 0; --i) {
      const int order = static_cast<int>(random_.Uniform(3));
      const uint64_t pfn = machine_.Alloc(gfp::kKernel, order);
      if (pfn == TinyMachine::NoPfn()) return;
      kernel_[pfn] = order;
    }
  }

  void FreeSome(bool kernel) {
    for (uint64_t i = random_.Uniform(900); i > 0; --i) {
      if (kernel) {
        if (kernel_.empty()) return;
        const auto it = Pick(kernel_);
        machine_.FreeBlock(it->first, it->second);
        kernel_.erase(it);
        continue;
      }
      if (users_.book.empty()) return;
      const auto it = Pick(users_.book);
      Page& page = *machine_.page(it->first);
      const int order = page.order().value();
      RemoveFromLru(state(), page, PageCount(Order(order).pages()));
      machine_.FreeBlock(it->first, order);
      users_.book.erase(it);
    }
  }

  template <typename Map>
  typename Map::iterator Pick(Map& map) {
    return std::next(map.begin(),
                     static_cast<ptrdiff_t>(random_.Uniform(map.size())));
  }

  void Pin() {
    for (uint64_t i = random_.Uniform(10); i > 0; --i) {
      if (users_.book.empty()) return;
      auto& folio = Pick(users_.book)->second;
      folio.pinned = !folio.pinned;
    }
  }

  void CompactDirectly() {
    const Order order(3 + static_cast<int>(random_.Uniform(7)));
    const AllocControl ac = ControlFor(
        state(), machine_.context,
        {.gfp = gfp::kHighuserMovable, .order = order}, gfp::kHighuserMovable);
    compactor_.TryToCompact(machine_.context, ac, alloc_flag::kWmarkMin,
                            static_cast<CompactPriority>(random_.Uniform(3)));
    Node& node = state().nodes[0];
    compactor_.WakeKcompactd(machine_.context, node, order, 3);
    compactor_.RunKcompactd(machine_.context, node);
    if (random_.Uniform(3) == 0) compactor_.ResetSkipHints(node);
  }

  void UseRange() {
    const Pfn begin(0x1000 + random_.Uniform(0x3f00));
    const PfnRange range{begin, begin + PageCount(1 + random_.Uniform(900))};
    const bool ok = AllocContigRange(*machine_.allocator, machine_.context,
                                     {.range = range})
                        .ok();
    if (!ok) return;
    nr_contig_ = range.size().value();
    Check();
    nr_contig_ = 0;
    FreeContigRange(*machine_.allocator, machine_.context, range);
  }

  void UseCma() {
    const PageCount count(1 + random_.Uniform(700));
    const CmaResult result = area_.Alloc(
        machine_.context, count, Order(static_cast<int>(random_.Uniform(7))));
    if (!result.ok()) return;
    nr_contig_ = count.value();
    Check();
    nr_contig_ = 0;
    CHECK(
        area_.Release(machine_.context, {result.begin, result.begin + count}));
  }

  Random random_;
  TinyMachine machine_;
  Tracker tracker_;
  Compactor compactor_;
  BookedUsers users_;
  CmaArea area_;
  // Heads of kernel blocks, with their orders.
  std::map<uint64_t, int> kernel_;
  // Frames that the running step holds.
  uint64_t nr_contig_ = 0;
};

TEST_CASE("Compaction: random mixes keep every page and what is known of it",
          "[alloc][compaction][property]") {
  std::set<MigrateReason> reasons;
  VmEvents events;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    MixedWorld world(seed);
    for (int step = 0; step < 300; ++step) {
      CAPTURE(step);
      world.Step();
      world.Check();
    }
    reasons.insert(world.tracker().reasons().begin(),
                   world.tracker().reasons().end());
    for (int event = 0; event < kNrVmEvents; ++event) {
      const auto which = static_cast<VmEvent>(event);
      events.Count(which, world.state().events.count(which));
    }
  }
  CHECK(reasons == std::set<MigrateReason>{MigrateReason::kCompaction,
                                           MigrateReason::kContigRange});
  // Everything happened, and everything failed now and then.
  for (const VmEvent event :
       {VmEvent::kPgmigrateSuccess, VmEvent::kPgmigrateFail,
        VmEvent::kCmaAllocSuccess, VmEvent::kCmaAllocFail,
        VmEvent::kCompactDaemonWake}) {
    CAPTURE(ToString(event));
    CHECK(events.count(event) > 0);
  }
}

}  // namespace
}  // namespace pagelab
