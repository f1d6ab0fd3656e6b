#include "pagelab/workloads/trace_owners/trace_owners.h"

#include <algorithm>
#include <charconv>

#include "pagelab/alloc/gfp.h"
#include "pagelab/owner/record.h"

namespace pagelab {
namespace {

// The markers that say that the machine's own dump is read from here on.
bool MarksDump(const TraceEvent& event) {
  if (event.kind == TraceEventKind::kMarker) {
    return event.text.find("page_owner") != std::string_view::npos;
  }
  return event.text.starts_with("pagelab snap ") &&
         event.text.find(" label=T1") != std::string_view::npos;
}

// In use since before the recording, as far as the events tell.
bool IsOlder(FrameState state, const FrameRecord& record) {
  return state == FrameState::kUnseen ||
         (state == FrameState::kUnknown && record.migrated != 0);
}

bool InUse(FrameState state) {
  return state == FrameState::kAllocated || state == FrameState::kUnknown;
}

std::optional<uint64_t> HexAfter(std::string_view text, std::string_view key) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  uint64_t value = 0;
  const char* begin = text.data() + at + key.size();
  const auto [end, error] =
      std::from_chars(begin, text.data() + text.size(), value, 16);
  if (error != std::errc()) return std::nullopt;
  return value;
}

// "mode=MIGRATE_SYNC reason=compaction", as FrameRecord::migrated.
uint8_t ReasonIn(std::string_view text) {
  constexpr std::string_view kKey = "reason=";
  const size_t at = text.find(kKey);
  if (at == std::string_view::npos) return 0;
  for (int i = 0; i < kMigrateReasons; ++i) {
    if (text.substr(at + kKey.size()) == ToString(MigrateReason(i))) {
      return static_cast<uint8_t>(i + 1);
    }
  }
  return 0;
}

// Tasks and stacks that nothing refers to any more are looked for when there
// are twice as many as were found in use the last time.
constexpr uint32_t kMinLimit = 1u << 16;
uint32_t NextLimit(uint32_t kept) { return std::max(kMinLimit, 2 * kept); }

}  // namespace

void TraceOwners::AddFreeBlock(Pfn head, Order order) {
  const absl::Span<FrameCode> codes = frames_.Codes(head, order);
  std::fill(codes.begin(), codes.end(), FrameCode(FrameState::kFree, order));
}

FrameHistory TraceOwners::Find(Pfn pfn) const {
  const FrameCode code = frames_.CodeAt(pfn);
  FrameHistory history;
  history.head = AlignDown(pfn, code.order());
  history.state = code.state();
  history.order = code.order();
  if (code.state() != FrameState::kUnseen) {
    history.record = &frames_.RecordAt(history.head);
  }
  return history;
}

void TraceOwners::Apply(const TraceEvent& event) {
  if (!started_) {
    started_ = true;
    first_time_ = event.time;
  }
  last_time_ = event.time;
  switch (event.kind) {
    case TraceEventKind::kPageAlloc:
      return Alloc(event);
    case TraceEventKind::kPageFree:
      return Free(event);
    case TraceEventKind::kContigMigrateRange:
      counts_.contig_range_pages += event.contig.range.size().value();
      return;
    case TraceEventKind::kPageFreeBatched:
      if (migrations_.any()) migrations_.DropSource(event.pid, event.pfn);
      return;
    case TraceEventKind::kProbe:
      return NoteProbe(event);
    case TraceEventKind::kMarker:
    case TraceEventKind::kOther:
      return NoteOther(event);
    default:
      return;
  }
}

void TraceOwners::Alloc(const TraceEvent& event) {
  if (event.allocation_failed()) {
    ++counts_.failed_allocations;
    return;
  }
  if (!event.pfn.IsAlignedTo(event.order)) {
    ++counts_.impossible_events;
    return;
  }
  struct_pages_.Learn(event.page, event.pfn);
  const absl::Span<FrameCode> codes = frames_.Codes(event.pfn, event.order);
  MakeRoom(event.pfn, codes);
  FrameRecord& record = frames_.RecordAt(event.pfn);
  record.time = event.time.value;
  record.gfp = event.gfp.value();
  record.task = tasks_.Intern(event);
  record.stack = event.has_stack ? stacks_.Intern(event.stack) : 0;
  record.migrated = 0;
  record.migratetype = static_cast<uint8_t>(event.migratetype);
  std::fill(codes.begin(), codes.end(),
            FrameCode(FrameState::kAllocated, event.order));
  ++counts_.allocations;
  counts_.stacks += event.has_stack;
  has_tgids_ |= event.has_tgid_column;
  mobility_grouping_is_off_ |=
      event.migratetype != Index(MigratetypeOf(event.gfp));
  if (record.stack != 0 && event.order > Order(0) &&
      !event.gfp.Has(gfp::kComp) && stacks_.stack(record.stack).splits) {
    SplitBlock(event.pfn, Order(0));
  }
  if (tasks_.size() > tasks_limit_ || stacks_.size() > stacks_limit_) {
    ForgetUnusedNames();
  }
}

