#ifndef PAGELAB_REPORT_STEP_EVENT_SET_H_
#define PAGELAB_REPORT_STEP_EVENT_SET_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace pagelab {

// Numbers of events: one bit for each event of a run, so that a breakpoint that
// holds at every other of a hundred million events is a dozen megabytes.
class EventSet {
 public:
  // REQUIRES: `number` is larger than all that were added.
  void Add(uint64_t number);

  uint64_t size() const { return size_; }
  bool Contains(uint64_t number) const;
  // The smallest member above `number`.
  std::optional<uint64_t> After(uint64_t number) const;
  // The largest member below `number`.
  std::optional<uint64_t> Before(uint64_t number) const;
  // Members up to `number`.
  uint64_t CountUpTo(uint64_t number) const;

 private:
  std::vector<uint64_t> words_;
  uint64_t size_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_EVENT_SET_H_
