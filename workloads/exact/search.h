#ifndef PAGELAB_WORKLOADS_EXACT_SEARCH_H_
#define PAGELAB_WORKLOADS_EXACT_SEARCH_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/workloads/exact/replay_session.h"

namespace pagelab {

// One thing that the recording does not show and that the search decided.
struct InferredChoice {
  uint64_t index = 0;
  uint64_t line = 0;
  // Choice bits.
  uint8_t what = 0;
  // Line of the check that fails otherwise; 0: the end differs.
  uint64_t failed_at_line = 0;
};
// "met the pcp lock taken", ...
std::string ToString(const InferredChoice& choice);

struct SearchOptions {
  // False: the usual answers only (page-allocator.md 25.4).
  bool infer = true;
  // How much the state after the last entry differs from the expected one; may
  // be empty.
  std::function<uint64_t()> distance_at_end;
  std::function<void(uint64_t position, uint64_t size)> on_progress;
};

struct SearchResult {
  // Every check passed.
  bool exact = false;
  std::vector<InferredChoice> choices;
  uint64_t replays = 0;
  // Why no further checkpoints could be kept; OK: they could.
  absl::Status checkpoints;
};

// Replays the whole recording; where a check fails, looks for the hidden fact
// before it that makes it pass: open moments newest first, one flipped at a
// time, then pairs, and keeps the flip that moves the first failure furthest.
// Where nothing helps, earlier decisions are taken back (page-allocator.md
// 25.5).
class ReplaySearch {
 public:
  // All outlive it.
  ReplaySearch(ReplaySession& session, const Recording& recording,
               const SearchOptions& options);

  absl::StatusOr<SearchResult> Run();

 private:
  struct Flip {
    uint64_t index = 0;
    uint8_t what = 0;
    friend bool operator==(const Flip&, const Flip&) = default;
  };
  using Candidate = std::vector<Flip>;
  struct Decision {
    Candidate candidate;
    uint64_t failed_at_line = 0;
  };
  // Where the replay got to with which decisions.
  struct Reached {
    uint64_t failed = 0;
    std::vector<Decision> choices;
  };

  // How far the best candidate so far moved a failure.
  struct Trial {
    uint64_t failed = 0;
    uint64_t reached = 0;
    Candidate candidate;
  };

  // The same for the state at the end.
  struct EndTrial {
    uint64_t distance = 0;
    Candidate candidate;
  };

  // True when one of them helps.
  bool Try(const std::vector<Candidate>& candidates,
           const ExactReplay::Checkpoint& start, Trial& best);
  // False when a check fails.
  bool RunAhead(uint64_t end);
  // As it would go with the candidate.
  bool RunWith(const Candidate& candidate, const ExactReplay::Checkpoint& start,
               uint64_t end);
  static uint64_t FirstOf(const Candidate& candidate);
  absl::Status GoBackBefore(const Candidate& candidate);
  absl::StatusOr<bool> Resolve();
  absl::StatusOr<bool> ResolveEnd();
  void TryAtEnd(const std::vector<Candidate>& candidates,
                const ExactReplay::Checkpoint& start, EndTrial& best);
  absl::Status Decide(Candidate candidate, uint64_t failed_at_line);
  absl::StatusOr<bool> UndoLast();
  absl::Status ReturnToFarthest();
  bool IsBanned(const Candidate& candidate) const;
  // Candidates among the open moments from `begin` on, most promising first.
  std::vector<Candidate> CandidatesFrom(uint64_t begin,
                                        const Divergence& failure);
  void AppendFreesDuringDrains(uint64_t begin, const Divergence& failure,
                               std::vector<Candidate>& out) const;
  void AppendTails(uint64_t begin, const Divergence& failure,
                   std::vector<Candidate>& out) const;
  void AppendBootStages(uint64_t begin, const Divergence& failure,
                        std::vector<Candidate>& out) const;
  std::vector<Candidate> Pairs(const std::vector<Candidate>& singles) const;
  void Apply(const Candidate& candidate);

  ExactReplay& replay() { return session_.replay(); }

  ReplaySession& session_;
  const Recording& recording_;
  const SearchOptions& options_;
  uint64_t size_;
  uint64_t checkpoint_interval_;
  uint64_t replays_ = 0;
  std::vector<Decision> decided_;
  // Decisions that led nowhere.
  std::vector<Candidate> banned_;
  Reached farthest_;
  absl::Status checkpoints_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_SEARCH_H_
