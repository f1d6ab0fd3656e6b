#include "pagelab/owner/page_owner.h"

#include <algorithm>
#include <array>

#include "pagelab/base/check.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr uint32_t kMaxStackDepth = 64;
// Host frames that are looked through for functions of the simulated kernel.
constexpr size_t kMaxHostFrames = 128;
// The mask of the stack that a free saves.
constexpr Gfp kFreeStackGfp = gfp::kNowait.With(gfp::kNowarn);

}  // namespace

PageOwner::PageOwner(const Dependencies& dependencies, bool enabled,
                     const PageOwnerProfile& profile)
    : state_(dependencies.state),
      hooks_(dependencies.hooks),
      page_ext_(dependencies.page_ext),
      depot_(dependencies.depot),
      symbols_(dependencies.symbols),
      pages_(dependencies.pages),
      log_(dependencies.log),
      profile_(profile),
      enabled_(enabled) {
  PAGELAB_CHECK_LE(profile_.stack_depth, kMaxStackDepth);
  client_ = page_ext_.AddClient(
      {.name = "page_owner",
       .size = sizeof(PageOwnerRecord),
       .need_shared_flags = true,
       .need = [this] { return enabled_; },
       .init = [this](ExecutionContext& context) { return Init(context); }});
}

PageOwner::~PageOwner() { hooks_.Remove(*this); }

void PageOwner::LateInit() {
  if (!inited_) log_.Printk("page_owner is disabled");
}

template <typename Fn>
void PageOwner::ForEachEntry(Pfn head, Order order, Fn&& fn) {
  std::byte* entry = page_ext_.Lookup(head);
  if (entry == nullptr) return;
  const uint64_t section_mask = state_.memory->pages_per_section().value() - 1;
  for (uint64_t i = 1;; ++i) {
    fn(entry);
    if (i == order.pages()) return;
    entry += page_ext_.entry_size();
    const Pfn pfn = head + PageCount(i);
    // Only on machines whose sections are smaller than the largest block.
    if ((pfn.value() & section_mask) == 0) [[unlikely]] {
      entry = page_ext_.Lookup(pfn);
      if (entry == nullptr) return;
    }
  }
}

void PageOwner::OnAlloc(ExecutionContext& context, Pfn head, Order order,
                        Gfp gfp) {
  const StackHandle stack = SaveStack(context, alloc_frames_, gfp);
  if (page_ext_.Lookup(head) == nullptr) return;
  const Task& task = *context.task;
  ForEachEntry(head, order, [&](std::byte* entry) {
    PageOwnerRecord& record = RecordOf(entry);
    record.order = static_cast<uint16_t>(order.value());
    record.last_migrate_reason = static_cast<int16_t>(MigrateReason::kNone);
    record.gfp_mask = gfp.value();
    record.handle = stack.value();
    record.ts_nsec = context.now.value();
    record.comm = task.comm;
    record.pid = task.pid;
    record.tgid = task.tgid;
    FlagsOf(entry) |= kPageExtOwner | kPageExtOwnerAllocated;
  });
  CountPages(context, stack, gfp, order.pages());
}

void PageOwner::OnFree(ExecutionContext& context, Pfn head, Order order) {
  std::byte* head_entry = page_ext_.Lookup(head);
  if (head_entry == nullptr) return;
  const StackHandle alloc_stack(RecordOf(head_entry).handle);
  const StackHandle free_stack =
      SaveStack(context, free_frames_, kFreeStackGfp);
  const Task& task = *context.task;
  ForEachEntry(head, order, [&](std::byte* entry) {
    PageOwnerRecord& record = RecordOf(entry);
    // With the depot off no handle is valid, and pages stay allocated.
    if (free_stack.valid()) {
      FlagsOf(entry) &= ~kPageExtOwnerAllocated;
      record.free_handle = free_stack.value();
    }
    record.free_ts_nsec = context.now.value();
    record.free_pid = task.pid;
    record.free_tgid = task.tgid;
  });
  if (alloc_stack != early_) UncountPages(alloc_stack, order.pages());
}

void PageOwner::OnSplit(Pfn head, Order old_order, Order new_order) {
  ForEachEntry(head, old_order, [&](std::byte* entry) {
    RecordOf(entry).order = static_cast<uint16_t>(new_order.value());
  });
}

void PageOwner::OnMigrate(ExecutionContext& context, Pfn from, Pfn to) {
  std::byte* from_entry = page_ext_.Lookup(from);
  std::byte* to_entry = page_ext_.Lookup(to);
  if (from_entry == nullptr || to_entry == nullptr) return;
  const PageOwnerRecord old = RecordOf(from_entry);
  const uint32_t target_stack = RecordOf(to_entry).handle;
  const Order order(old.order);
  ForEachEntry(to, order, [&](std::byte* entry) {
    PageOwnerRecord& record = RecordOf(entry);
    record.order = old.order;
    record.last_migrate_reason = old.last_migrate_reason;
    record.gfp_mask = old.gfp_mask;
    record.handle = old.handle;
    record.ts_nsec = old.ts_nsec;
    record.comm = old.comm;
    record.pid = old.pid;
    record.tgid = old.tgid;
    record.free_ts_nsec = old.free_ts_nsec;
    // The kernel ignores the old ids here.
    record.free_pid = context.task->pid;
    record.free_tgid = context.task->tgid;
    FlagsOf(entry) |= kPageExtOwner | kPageExtOwnerAllocated;
  });
  // The old block is freed later: then the stack that was counted for the new
  // one is the one to be subtracted from.
  ForEachEntry(from, order, [&](std::byte* entry) {
    RecordOf(entry).handle = target_stack;
  });
}

