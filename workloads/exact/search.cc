#include "pagelab/workloads/exact/search.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

// Entries between two checkpoints.
constexpr uint64_t kCheckpointInterval = uint64_t{1} << 19;
// More of them where much memory is to be saved each time.
constexpr uint64_t kBytesPerEntry = 32;
// A report on how far it is, every so many entries.
constexpr uint64_t kSlice = uint64_t{1} << 16;
// Entries behind the replay that stay in memory.
constexpr uint64_t kKept = uint64_t{1} << 17;
// A flip that lets so many more entries pass is taken at once.
constexpr uint64_t kConvincing = 30'000;
// How far back the search looks, step by step.
constexpr uint64_t kLookBack[] = {20'000, 200'000, 2'000'000, ~uint64_t{0}};
// Entries of one full drain that are looked at.
constexpr uint64_t kLongestDrain = 5000;
// The same for a difference at the end, where a trial takes longer.
constexpr uint64_t kEndLookBack = 20'000;
constexpr size_t kMostAtEnd = 300;
// Entries of one interrupt that are looked at.
constexpr uint64_t kLongestBurst = 100;
// Of the newest candidates, how many are tried in pairs.
constexpr size_t kPaired = 12;
// So often a decision is taken back.
constexpr size_t kMostBanned = 3;
// Candidates tried for one failure.
constexpr size_t kMaxTried = 2000;

}  // namespace

std::string ToString(const InferredChoice& choice) {
  std::string text;
  const auto add = [&](uint8_t bit, std::string_view words) {
    if ((choice.what & bit) == 0) return;
    if (!text.empty()) text += ", ";
    text += words;
  };
  add(Choice::kOtherLock, "pcp lock the other way round");
  add(Choice::kAfterFirst, "what it interrupted had come first");
  add(Choice::kCommitLate, "committed after the interrupt that follows");
  add(Choice::kNoTail, "part of a split block, not of alloc_pages_exact()");
  add(Choice::kBootStage, "next stage of boot's limits");
  return text;
}

ReplaySearch::ReplaySearch(ReplaySession& session, const Recording& recording,
                           const SearchOptions& options)
    : session_(session),
      recording_(recording),
      options_(options),
      size_(recording.events.size()),
      checkpoint_interval_(std::max(
          kCheckpointInterval,
          session.replay().memory().resident_bytes() / kBytesPerEntry)) {}

bool ReplaySearch::RunAhead(uint64_t end) {
  while (replay().position() < end) {
    const uint64_t due = session_.newest_checkpoint() + checkpoint_interval_;
    if (options_.infer && checkpoints_.ok() && replay().position() >= due) {
      // Without them a search starts over, and takes longer.
      checkpoints_ = session_.AddCheckpoint();
    }
    const uint64_t slice = std::min(end, replay().position() + kSlice);
    if (!replay().RunTo(slice)) return false;
    if (slice > kKept + kSlice) {
      recording_.events.Forget(slice - kKept - kSlice, slice - kKept);
    }
    if (options_.on_progress) options_.on_progress(replay().position(), size_);
  }
  return true;
}

absl::StatusOr<SearchResult> ReplaySearch::Run() {
  SearchResult result;
  while (true) {
    result.exact = RunAhead(size_);
    if (!options_.infer) break;
    if (result.exact) {
      PAGELAB_ASSIGN_OR_RETURN(const bool closer, ResolveEnd());
      if (closer) continue;
      break;
    }
    const uint64_t failed = replay().divergence()->step;
    if (failed >= farthest_.failed) {
      farthest_ = {failed, decided_};
    }
    PAGELAB_ASSIGN_OR_RETURN(const bool resolved, Resolve());
    if (resolved) continue;
    PAGELAB_ASSIGN_OR_RETURN(const bool undone, UndoLast());
    if (undone) continue;
    PAGELAB_RETURN_IF_ERROR(ReturnToFarthest());
    break;
  }
  for (const Decision& decision : decided_) {
    for (const Flip& flip : decision.candidate) {
      result.choices.push_back({.index = flip.index,
                                .line = recording_.events[flip.index].line,
                                .what = flip.what,
                                .failed_at_line = decision.failed_at_line});
    }
  }
  result.replays = replays_;
  result.checkpoints = checkpoints_;
  return result;
}

