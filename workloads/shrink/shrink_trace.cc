#include <algorithm>
#include <utility>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/replay/redrive.h"
#include "pagelab/workloads/shrink/ddmin.h"
#include "pagelab/workloads/shrink/shrink.h"
#include "pagelab/workloads/shrink/trace_units.h"
#include "pagelab/workloads/shrink/trial.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {
namespace {

class TraceShrinker {
 public:
  TraceShrinker(const TraceText& input, TrialMachine& trial)
      : input_(input),
        trial_(trial),
        entries_(SplitTrace(input.text)),
        kept_(entries_.size(), true) {}

  absl::StatusOr<ShrinkResult> Shrink();

 private:
  absl::Status Drive(std::string text, Machine& machine,
                     ConditionWatch& watch) const;
  // Keeps the entries if they show the condition.
  bool TryInstead(std::vector<bool> kept);

  // What comes after the moment when it shows.
  void CutEnd();
  // Each group of entries goes as a whole.
  void ShrinkGroups(const std::vector<std::vector<size_t>>& groups);
  std::vector<std::vector<size_t>> Allocations() const;
  std::vector<std::vector<size_t>> Frees() const;
  InputSize Size() const;

  const TraceText& input_;
  TrialMachine& trial_;
  std::vector<TraceEntry> entries_;
  std::vector<bool> kept_;
  uint64_t operations_ = 0;
};

absl::Status TraceShrinker::Drive(std::string text, Machine& machine,
                                  ConditionWatch& watch) const {
  PAGELAB_ASSIGN_OR_RETURN(
      const std::unique_ptr<InputStream> input,
      InputStream::FromString(input_.file, std::move(text)));
  PAGELAB_ASSIGN_OR_RETURN(const auto reader, OpenTrace(*input));
  Redrive redrive(machine, input_.redrive);
  TraceEvent event;
  while (!watch.shown() && reader->Next(event)) redrive.Apply(event);
  return reader->status();
}

bool TraceShrinker::TryInstead(std::vector<bool> kept) {
  const bool shows = trial_.Try(
      [&](Machine& machine, ConditionWatch& watch) {
        return Drive(JoinTrace(entries_, kept), machine, watch);
      },
      Size());
  if (!shows) return false;
  kept_ = std::move(kept);
  operations_ = trial_.operations();
  return true;
}

void TraceShrinker::CutEnd() {
  MinimizeNumber(0, entries_.size(), [this](uint64_t count) {
    std::vector<bool> kept = kept_;
    for (size_t i = count; i < kept.size(); ++i) {
      if (entries_[i].is_event) kept[i] = false;
    }
    return TryInstead(std::move(kept));
  });
}

void TraceShrinker::ShrinkGroups(
    const std::vector<std::vector<size_t>>& groups) {
  std::vector<bool> none = kept_;
  for (const std::vector<size_t>& group : groups) {
    for (const size_t entry : group) none[entry] = false;
  }
  MinimizeItems(groups.size(), [&](const KeptItems& items) {
    std::vector<bool> kept = none;
    for (const size_t item : items) {
      for (const size_t entry : groups[item]) kept[entry] = true;
    }
    return TryInstead(std::move(kept));
  });
}

std::vector<std::vector<size_t>> TraceShrinker::Allocations() const {
  std::vector<std::vector<size_t>> of(entries_.size());
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (kept_[i] && entries_[i].is_event) {
      of[entries_[i].allocation].push_back(i);
    }
  }
  std::erase_if(of, [](const auto& group) { return group.empty(); });
  return of;
}

std::vector<std::vector<size_t>> TraceShrinker::Frees() const {
  std::vector<std::vector<size_t>> frees;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (kept_[i] && entries_[i].allocation != i) frees.push_back({i});
  }
  return frees;
}

InputSize TraceShrinker::Size() const {
  InputSize size;
  for (size_t i = 0; i < entries_.size(); ++i) {
    size.events += kept_[i] && entries_[i].is_event ? 1 : 0;
  }
  size.operations = operations_;
  return size;
}

absl::StatusOr<ShrinkResult> TraceShrinker::Shrink() {
  ShrinkResult result;
  PAGELAB_ASSIGN_OR_RETURN(
      result.shown, trial_.Run([&](Machine& machine, ConditionWatch& watch) {
        return Drive(input_.text, machine, watch);
      }));
  operations_ = trial_.operations();
  result.before = Size();
  if (result.shown) {
    CutEnd();
    uint64_t events = 0;
    do {
      events = Size().events;
      ShrinkGroups(Allocations());
      ShrinkGroups(Frees());
    } while (Size().events < events && !trial_.out_of_tries());
  }
  result.after = Size();
  result.text = JoinTrace(entries_, kept_);
  result.tries = trial_.tries();
  result.out_of_tries = trial_.out_of_tries();
  return result;
}

}  // namespace

absl::StatusOr<ShrinkResult> ShrinkTrace(const TraceText& input,
                                         const Condition& condition,
                                         const ShrinkOptions& options) {
  PAGELAB_ASSIGN_OR_RETURN(
      const std::unique_ptr<TrialMachine> trial,
      TrialMachine::Boot(input.machine, condition, options));
  return TraceShrinker(input, *trial).Shrink();
}

}  // namespace pagelab