void PageOwner::OnMigrateReason(Pfn head, MigrateReason reason) {
  std::byte* entry = page_ext_.Lookup(head);
  if (entry == nullptr) return;
  RecordOf(entry).last_migrate_reason = static_cast<int16_t>(reason);
}

size_t PageOwner::Capture(const ExecutionContext& context,
                          absl::Span<SimAddress> frames) const {
  if (context.stack_kind == StackKind::kHost) {
    if (host_.unwinder == nullptr || host_.translator == nullptr) return 0;
    std::array<uintptr_t, kMaxHostFrames> host;
    const size_t depth = host_.unwinder->Capture(absl::MakeSpan(host));
    return host_.translator->Translate(
        absl::Span<const uintptr_t>(host.data(), depth), symbols_, frames);
  }
  const size_t count = std::min(frames.size(), context.frames.size());
  std::copy_n(context.frames.begin(), count, frames.begin());
  return count;
}

// Section 4.6.
StackHandle PageOwner::SaveStack(ExecutionContext& context,
                                 absl::Span<const SimAddress> own_frames,
                                 Gfp gfp) {
  Task& task = *context.task;
  if (task.in_tracker) return dummy_;
  task.in_tracker = true;
  std::array<SimAddress, kMaxStackDepth> frames;
  const absl::Span<SimAddress> all(frames.data(), profile_.stack_depth);
  const size_t own = std::min(own_frames.size(), all.size());
  std::copy_n(own_frames.begin(), own, all.begin());
  const size_t depth = own + Capture(context, all.subspan(own));
  StackHandle stack = depot_.Save(context, all.first(depth), gfp);
  if (!stack.valid()) stack = failure_;
  task.in_tracker = false;
  return stack;
}

void PageOwner::CountPages(ExecutionContext& context, StackHandle stack,
                           Gfp gfp, uint64_t nr_base_pages) {
  if (!stack.valid()) return;
  if (depot_.Refcount(stack) == StackDepot::kRefcountSaturated) {
    depot_.SetRefcount(stack, 1);
    AddToList(context, stack, gfp);
  }
  depot_.AddRefcount(stack, static_cast<int64_t>(nr_base_pages));
}

void PageOwner::UncountPages(StackHandle stack, uint64_t nr_base_pages) {
  if (!stack.valid()) return;
  if (depot_.AddRefcount(stack, -static_cast<int64_t>(nr_base_pages)) != 0) {
    return;
  }
  std::string line = "dec_stack_record_count: refcount went to 0 for ";
  AppendDecimal(line, stack.value());
  line += " handle";
  log_.Printk(line);
}

void PageOwner::AddToList(ExecutionContext& context, StackHandle stack,
                          Gfp gfp) {
  if (list_.free_nodes == 0) {
    context.task->in_tracker = true;
    const AllocSiteScope slab(context, AllocSite::kSlab);
    const std::optional<Pfn> page = pages_.AllocBlock(
        context, NestedGfp(gfp).With(gfp::kComp), Order(0), NodeId());
    context.task->in_tracker = false;
    if (!page.has_value()) return;
    ++list_.pages;
    list_.free_nodes =
        static_cast<uint32_t>(kPageSize / profile_.list_node_bytes);
  }
  --list_.free_nodes;
  list_.stacks.push_back(stack);
}

int64_t PageOwner::BasePagesOf(StackHandle stack) const {
  return stack.valid() ? int64_t{depot_.Refcount(stack)} - 1 : 0;
}

void PageOwner::AppendStack(std::string& out, StackHandle handle) const {
  for (SimAddress frame : depot_.Fetch(handle)) {
    out += ' ';
    symbols_.AppendSymbol(out, frame);
    out += '\n';
  }
}

PageOwner::Checkpoint PageOwner::Save() const {
  return {.inited = inited_,
          .offset = offset_,
          .dummy = dummy_,
          .failure = failure_,
          .early = early_,
          .list = list_,
          .count_threshold = count_threshold_};
}

void PageOwner::Restore(const Checkpoint& checkpoint) {
  inited_ = checkpoint.inited;
  offset_ = checkpoint.offset;
  dummy_ = checkpoint.dummy;
  failure_ = checkpoint.failure;
  early_ = checkpoint.early;
  list_ = checkpoint.list;
  count_threshold_ = checkpoint.count_threshold;
}

}  // namespace pagelab