// Nothing helps any more: perhaps the last decision was the wrong one.
absl::StatusOr<bool> ReplaySearch::UndoLast() {
  if (decided_.empty() || banned_.size() >= kMostBanned) return false;
  const Candidate last = std::move(decided_.back().candidate);
  decided_.pop_back();
  Apply(last);
  banned_.push_back(last);
  PAGELAB_RETURN_IF_ERROR(GoBackBefore(last));
  return true;
}

absl::Status ReplaySearch::ReturnToFarthest() {
  replay().choices().clear();
  decided_ = farthest_.choices;
  uint64_t first = farthest_.failed;
  for (const Decision& decision : decided_) {
    Apply(decision.candidate);
    first = std::min(first, FirstOf(decision.candidate));
  }
  session_.DropCheckpointsAfter(banned_.empty() ? farthest_.failed : 0);
  PAGELAB_RETURN_IF_ERROR(session_.GoBack(first));
  replay().RunTo(farthest_.failed + 1);
  return absl::OkStatus();
}

bool ReplaySearch::IsBanned(const Candidate& candidate) const {
  return std::find(banned_.begin(), banned_.end(), candidate) != banned_.end();
}

void ReplaySearch::Apply(const Candidate& candidate) {
  for (const Flip& flip : candidate) {
    uint8_t& choice = replay().choices()[flip.index];
    choice ^= flip.what;
    if (choice == 0) replay().choices().erase(flip.index);
  }
}

std::vector<ReplaySearch::Candidate> ReplaySearch::CandidatesFrom(
    uint64_t begin, const Divergence& failure) {
  std::vector<Candidate> suspects;
  std::vector<Candidate> bursts;
  std::vector<Candidate> singles;
  // The free that failed may itself have been interrupted before its commit.
  const RecordedEvent& failed = recording_.events[failure.step];
  if (failed.kind == RecordedKind::kPageFree) {
    suspects.push_back({{failure.step, Choice::kCommitLate}});
  }
  const std::vector<InterruptBurst>& all = replay().bursts();
  for (size_t i = all.size(); i-- > 0;) {
    const InterruptBurst& burst = all[i];
    if (burst.begin < begin) break;
    const RecordedEvent& first = recording_.events[burst.begin];
    Candidate locks;
    bool suspect = false;
    // Up to what it interrupted; the failure may have cut it short.
    const uint64_t end = std::min(burst.after, burst.end + kLongestBurst);
    for (uint64_t at = burst.begin; at < std::min(end, size_); ++at) {
      const RecordedEvent& event = recording_.events[at];
      if (ContextOf(event) != ContextOf(first)) continue;
      suspect = suspect || event.frame() == failure.pfn ||
                event.frame() == failure.simulated_pfn;
      if (event.kind == RecordedKind::kPageFree &&
          !event.Has(RecordedEvent::kBatched) &&
          !event.Has(RecordedEvent::kToCompactor)) {
        locks.push_back({at, Choice::kOtherLock});
      }
    }
    std::vector<Candidate>& whole = suspect ? suspects : bursts;
    if (!locks.empty()) whole.push_back(locks);
    if (burst.after != InterruptBurst::kNone &&
        recording_.events[burst.after].kind == RecordedKind::kPageAlloc) {
      whole.push_back({{burst.begin, Choice::kAfterFirst}});
    }
    if (burst.before != InterruptBurst::kNone && burst.before >= begin) {
      const RecordedEvent& before = recording_.events[burst.before];
      if (before.kind == RecordedKind::kPageFree &&
          !before.Has(RecordedEvent::kBatched)) {
        whole.push_back({{burst.before, Choice::kCommitLate}});
      }
    }
    if (locks.size() > 1) {
      std::vector<Candidate>& one = suspect ? suspects : singles;
      for (const Flip& flip : locks) one.push_back({flip});
    }
  }
  if (replay().boot_stage() != LimitsStage::kDone) {
    AppendBootStages(std::max(begin, replay().boot_stage_since()), failure,
                     suspects);
  }
  AppendTails(begin, failure, suspects);
  AppendFreesDuringDrains(begin, failure, suspects);
  suspects.insert(suspects.end(), bursts.begin(), bursts.end());
  suspects.insert(suspects.end(), singles.begin(), singles.end());
  if (suspects.size() > kMaxTried) suspects.resize(kMaxTried);
  return suspects;
}

