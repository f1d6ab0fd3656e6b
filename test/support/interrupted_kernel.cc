#include "pagelab/test/support/interrupted_kernel.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/request.h"
#include "pagelab/base/check.h"

namespace pagelab {
namespace {

constexpr size_t kMostInBatch = 15;
constexpr uint64_t kMostInInterrupt = 3;
constexpr size_t kKeptBlocks = 1500;

// Ascending with node and index, as in a real machine.
uint64_t ZoneAddress(int zone) {
  return 0xffff888000000000 + static_cast<uint64_t>(zone) * 0x680;
}

std::string Marker(int slot) {
  return fmt::format(
      "     migration/0-19      [000] d..1.     1.000000: snap_stopped: "
      "pagelab snap slot={} label=T{}\n",
      slot, slot);
}

}  // namespace

InterruptedKernel::InterruptedKernel(TinyMachine& machine, uint64_t seed,
                                     const InterruptRates& rates)
    : machine_(machine),
      allocator_(*machine.state),
      random_(seed),
      rates_(rates) {
  tasks_[0].pid = 100;
  tasks_[1].pid = 200;
  worker_.pid = 9;
  context_.task = &tasks_[0];
  PAGELAB_CHECK(AttachTrace(*machine.state, *this).ok());
}

InterruptedKernel::~InterruptedKernel() { DetachTrace(*machine_.state); }

bool InterruptedKernel::Happens(uint64_t per_thousand) {
  return random_.Uniform(1000) < per_thousand;
}

void InterruptedKernel::Run(uint64_t operations) {
  for (uint64_t i = 0; i < operations; ++i) {
    ++done_;
    Operate();
    if (rates_.other_cpu != 0 && Happens(300)) OtherCpu();
    if (Happens(rates_.tick)) Tick();
  }
}

void InterruptedKernel::Operate() {
  if (Happens(rates_.between)) Interrupt(nullptr);
  // The number of blocks swings, so that lists run empty and overflow.
  const bool grow = random_.Uniform(kKeptBlocks) >= blocks_.size() / 2 &&
                    done_ / (kKeptBlocks / 2) % 2 == 0;
  if (blocks_.size() < kMostInBatch || grow || Happens(300)) {
    Allocate();
  } else if (Happens(500)) {
    FreeBatch();
  } else {
    Free();
  }
}

void InterruptedKernel::OtherCpu() {
  if (other_runs_) return;
  const ExecutionContext here = context_;
  other_runs_ = true;
  context_.cpu = CpuId(1 - here.cpu.value());
  context_.task = &tasks_[1];
  context_.level = InterruptLevel::kTask;
  const uint64_t operations = random_.UniformBetween(1, 4);
  for (uint64_t i = 0; i < operations; ++i) Operate();
  context_ = here;
  other_runs_ = false;
}

void InterruptedKernel::Tick() {
  Task* task = std::exchange(context_.task, &worker_);
  // Remote lists expire after three ticks in which nothing happened.
  const int ticks = Happens(200) ? 4 : 1;
  for (int i = 0; i < ticks; ++i) {
    allocator_.VmstatUpdate(context_, context_.cpu);
  }
  context_.task = task;
}

void InterruptedKernel::Allocate() {
  const Order order(static_cast<int>(random_.Uniform(8) == 0));
  Gfp gfp = Happens(500) ? gfp::kHighuserMovable : gfp::kKernel;
  NodeId node = machine_.state->cpu_node[context_.cpu.value()];
  if (Happens(rates_.other_node)) {
    node = machine_.state->nodes[machine_.state->nr_nodes - 1].id;
    if (Happens(500)) gfp = gfp.With(gfp::kThisnode);
  }
  const AllocControl ac =
      ControlFor(*machine_.state, context_,
                 {.gfp = gfp, .order = order, .node = node}, gfp);
  refilled_ = false;
  Page* page = allocator_.GetPageFromFreelist(
      context_, ac,
      FastPathFlags(RouteFor(machine_.state->nodes[node.value()], gfp), gfp));
  PAGELAB_CHECK(page != nullptr);
  if (refilled_) {
    if (Happens(rates_.after_refill)) {
      Interrupt(&machine_.state->ZoneOf(*page));
    }
  } else if (Happens(rates_.after_pop)) {
    ++rare_;
    Interrupt(nullptr);
  }
  if (Happens(rates_.other_cpu)) OtherCpu();
  if (!other_runs_ && Happens(rates_.migration)) {
    ++rare_;
    context_.cpu = CpuId(1 - context_.cpu.value());
  }
  allocator_.TraceAlloc(context_, page, ac);
  blocks_.push_back({machine_.memory->PfnOf(page), order});
}

InterruptedKernel::Block InterruptedKernel::TakeOne() {
  const size_t index = random_.Uniform(blocks_.size());
  std::swap(blocks_[index], blocks_.back());
  const Block block = blocks_.back();
  blocks_.pop_back();
  return block;
}

void InterruptedKernel::Free() {
  const Block block = TakeOne();
  Page& page = *machine_.memory->PageAt(block.pfn);
  allocator_.FreePrepare(context_, page, block.order);
  if (Happens(rates_.before_commit)) {
    ++rare_;
    Interrupt(nullptr);
  }
  if (Happens(rates_.other_cpu)) OtherCpu();
  allocator_.FreeCommit(context_, page, block.order);
}

void InterruptedKernel::FreeBatch() {
  std::vector<Block> batch;
  const uint64_t size = random_.UniformBetween(2, kMostInBatch);
  for (uint64_t i = 0; i < size && !blocks_.empty(); ++i) {
    batch.push_back(TakeOne());
  }
  for (const Block& block : batch) {
    allocator_.FreePrepare(context_, *machine_.memory->PageAt(block.pfn),
                           block.order);
  }
  for (size_t i = 0; i < batch.size(); ++i) {
    OnEvent(context_, MmPageFreeBatched{.pfn = batch[i].pfn});
    if (Happens(rates_.other_cpu)) OtherCpu();
    allocator_.FreeCommit(context_, *machine_.memory->PageAt(batch[i].pfn),
                          batch[i].order);
    const bool last = i + 1 == batch.size();
    Zone& zone = machine_.state->ZoneOf(*machine_.memory->PageAt(batch[i].pfn));
    const bool same_zone =
        !last && &zone == &machine_.state->ZoneOf(
                              *machine_.memory->PageAt(batch[i + 1].pfn));
    if (same_zone && Happens(rates_.in_batch)) Interrupt(&zone);
    if (last && Happens(rates_.at_batch_end)) {
      ++rare_;
      Interrupt(&zone);
    }
  }
}

// A softirq that gives memory back.
void InterruptedKernel::Interrupt(Zone* locked) {
  const InterruptLevel level =
      std::exchange(context_.level, InterruptLevel::kSoftirq);
  const auto cpu = context_.cpu.value();
  if (locked != nullptr) locked->pcp[cpu].locked = true;
  const uint64_t frees = random_.UniformBetween(1, kMostInInterrupt);
  for (uint64_t i = 0; i < frees && !blocks_.empty(); ++i) {
    const Block block = TakeOne();
    Page& page = *machine_.memory->PageAt(block.pfn);
    allocator_.FreePrepare(context_, page, block.order);
    allocator_.FreeCommit(context_, page, block.order);
  }
  if (locked != nullptr) locked->pcp[cpu].locked = false;
  context_.level = level;
}

std::string InterruptedKernel::Text() const {
  return "# tracer: nop\n" + Marker(0) + text_ + Marker(1);
}

void InterruptedKernel::Line(const std::string& event) {
  ++microseconds_;
  text_ += fmt::format(
      "     {:>11}-{}     [{:03}] ..{}..{:6}.{:06}: {}\n",
      context_.task == &worker_ ? "kworker/0:1" : "test", context_.task->pid,
      context_.cpu.value(), context_.level == InterruptLevel::kTask ? '.' : 's',
      microseconds_ / 1'000'000, microseconds_ % 1'000'000, event);
}

void InterruptedKernel::OnEvent(const ExecutionContext&,
                                const MmPageAlloc& event) {
  Line(
      fmt::format("mm_page_alloc: page=0 pfn={:#x} order={} migratetype={} "
                  "gfp_flags={}",
                  event.pfn.value(), event.order.value(),
                  Index(event.migratetype), ToString(event.gfp)));
}

void InterruptedKernel::OnEvent(const ExecutionContext&,
                                const MmPageFree& event) {
  Line(fmt::format("mm_page_free: page=0 pfn={:#x} order={}", event.pfn.value(),
                   event.order.value()));
}

void InterruptedKernel::OnEvent(const ExecutionContext&,
                                const MmPageFreeBatched& event) {
  Line(fmt::format("mm_page_free_batched: page=0 pfn={:#x} order=0",
                   event.pfn.value()));
}

void InterruptedKernel::OnEvent(const ExecutionContext&,
                                const MmPageAllocZoneLocked& event) {
  refilled_ = true;
  Line(
      fmt::format("mm_page_alloc_zone_locked: page=0 pfn={:#x} order={} "
                  "migratetype={} percpu_refill={}",
                  event.pfn.value(), event.order.value(),
                  Index(event.migratetype), event.percpu_refill ? 1 : 0));
}

void InterruptedKernel::OnEvent(const ExecutionContext&,
                                const MmPagePcpuDrain& event) {
  Line(fmt::format(
      "mm_page_pcpu_drain: page=0 pfn={:#x} order={} "
      "migratetype={}",
      event.pfn.value(), event.order.value(), Index(event.migratetype)));
}

void InterruptedKernel::OnEvent(const ExecutionContext&,
                                const MmPageAllocExtfrag& event) {
  refilled_ = true;
  constexpr int kPageblockOrder = 9;
  Line(fmt::format(
      "mm_page_alloc_extfrag: page=0 pfn={:#x} alloc_order={} "
      "fallback_order={} pageblock_order={} alloc_migratetype={} "
      "fallback_migratetype={} fragmenting={} change_ownership={}",
      event.pfn.value(), event.alloc_order.value(),
      event.fallback_order.value(), kPageblockOrder,
      Index(event.alloc_migratetype), Index(event.fallback_migratetype),
      event.fallback_order.value() < kPageblockOrder ? 1 : 0,
      event.change_ownership ? 1 : 0));
}

void InterruptedKernel::OnProbe(const ExecutionContext&,
                                const DecayPcpHighProbe& probe) {
  Line(
      fmt::format("decay_pcp_high: (decay_pcp_high+0x4/0x90) zone={:#x} "
                  "pcp=0x0 high={}",
                  ZoneAddress(probe.zone), probe.high));
}

void InterruptedKernel::OnProbe(const ExecutionContext&,
                                const DrainZonePagesProbe& probe) {
  Line(
      fmt::format("drain_zone_pages: (drain_zone_pages+0x0/0x70) zone={:#x} "
                  "pcp=0x0",
                  ZoneAddress(probe.zone)));
}

}  // namespace pagelab