void TraceOwners::MakeRoom(Pfn head, absl::Span<FrameCode> codes) {
  const FrameCode first = codes.front();
  if (first.order().pages() > codes.size()) {
    counts_.missing_frees += InUse(first.state());
    return CutOut(head, codes.size());
  }
  if (codes.size() == 1) {
    counts_.missing_frees += InUse(first.state());
    return;
  }
  counts_.missing_frees +=
      std::any_of(codes.begin(), codes.end(),
                  [](FrameCode code) { return InUse(code.state()); });
}

void TraceOwners::CutOut(Pfn head, uint64_t pages) {
  const FrameCode code = frames_.CodeAt(head);
  Pfn begin = AlignDown(head, code.order());
  for (int order = code.order().value() - 1; order >= 0; --order) {
    const PageCount half(Order(order).pages());
    if (half.value() < pages) return;
    const Pfn middle = begin + half;
    frames_.RecordAt(middle) = frames_.RecordAt(begin);
    for (Pfn part : {begin, middle}) {
      const absl::Span<FrameCode> codes = frames_.Codes(part, Order(order));
      std::fill(codes.begin(), codes.end(),
                FrameCode(code.state(), Order(order)));
    }
    if (head >= middle) begin = middle;
  }
}

void TraceOwners::SplitBlock(Pfn head, Order order) {
  const FrameCode code = frames_.CodeAt(head);
  const Pfn begin = AlignDown(head, code.order());
  const absl::Span<FrameCode> codes = frames_.Codes(begin, code.order());
  std::fill(codes.begin(), codes.end(), FrameCode(code.state(), order));
  FrameRecord record = frames_.RecordAt(begin);
  // A move is noted in the first page only.
  record.migrated = 0;
  for (uint64_t i = order.pages(); i < codes.size(); i += order.pages()) {
    frames_.RecordAt(begin + PageCount(i)) = record;
  }
}

void TraceOwners::Free(const TraceEvent& event) {
  const bool kept = compactor_pending_ && GoesToCompactor(event);
  if (!event.pfn.IsAlignedTo(event.order)) {
    ++counts_.impossible_events;
    return;
  }
  if (kept) {
    ++counts_.compactor_frees;
  } else {
    ++counts_.frees;
  }
  const absl::Span<FrameCode> codes = frames_.Codes(event.pfn, event.order);
  const FrameCode first = codes.front();
  if (first.order() > event.order) {
    if (InUse(first.state())) {
      // As page_owner: what is left are blocks of this order, too.
      SplitBlock(event.pfn, event.order);
      ++counts_.partial_frees;
    } else {
      CutOut(event.pfn, codes.size());
    }
  }
  if (migrations_.any() && !kept && event.level == InterruptLevel::kTask) {
    migrations_.AddSource(event.pid,
                          {.target = Pfn(),
                           .order = event.order,
                           .source_state = codes.front().state(),
                           .source = frames_.RecordAt(event.pfn)},
                          event.pfn);
  }
  const FreedFrames freed = FreeFrames(event, codes);
  // The compactor's pages never were anybody's.
  if (kept) return;
  counts_.older_pages_freed += freed.older;
  counts_.frees_of_free += freed.free > 0;
}

TraceOwners::FreedFrames TraceOwners::FreeFrames(const TraceEvent& event,
                                                 absl::Span<FrameCode> codes) {
  const uint32_t task = tasks_.Intern(event);
  FreedFrames freed;
  for (uint64_t i = 0; i < codes.size();) {
    const FrameCode code = codes[i];
    FrameRecord& record = frames_.RecordAt(event.pfn + PageCount(i));
    record.free_time = event.time.value;
    record.free_task = task;
    freed.older += IsOlder(code.state(), record) ? code.order().pages() : 0;
    freed.free += code.state() == FrameState::kFree;
    if (code.state() != FrameState::kAllocated) record.task = 0;
    const uint64_t end = i + code.order().pages();
    while (i < end) {
      codes[i++] = FrameCode(FrameState::kFree, code.order());
    }
  }
  return freed;
}

void TraceOwners::NoteProbe(const TraceEvent& event) {
  if (event.name == "compaction_alloc_ret") {
    const std::optional<Pfn> target = FrameIn(event, "ret=0x");
    if (!target.has_value()) return;
    TakeTarget(*target);
    migrations_.AddTarget(event.pid, *target);
  } else if (event.name == "compaction_free") {
    const size_t cpu = static_cast<size_t>(event.cpu.value());
    if (cpu >= compactor_frees_.size()) compactor_frees_.resize(cpu + 1);
    compactor_frees_[cpu] = {true, event.pid, event.level};
    compactor_pending_ = true;
    const std::optional<Pfn> target = FrameIn(event, "folio=0x");
    if (target.has_value()) migrations_.ReturnTarget(event.pid, *target);
  } else if (event.name == "alloc_pages_bulk_page") {
    AllocInBulk(event);
  }
}