// While one CPU empties the lists of another, that one finds its own lock taken
// (page-allocator.md 25.8).
void ReplaySearch::AppendFreesDuringDrains(uint64_t begin,
                                           const Divergence& failure,
                                           std::vector<Candidate>& out) const {
  const EventSpool& events = recording_.events;
  for (uint64_t i = failure.step + 1; i-- > begin;) {
    const RecordedEvent& drain = events[i];
    if (drain.kind != RecordedKind::kDrainPagesZone ||
        drain.extra == drain.cpu) {
      continue;
    }
    const uint64_t end = std::min(failure.step + 1, i + kLongestDrain);
    for (uint64_t at = i + 1; at < end; ++at) {
      const RecordedEvent& event = events[at];
      if (ContextOf(event) == ContextOf(drain)) {
        if (event.kind != RecordedKind::kPagePcpuDrain) break;
        continue;
      }
      if (event.cpu == drain.extra && event.kind == RecordedKind::kPageFree &&
          event.level == InterruptLevel::kTask &&
          !event.Has(RecordedEvent::kBatched)) {
        out.push_back({{at, Choice::kOtherLock}});
      }
    }
  }
}

// Each tail is one candidate, newest first.
void ReplaySearch::AppendTails(uint64_t begin, const Divergence& failure,
                               std::vector<Candidate>& out) const {
  Candidate tail;
  for (uint64_t i = failure.step + 1; i-- > begin;) {
    const RecordedEvent& event = recording_.events[i];
    if (!event.Has(RecordedEvent::kExactTail)) continue;
    if (!tail.empty() &&
        recording_.events[tail.back().index].pfn != event.pfn + 1) {
      out.push_back(std::exchange(tail, {}));
    }
    tail.push_back({i, Choice::kNoTail});
  }
  if (!tail.empty()) out.push_back(std::move(tail));
}

// Limits show in the size of refills, and in which frees drain.
void ReplaySearch::AppendBootStages(uint64_t begin, const Divergence& failure,
                                    std::vector<Candidate>& out) const {
  const EventSpool& events = recording_.events;
  for (uint64_t i = failure.step + 1; i-- > begin;) {
    const bool starts_refill =
        events[i].is_refill() && (i == 0 || !events[i - 1].is_refill());
    const bool drains = events[i].kind == RecordedKind::kPagePcpuDrain &&
                        i != 0 &&
                        events[i - 1].kind != RecordedKind::kPagePcpuDrain;
    if (starts_refill) out.push_back({{i, Choice::kBootStage}});
    if (drains) out.push_back({{i - 1, Choice::kBootStage}});
  }
}

