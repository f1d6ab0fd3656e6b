// Filling and reading the records of each version.

#include <algorithm>

#include "pagelab/base/check.h"
#include "pagelab/owner/page_owner.h"
#include "pagelab/owner/record_layouts.h"

namespace pagelab {
namespace {

// The tracker of the versions that keep `Record`.
template <class Record>
class PageOwnerOf final : public PageOwner {
 public:
  PageOwnerOf(const Dependencies& dependencies, bool enabled,
              const PageOwnerProfile& profile)
      : PageOwner(dependencies, enabled, profile, sizeof(Record)) {}

  void OnAlloc(ExecutionContext& context, Pfn head, Order order,
               Gfp gfp) override;
  void OnFree(ExecutionContext& context, Pfn head, Order order) override;
  void OnSplit(Pfn head, Order old_order, Order new_order) override;
  void OnMigrate(ExecutionContext& context, Pfn from, Pfn to) override;
  void OnMigrateReason(Pfn head, MigrateReason reason) override;
  absl::Span<const SimAddress> InlineFramesAt(Pfn pfn) const override;

 protected:
  PageOwnerRecord Decode(const std::byte* record) const override;
  void RecordEarly(std::byte* entry, const ExecutionContext& context) override;

 private:
  // Everything that a hot page whose stack is known does not need.
  [[gnu::noinline]] void Set(ExecutionContext& context, Pfn head, Order order,
                             Gfp gfp);
  [[gnu::noinline]] void Reset(ExecutionContext& context, Pfn head,
                               Order order);

