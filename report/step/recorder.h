#ifndef PAGELAB_REPORT_STEP_RECORDER_H_
#define PAGELAB_REPORT_STEP_RECORDER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pagelab/alloc/vm_event.h"
#include "pagelab/report/history/allocator_event.h"
#include "pagelab/report/step/capture.h"
#include "pagelab/report/step/moment.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// What conditions may ask of the allocator's state.
struct StepCounts {
  struct OfZone {
    bool populated = false;
    ZoneType type = ZoneType::kDma;
    uint64_t free_pages = 0;
    std::array<uint64_t, kNrPageOrders> nr_free{};
  };
  // By AllocatorState::zones' index.
  std::vector<OfZone> zones;
  VmEvents events;
  // Times the kernel's log told of the out-of-memory killer.
  uint64_t ooms = 0;
};

// An event with what was seen around it.
struct StepFacts {
  const AllocatorEvent& event;
  const EventPlace& place;
  // Null unless the observer wants counts.
  const StepCounts* before;
  const StepCounts* after;
};

// Whom a recorder tells.
class StepObserver {
 public:
  virtual ~StepObserver() = default;
  virtual bool wants_counts() const { return false; }
  virtual bool WantsMoment(uint64_t number) const = 0;
  // After each event, in order, with the moment if it was wanted. False: it has
  // seen enough.
  virtual bool OnStep(const StepFacts& facts,
                      std::shared_ptr<const StepMoment> moment) = 0;
  // Nothing that is still to come matters.
  virtual bool is_over() const { return false; }
};

// How the run begins: no event has happened.
struct StepStart {
  std::shared_ptr<const StepMoment> moment;
  StepCounts counts;
  size_t log_lines = 0;
};
StepStart StartOf(const Machine& machine);

// Decides which state an event leaves behind. Most events are emitted when
// what they tell has been done; a free's comes first (page-allocator.md 19). So
// the state after a free is the next one to be seen that cannot have anything
// later in it: at the end of the operation, or at another free. Where neither
// comes before the next event, the block is shown as on its way, and arrives
// with that event.
class StepRecorder {
 public:
  StepRecorder(Machine& machine, const StepStart& start,
               StepObserver& observer);

  // For RepeatedRun. False: over.
  bool OnEvent(const AllocatorEvent& event);
  // Between operations. True: over.
  bool IsOver();
  void Finish() { SettleNow(); }

 private:
  // An event of which it is not known yet what it leaves behind.
  struct Pending {
    AllocatorEvent event;
    EventPlace place;
    bool wanted = false;
    // As it was when the event was emitted.
    std::shared_ptr<const StepMoment> early;
  };

  void SettleNow();
  void SettleEarly();
  void Tell(std::shared_ptr<const StepMoment> moment);
  std::shared_ptr<const StepMoment> Capture(const Pending& pending,
                                            bool is_early) const;

  Machine& machine_;
  StepObserver& observer_;
  std::optional<Pending> pending_;
  std::shared_ptr<const StepMoment> last_;
  void Count(StepCounts& counts);

  StepCounts before_;
  StepCounts after_;
  size_t log_lines_ = 0;
  uint64_t ooms_ = 0;
  bool is_over_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_RECORDER_H_