std::vector<ReplaySearch::Candidate> ReplaySearch::Pairs(
    const std::vector<Candidate>& singles) const {
  std::vector<Candidate> pairs;
  const size_t nr = std::min(singles.size(), kPaired);
  for (size_t i = 0; i < nr; ++i) {
    for (size_t j = i + 1; j < nr; ++j) {
      Candidate pair = singles[i];
      pair.insert(pair.end(), singles[j].begin(), singles[j].end());
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

bool ReplaySearch::Try(const std::vector<Candidate>& candidates,
                       const ExactReplay::Checkpoint& start, Trial& best) {
  const uint64_t enough = std::min(size_, best.failed + kConvincing);
  for (const Candidate& candidate : candidates) {
    if (IsBanned(candidate)) continue;
    const bool passed = RunWith(candidate, start, enough);
    const uint64_t reached = passed ? size_ : replay().divergence()->step;
    if (reached > best.reached) {
      best.candidate = candidate;
      best.reached = reached;
    }
    if (passed) return true;
    if (options_.on_progress) options_.on_progress(best.failed, size_);
  }
  return best.reached > best.failed;
}

absl::StatusOr<bool> ReplaySearch::Resolve() {
  const Divergence failure = *replay().divergence();
  const uint64_t failed = failure.step;
  Trial best{.failed = failed, .reached = failed, .candidate = {}};
  // Those from here on were tried.
  uint64_t known_from = ~uint64_t{0};
  for (const uint64_t back : kLookBack) {
    // A checkpoint nearby, so that each trial is short.
    const uint64_t begin = failed > back ? failed - back : 0;
    PAGELAB_RETURN_IF_ERROR(session_.GoBack(begin));
    if (!replay().RunTo(begin)) return false;
    const ExactReplay::Checkpoint near = replay().Save();
    replay().RunTo(failed + 1);
    std::vector<Candidate> candidates = CandidatesFrom(begin, failure);
    const std::vector<Candidate> pairs = Pairs(candidates);
    std::erase_if(candidates, [&](const Candidate& candidate) {
      return candidate.front().index >= known_from;
    });
    known_from = begin;
    if (Try(candidates, near, best) || Try(pairs, near, best) || begin == 0) {
      break;
    }
  }
  if (best.reached <= failed) {
    // Back to the failure, for the report.
    PAGELAB_RETURN_IF_ERROR(session_.GoBack(failed));
    replay().RunTo(failed + 1);
    return false;
  }
  PAGELAB_RETURN_IF_ERROR(Decide(std::move(best.candidate), failure.line));
  return true;
}

absl::Status ReplaySearch::Decide(Candidate candidate,
                                  uint64_t failed_at_line) {
  Apply(candidate);
  decided_.push_back({std::move(candidate), failed_at_line});
  return GoBackBefore(decided_.back().candidate);
}

uint64_t ReplaySearch::FirstOf(const Candidate& candidate) {
  return std::min_element(
             candidate.begin(), candidate.end(),
             [](const Flip& a, const Flip& b) { return a.index < b.index; })
      ->index;
}

// What was done with it, or without it, is void.
absl::Status ReplaySearch::GoBackBefore(const Candidate& candidate) {
  const uint64_t first = FirstOf(candidate);
  session_.DropCheckpointsAfter(first);
  return session_.GoBack(first);
}

bool ReplaySearch::RunWith(const Candidate& candidate,
                           const ExactReplay::Checkpoint& start, uint64_t end) {
  Apply(candidate);
  replay().Restore(start);
  const bool passed = replay().RunTo(end);
  ++replays_;
  Apply(candidate);
  return passed;
}

void ReplaySearch::TryAtEnd(const std::vector<Candidate>& candidates,
                            const ExactReplay::Checkpoint& start,
                            EndTrial& best) {
  for (const Candidate& candidate : candidates) {
    if (!RunWith(candidate, start, size_)) continue;
    const uint64_t distance = options_.distance_at_end();
    if (distance < best.distance) best = {distance, candidate};
    if (distance == 0) return;
  }
}

// What happened shortly before the end may show in the lists only.
absl::StatusOr<bool> ReplaySearch::ResolveEnd() {
  if (!options_.distance_at_end || size_ == 0) return false;
  const uint64_t distance = options_.distance_at_end();
  if (distance == 0) return false;
  EndTrial best{.distance = distance, .candidate = {}};
  const uint64_t begin = size_ > kEndLookBack ? size_ - kEndLookBack : 0;
  PAGELAB_RETURN_IF_ERROR(session_.GoBack(begin));
  if (!replay().RunTo(begin)) return false;
  const ExactReplay::Checkpoint near = replay().Save();
  replay().RunTo(size_);
  Divergence at_end;
  at_end.step = size_ - 1;
  std::vector<Candidate> candidates = CandidatesFrom(begin, at_end);
  if (candidates.size() > kMostAtEnd) candidates.resize(kMostAtEnd);
  TryAtEnd(candidates, near, best);
  if (best.distance == distance) {
    replay().Restore(near);
    replay().RunTo(size_);
    return false;
  }
  PAGELAB_RETURN_IF_ERROR(Decide(std::move(best.candidate), 0));
  return true;
}

}  // namespace pagelab
