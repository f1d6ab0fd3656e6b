#include "pagelab/workloads/compare/compare_traces.h"

#include <memory>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {
namespace {

bool SameFields(const TraceEvent& a, const TraceEvent& b) {
  // A trace.dat has fields instead of a text.
  if (!a.text.empty() || !b.text.empty()) return a.text == b.text;
  return a.pfn == b.pfn && a.order == b.order &&
         a.migratetype == b.migratetype && a.gfp == b.gfp &&
         a.percpu_refill == b.percpu_refill &&
         a.extfrag.fallback_order == b.extfrag.fallback_order &&
         a.extfrag.fallback_migratetype == b.extfrag.fallback_migratetype &&
         a.extfrag.fragmenting == b.extfrag.fragmenting &&
         a.extfrag.change_ownership == b.extfrag.change_ownership &&
         a.contig.range == b.contig.range;
}

bool SameEvent(const TraceEvent& a, const TraceEvent& b) {
  return a.kind == b.kind && a.pid == b.pid && a.cpu == b.cpu &&
         a.level == b.level && a.flags == b.flags && a.tgid == b.tgid &&
         a.comm == b.comm && a.name == b.name && SameFields(a, b) &&
         a.stack == b.stack;
}

std::string TimeText(TraceTime time) {
  if (time.is_ticks()) return std::to_string(time.value);
  constexpr uint64_t kPerSecond = 1000000000;
  const uint64_t rest = time.value % kPerSecond;
  return fmt::format("{}.{:06}", time.value / kPerSecond, rest / 1000);
}

std::string FieldsText(const TraceEvent& event) {
  if (!event.text.empty() || !IsKmem(event.kind)) {
    return std::string(event.text);
  }
  return fmt::format("pfn={:#x} order={} migratetype={} gfp={:#x}",
                     event.pfn.value(), event.order.value(), event.migratetype,
                     event.gfp.value());
}

TracePlace PlaceOf(const TraceEvent& event) {
  TracePlace place;
  place.line = event.line;
  place.event = fmt::format("{}-{} [{:03}] {} {}: {}", event.comm, event.pid,
                            event.cpu.value(), TimeText(event.time), event.name,
                            FieldsText(event));
  return place;
}

// An input that remembers how it ended.
class EndedInput final : public InputStream {
 public:
  explicit EndedInput(InputStream& input)
      : InputStream(input.name()), input_(input) {}

  absl::StatusOr<size_t> Read(absl::Span<char> out) override {
    absl::StatusOr<size_t> got = input_.Read(out);
    if (got.ok() && *got > 0) last_ = out[*got - 1];
    return got;
  }
  bool ends_inside_a_line() const { return last_ != '\n'; }

 private:
  InputStream& input_;
  char last_ = '\n';
};

// One of the two, event by event.
class Side {
 public:
  static absl::StatusOr<Side> Open(InputStream& input) {
    auto ended = std::make_unique<EndedInput>(input);
    PAGELAB_ASSIGN_OR_RETURN(std::unique_ptr<TraceReader> reader,
                             OpenTrace(*ended));
    return Side(std::move(ended), std::move(reader));
  }

  bool at_end() const { return at_end_; }
  const TraceEvent& event() const { return event_; }
  const TraceTotals& totals() const { return totals_; }
  const std::string& name() const { return reader_->name(); }

  void Advance() {
    at_end_ = !reader_->Next(event_);
    if (at_end_) return;
    ++totals_.events;
    ++totals_.by_kind[static_cast<size_t>(event_.kind)];
    totals_.failed_allocations += event_.allocation_failed();
    if (event_.kind != TraceEventKind::kPageAllocExtfrag) return;
    totals_.fragmenting += event_.extfrag.fragmenting;
    totals_.change_ownership += event_.extfrag.change_ownership;
  }

  // REQUIRES: at_end().
  absl::Status Check() const;

 private:
  Side(std::unique_ptr<EndedInput> input, std::unique_ptr<TraceReader> reader)
      : input_(std::move(input)), reader_(std::move(reader)) {
    Advance();
  }

  std::unique_ptr<EndedInput> input_;
  std::unique_ptr<TraceReader> reader_;
  TraceEvent event_;
  TraceTotals totals_;
  bool at_end_ = false;
};

absl::Status Side::Check() const {
  PAGELAB_RETURN_IF_ERROR(reader_->status());
  const TraceStats& stats = reader_->stats();
  if (!stats.problems.empty()) {
    const TraceProblem& first = stats.problems.front();
    return InvalidInput(fmt::format("{}:{}:{}: {}", name(), first.line,
                                    first.column, first.message));
  }
  if (stats.format != TraceFormat::kTraceDat && input_->ends_inside_a_line()) {
    return InvalidInput(fmt::format("{}: cut off inside its last line, {}",
                                    name(), stats.lines));
  }
  const uint64_t entries =
      stats.total_events + stats.stacks + stats.stacks_without_event;
  if (stats.entries_in_buffer <= entries) return absl::OkStatus();
  return InvalidInput(
      fmt::format("{}: cut off: its header says {} entries, and there are {}",
                  name(), stats.entries_in_buffer, entries));
}

}  // namespace

absl::StatusOr<TraceComparison> CompareTraces(InputStream& a, InputStream& b) {
  PAGELAB_ASSIGN_OR_RETURN(Side left, Side::Open(a));
  PAGELAB_ASSIGN_OR_RETURN(Side right, Side::Open(b));
  TraceComparison comparison;
  while (!left.at_end() && !right.at_end() &&
         SameEvent(left.event(), right.event())) {
    if (!comparison.retimed_a.has_value() &&
        left.event().time.value != right.event().time.value) {
      comparison.retimed_a = PlaceOf(left.event());
      comparison.retimed_b = PlaceOf(right.event());
    }
    ++comparison.equal_events;
    left.Advance();
    right.Advance();
  }
  if (!left.at_end()) comparison.a = PlaceOf(left.event());
  if (!right.at_end()) comparison.b = PlaceOf(right.event());
  while (!left.at_end()) left.Advance();
  while (!right.at_end()) right.Advance();
  PAGELAB_RETURN_IF_ERROR(left.Check());
  PAGELAB_RETURN_IF_ERROR(right.Check());
  comparison.a_name = left.name();
  comparison.b_name = right.name();
  comparison.a_totals = left.totals();
  comparison.b_totals = right.totals();
  return comparison;
}

}  // namespace pagelab
