// Small recordings written by hand, and their exact replay from a machine that
// the test describes.

#ifndef PAGELAB_TEST_SUPPORT_EXACT_SUPPORT_H_
#define PAGELAB_TEST_SUPPORT_EXACT_SUPPORT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pagelab/test/support/tiny_machine.h"
#include "pagelab/workloads/exact/exact_run.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// The words of a mm_page_alloc beside its frame.
struct Asked {
  int order = 0;
  Gfp gfp = gfp::kHighuserMovable;
};

// The words of a mm_page_alloc_extfrag beside its frame.
struct Fallback {
  int order = 0;
  int from_order = 0;
  Migratetype type = Migratetype::kUnmovable;
  Migratetype from_type = Migratetype::kMovable;
  bool change_ownership = false;
};

// The text of ftrace, one call a line: a header, the marker of snapshot T0, and
// what follows; Text() ends it with the marker of T1. The first event is at
// line 3. Lines are of task 100 "test" on CPU 0 until somebody else has a turn.
class HandTrace {
 public:
  // A task has its turn, on the CPU of the line before unless said.
  HandTrace& Task(int pid = 100, std::string_view comm = "test");
  HandTrace& On(int cpu);
  // Interrupts the task.
  HandTrace& Softirq();
  HandTrace& Hardirq();

  HandTrace& Alloc(uint64_t pfn, const Asked& asked = {});
  HandTrace& AllocFailed(const Asked& asked);
  HandTrace& Free(uint64_t pfn, int order = 0);
  HandTrace& Free(const Pfns& pfns, int order = 0);
  HandTrace& Batched(uint64_t pfn);
  // A batch: all are freed, then committed.
  HandTrace& FreeBatch(const Pfns& pfns);
  HandTrace& Locked(uint64_t pfn, int order = 0,
                    Migratetype type = Migratetype::kMovable);
  HandTrace& Locked(const Pfns& pfns, int order = 0,
                    Migratetype type = Migratetype::kMovable);
  HandTrace& Drain(uint64_t pfn, int order = 0,
                   Migratetype type = Migratetype::kMovable);
  HandTrace& Drain(const Pfns& pfns, int order = 0,
                   Migratetype type = Migratetype::kMovable);
  HandTrace& Extfrag(uint64_t pfn, const Fallback& fallback);
  // Any other event.
  HandTrace& Event(std::string_view name, std::string_view text);

  // Probes. `zone` is an index in AllocatorState::zones.
  HandTrace& DecayProbe(int zone, int high);
  HandTrace& FullDrainProbe(int zone, int cpu = 0);
  HandTrace& ExpiredDrainProbe(int zone);
  // isolate_free_page and what it returned to `caller`.
  HandTrace& IsolateProbe(
      uint64_t pfn, int order, uint64_t returned,
      std::string_view caller = "isolate_freepages_block+0x141/0x3e0");

  // A line as it is.
  HandTrace& Raw(std::string_view line);

  // Of what was written last.
  uint64_t line() const { return line_; }
  std::string Text() const;

 private:
  void Append(int pid, std::string_view comm, std::string_view event);

  int pid_ = 100;
  int cpu_ = 0;
  char level_ = '.';
  std::string comm_ = "test";
  uint64_t microseconds_ = 1'000'000;
  uint64_t line_ = 2;
  std::string text_;
};

// A machine and its replays. Limits of per-cpu lists are far away (batch 4,
// high 100 to 400) until the test says otherwise.
class ExactScene {
 public:
  explicit ExactScene(const TinyMachineOptions& options = {});

  // Replays from the machine as it is now, which does not change. Without
  // looking for hidden facts.
  ExactReport Replay(const HandTrace& trace,
                     const ExactOptions& options = {.infer = false}) const;
  // The same, to the marker of T1 and against `expect`.
  ExactReport Replay(const HandTrace& trace, const AllocatorSnapshot& expect,
                     const ExactOptions& options = {.infer = false}) const;

  AllocatorSnapshot From() const;

  TinyMachine machine;
};

absl::StatusOr<ExactReport> ReplayText(const std::string& text,
                                       const AllocatorSnapshot& from,
                                       const AllocatorSnapshot* expect,
                                       const ExactOptions& options);

// `machine` as the snapshot at the marker that Text() ends with.
AllocatorSnapshot SnapshotT1(const TinyMachine& machine);

// --- checks ---
// Everything was as recorded.
void CheckExact(const ExactReport& report);
// The first failed check.
void CheckDiverges(const ExactReport& report, uint64_t line,
                   std::string_view recorded, std::string_view simulated);

// --- the end of a replay ---
// The populated zone number `nr`.
const SnapshotZone& EndZone(const ExactReport& report, int nr = 0);
const SnapshotPcp& EndPcp(const ExactReport& report, int cpu = 0, int nr = 0);
Pfns EndFree(const ExactReport& report, int order, Migratetype type,
             int nr = 0);
Pfns EndPcpList(const ExactReport& report, int list, int cpu = 0, int nr = 0);
Migratetype EndType(const ExactReport& report, uint64_t pfn);

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_EXACT_SUPPORT_H_