void TraceOwners::AllocInBulk(const TraceEvent& event) {
  const std::optional<Pfn> pfn = FrameIn(event, " page=0x");
  const std::optional<uint64_t> mask = HexAfter(event.text, " gfp=0x");
  if (!pfn.has_value() || !mask.has_value()) return;
  TraceEvent allocation = event;
  allocation.kind = TraceEventKind::kPageAlloc;
  allocation.page = {};
  allocation.pfn = *pfn;
  allocation.order = Order(0);
  allocation.gfp = Gfp(static_cast<uint32_t>(*mask));
  allocation.migratetype = Index(MigratetypeOf(allocation.gfp));
  Alloc(allocation);
}

void TraceOwners::NoteOther(const TraceEvent& event) {
  if (MarksDump(event)) {
    if (!dump_time_.has_value()) dump_time_ = event.time.value;
  } else if (event.name == "set_migration_pte") {
    const std::optional<uint64_t> entry = HexAfter(event.text, "pte=");
    if (entry.has_value()) migrations_.NoteEntry(event.pid, *entry);
  } else if (event.name == "mm_migrate_pages_start") {
    migrations_.Begin(event.pid, ReasonIn(event.text));
  } else if (event.name == "mm_migrate_pages") {
    FinishMigration(event);
  } else if (event.name == "task_rename") {
    tasks_.NoteRename(event.text);
  } else if (event.name == "task_newtask") {
    tasks_.NoteNewTask(event.text);
  }
}

std::optional<Pfn> TraceOwners::FrameIn(const TraceEvent& event,
                                        std::string_view key) {
  const std::optional<uint64_t> address = HexAfter(event.text, key);
  if (!address.has_value()) return std::nullopt;
  return struct_pages_.FrameAt(*address);
}

void TraceOwners::TakeTarget(Pfn pfn) {
  const absl::Span<FrameCode> codes = frames_.Codes(pfn, Order(0));
  MakeRoom(pfn, codes);
  codes.front() = FrameCode(FrameState::kUnknown, Order(0));
  frames_.RecordAt(pfn) = FrameRecord();
}

void TraceOwners::FinishMigration(const TraceEvent& event) {
  for (const MovedPage& moved : migrations_.End(event.pid)) {
    // It may have been freed already.
    if (frames_.CodeAt(moved.target) !=
        FrameCode(FrameState::kUnknown, Order(0))) {
      continue;
    }
    if (moved.target.IsAlignedTo(moved.order)) Move(moved);
  }
}

void TraceOwners::Move(const MovedPage& moved) {
  const bool traced = moved.source_state == FrameState::kAllocated;
  if (!traced && !IsOlder(moved.source_state, moved.source)) return;
  // Only the head was taken.
  const absl::Span<FrameCode> codes = frames_.Codes(moved.target, moved.order);
  codes.front() = FrameCode(FrameState::kFree, Order(0));
  MakeRoom(moved.target, codes);
  const FrameState state =
      traced ? FrameState::kAllocated : FrameState::kUnknown;
  std::fill(codes.begin(), codes.end(), FrameCode(state, moved.order));
  FrameRecord& record = frames_.RecordAt(moved.target);
  record = traced ? moved.source : FrameRecord();
  record.migrated = moved.source.migrated;
  if (traced) {
    counts_.moved_pages += moved.order.pages();
  } else {
    counts_.moved_older_pages += moved.order.pages();
  }
}

bool TraceOwners::GoesToCompactor(const TraceEvent& event) {
  const size_t cpu = static_cast<size_t>(event.cpu.value());
  if (cpu >= compactor_frees_.size()) return false;
  CompactorFree& last = compactor_frees_[cpu];
  if (!last.pending || last.pid != event.pid || last.level != event.level) {
    return false;
  }
  last.pending = false;
  return true;
}

void TraceOwners::ForgetUnusedNames() {
  std::vector<uint32_t> tasks(tasks_.size() + 1);
  std::vector<uint32_t> stacks(stacks_.size() + 1);
  frames_.ForEachBlock([&](Pfn, FrameCode, const FrameRecord& record) {
    tasks[record.task] = 1;
    tasks[record.free_task] = 1;
    stacks[record.stack] = 1;
  });
  // 0 is none.
  tasks[0] = 0;
  stacks[0] = 0;
  tasks_.KeepMarked(absl::MakeSpan(tasks));
  stacks_.KeepMarked(absl::MakeSpan(stacks));
  frames_.ForEachBlock([&](Pfn, FrameCode, FrameRecord& record) {
    record.task = tasks[record.task];
    record.free_task = tasks[record.free_task];
    record.stack = stacks[record.stack];
  });
  tasks_limit_ = NextLimit(tasks_.size());
  stacks_limit_ = NextLimit(stacks_.size());
}

}  // namespace pagelab