  Record& RecordOf(std::byte* entry) const {
    return *reinterpret_cast<Record*>(RecordIn(entry));
  }
  // Everything but the stack.
  void FillRequest(Record& record, const ExecutionContext& context,
                   uint32_t gfp_mask, Order order) const;
  static void FillFrames(Record& record, absl::Span<const SimAddress> frames);
};

template <class Record>
void PageOwnerOf<Record>::FillRequest(Record& record,
                                      const ExecutionContext& context,
                                      uint32_t gfp_mask, Order order) const {
  record.order = static_cast<decltype(record.order)>(order.value());
  record.gfp_mask = gfp_mask;
  if constexpr (HasMigrateReason<Record>) {
    record.last_migrate_reason = -1;
  }
  if constexpr (HasTimes<Record>) record.ts_nsec = context.now.value();
  if constexpr (HasTask<Record>) {
    record.comm = context.task->comm;
    record.pid = context.task->pid;
    record.tgid = context.task->tgid;
  }
}

template <class Record>
void PageOwnerOf<Record>::FillFrames(Record& record,
                                     absl::Span<const SimAddress> frames) {
  if constexpr (HoldsFrames<Record>) {
    record.nr_entries = static_cast<uint32_t>(frames.size());
    std::copy(frames.begin(), frames.end(), record.trace_entries.begin());
  }
}

// Section 4.1. The common case calls nobody and saves no registers.
template <class Record>
void PageOwnerOf<Record>::OnAlloc(ExecutionContext& context, Pfn head,
                                  Order order, Gfp gfp) {
  if constexpr (HasFreeTask<Record>) {
    std::byte* entry = page_ext().LookupMapped(head);
    if (order == Order(0) && context.stack_kind == StackKind::kInterned &&
        !context.task->in_tracker && entry != nullptr &&
        CountPages(StackHandle(context.interned), 1)) [[likely]] {
      Record& record = RecordOf(entry);
      FillRequest(record, context, gfp.value(), Order(0));
      record.handle = context.interned;
      FlagsOf(entry) |= set_bits();
      return;
    }
  }
  Set(context, head, order, gfp);
}

template <class Record>
void PageOwnerOf<Record>::Set(ExecutionContext& context, Pfn head, Order order,
                              Gfp gfp) {
  const uint32_t mask = EraGfp(*text().gfp, gfp);
  if constexpr (HasHandle<Record>) {
    const StackHandle stack = SaveStack(context, Event::kAlloc, gfp);
    std::byte* head_entry = page_ext().Lookup(head);
    if (head_entry == nullptr) return;
    ForEachEntry(head_entry, head, RecordedPages(order), [&](std::byte* entry) {
      Record& record = RecordOf(entry);
      FillRequest(record, context, mask, order);
      record.handle = stack.value();
      FlagsOf(entry) |= set_bits();
    });
    const auto pages = static_cast<int32_t>(order.pages());
    if (rules().counts_stacks && !CountPages(stack, pages)) {
      CountPagesSlowly(context, stack, gfp, pages);
    }
  } else {
    std::array<SimAddress, kInlineFrames> frames;
    const size_t depth = CaptureAlloc(context, absl::MakeSpan(frames));
    std::byte* head_entry = page_ext().Lookup(head);
    if (head_entry == nullptr) return;
    ForEachEntry(head_entry, head, RecordedPages(order), [&](std::byte* entry) {
      Record& record = RecordOf(entry);
      FillRequest(record, context, mask, order);
      FillFrames(record, absl::MakeConstSpan(frames.data(), depth));
      FlagsOf(entry) |= set_bits();
    });
  }
}

// Section 4.2.
template <class Record>
void PageOwnerOf<Record>::OnFree(ExecutionContext& context, Pfn head,
                                 Order order) {
  if constexpr (HasFreeTask<Record>) {
    std::byte* entry = page_ext().LookupMapped(head);
    if (order == Order(0) && context.stack_kind == StackKind::kInterned &&
        !context.task->in_tracker && context.interned != 0 &&
        entry != nullptr &&
        UncountPages(StackHandle(RecordOf(entry).handle), 1)) [[likely]] {
      Record& record = RecordOf(entry);
      FlagsOf(entry) &= ~rules().allocated_bit;
      record.free_handle = context.interned;
      record.free_ts_nsec = context.now.value();
      record.free_pid = context.task->pid;
      record.free_tgid = context.task->tgid;
      return;
    }
  }
  Reset(context, head, order);
}

template <class Record>
void PageOwnerOf<Record>::Reset(ExecutionContext& context, Pfn head,
                                Order order) {
  std::byte* head_entry = page_ext().Lookup(head);
  if (head_entry == nullptr) return;
  if constexpr (HasFreeHandle<Record>) {
    const StackHandle alloc_stack(RecordOf(head_entry).handle);
    const StackHandle free_stack =
        SaveStack(context, Event::kFree, kFreeStackGfp);
    // With the depot off no handle is valid, and pages stay allocated.
    const bool ends = free_stack.valid() || !rules().free_needs_handle;
    ForEachEntry(head_entry, head, order.pages(), [&](std::byte* entry) {
      Record& record = RecordOf(entry);
      if (ends) {
        FlagsOf(entry) &= ~rules().allocated_bit;
        record.free_handle = free_stack.value();
      }
      if constexpr (HasTimes<Record>) {
        record.free_ts_nsec = context.now.value();
      }
      if constexpr (HasFreeTask<Record>) {
        record.free_pid = context.task->pid;
        record.free_tgid = context.task->tgid;
      }
    });
    const auto pages = static_cast<int32_t>(order.pages());
    if (rules().counts_stacks && !UncountPages(alloc_stack, pages)) {
      UncountPagesSlowly(alloc_stack, pages);
    }
  } else {
    ForEachEntry(head_entry, head, order.pages(), [&](std::byte* entry) {
      FlagsOf(entry) &= ~rules().owner_bit;
    });
  }
}

// Section 4.3.
template <class Record>
void PageOwnerOf<Record>::OnSplit(Pfn head, Order old_order, Order new_order) {
  std::byte* head_entry = page_ext().Lookup(head);
  if (head_entry == nullptr) return;
  const auto order = static_cast<decltype(Record::order)>(new_order.value());
  if (rules().split == SplitRule::kSetOrder) {
    ForEachEntry(head_entry, head, old_order.pages(),
                 [&](std::byte* entry) { RecordOf(entry).order = order; });
    return;
  }
  Record& first = RecordOf(head_entry);
  first.order = order;
  if (rules().split == SplitRule::kRecordAnew) first.gfp_mask = 0;
  const Record copy = first;
  const bool recorded = (FlagsOf(head_entry) & rules().owner_bit) != 0;
  if (!recorded) return;
  ForEachEntry(head_entry, head, old_order.pages(), [&](std::byte* entry) {
    RecordOf(entry) = copy;
    FlagsOf(entry) |= rules().owner_bit;
  });
}

// Section 4.4.
template <class Record>
void PageOwnerOf<Record>::OnMigrate(ExecutionContext& context, Pfn from,
                                    Pfn to) {
  if (!rules().migrates) return;
  std::byte* from_entry = page_ext().Lookup(from);
  std::byte* to_entry = page_ext().Lookup(to);
  if (from_entry == nullptr || to_entry == nullptr) return;
  const Record old = RecordOf(from_entry);
  const Record target = RecordOf(to_entry);
  const uint64_t pages = rules().migrates_tails ? Order(old.order).pages() : 1;
  ForEachEntry(to_entry, to, pages, [&](std::byte* entry) {
    Record& record = RecordOf(entry);
    const Record before = record;
    record = old;
    if constexpr (HasFreeHandle<Record>) {
      record.free_handle = before.free_handle;
    }
    if constexpr (HasFreeTask<Record>) {
      // The kernel ignores the old ids here.
      record.free_pid = context.task->pid;
      record.free_tgid = context.task->tgid;
    }
    FlagsOf(entry) |= set_bits();
  });
  if constexpr (HasHandle<Record>) {
    // The old block is freed later: then the stack that was counted for the
    // new one is the one to be subtracted from.
    if (!rules().swaps_handles) return;
    ForEachEntry(from_entry, from, pages, [&](std::byte* entry) {
      RecordOf(entry).handle = target.handle;
    });
  }
}

template <class Record>
void PageOwnerOf<Record>::OnMigrateReason(Pfn head, MigrateReason reason) {
  if constexpr (HasMigrateReason<Record>) {
    std::byte* entry = page_ext().Lookup(head);
    if (entry == nullptr) return;
    RecordOf(entry).last_migrate_reason =
        static_cast<decltype(Record::last_migrate_reason)>(reason);
  }
}

// Section 5.
template <class Record>
void PageOwnerOf<Record>::RecordEarly(std::byte* entry,
                                      const ExecutionContext& context) {
  Record& record = RecordOf(entry);
  FillRequest(record, context, /*gfp_mask=*/0, Order(0));
  if constexpr (HasHandle<Record>) record.handle = early_handle().value();
  FillFrames(record, early_frames());
  FlagsOf(entry) |= set_bits();
}

template <class Record>
absl::Span<const SimAddress> PageOwnerOf<Record>::InlineFramesAt(
    Pfn pfn) const {
  if constexpr (HoldsFrames<Record>) {
    const std::byte* entry = page_ext().Peek(pfn);
    if (entry == nullptr) return {};
    const auto& record =
        *reinterpret_cast<const Record*>(entry + record_offset());
    return absl::MakeConstSpan(record.trace_entries)
        .first(std::min<size_t>(record.nr_entries, kInlineFrames));
  } else {
    return {};
  }
}

template <class Record>
PageOwnerRecord PageOwnerOf<Record>::Decode(const std::byte* data) const {
  const Record& record = *reinterpret_cast<const Record*>(data);
  if constexpr (std::is_same_v<Record, PageOwnerRecord>) {
    return record;
  } else {
    PageOwnerRecord decoded{};
    decoded.order = static_cast<uint16_t>(record.order);
    decoded.gfp_mask = record.gfp_mask;
    decoded.last_migrate_reason = -1;
    if constexpr (HasMigrateReason<Record>) {
      decoded.last_migrate_reason =
          static_cast<int16_t>(record.last_migrate_reason);
    }
    if constexpr (HasHandle<Record>) decoded.handle = record.handle;
    if constexpr (HasFreeHandle<Record>) {
      decoded.free_handle = record.free_handle;
    }
    if constexpr (HasTimes<Record>) {
      decoded.ts_nsec = record.ts_nsec;
      decoded.free_ts_nsec = record.free_ts_nsec;
    }
    if constexpr (HasTask<Record>) {
      decoded.comm = record.comm;
      decoded.pid = record.pid;
      decoded.tgid = record.tgid;
    }
    return decoded;
  }
}

}  // namespace

std::unique_ptr<PageOwner> PageOwner::Create(const Dependencies& dependencies,
                                             bool enabled,
                                             const PageOwnerProfile& profile) {
  const auto make =
      [&]<class Record>(
          std::type_identity<Record>) -> std::unique_ptr<PageOwner> {
    return std::make_unique<PageOwnerOf<Record>>(dependencies, enabled,
                                                 profile);
  };
  switch (profile.rules.layout) {
    case RecordLayout::k319:
      return make(std::type_identity<PageOwnerRecord319>());
    case RecordLayout::k45:
      return make(std::type_identity<PageOwnerRecord45>());
    case RecordLayout::k47:
      return make(std::type_identity<PageOwnerRecord47>());
    case RecordLayout::k48:
      return make(std::type_identity<PageOwnerRecord48>());
    case RecordLayout::k510:
      return make(std::type_identity<PageOwnerRecord510>());
    case RecordLayout::k63:
      return make(std::type_identity<PageOwnerRecord63>());
    case RecordLayout::k612:
      return make(std::type_identity<PageOwnerRecord612>());
  }
  PAGELAB_CHECK(false);
  return nullptr;
}

}  // namespace pagelab
