#ifndef PAGELAB_WORKLOADS_EVENT_QUEUE_H_
#define PAGELAB_WORKLOADS_EVENT_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <queue>
#include <tuple>
#include <vector>

#include "pagelab/alloc/types.h"

namespace pagelab {

// Something that a task will do: go on with its steps, or free what an
// allocation of it with a limited lifetime left in a handle.
struct Event {
  Nanoseconds when;
  size_t task = 0;
  // Index of the handle whose blocks of `origin` expire; kResume: none do.
  static constexpr size_t kResume = SIZE_MAX;
  size_t handle = kResume;
  uint64_t origin = 0;
  // Set by the queue.
  uint64_t sequence = 0;
};

// Events in the order of their time; at one time in the order of their tasks,
// and for one task in the order in which they were added. So the order never
// depends on anything but the scenario.
class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }
  const Event& front() const { return heap_.top(); }
  void Push(Event event) {
    event.sequence = next_sequence_++;
    heap_.push(event);
  }
  Event Pop() {
    const Event event = heap_.top();
    heap_.pop();
    return event;
  }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return std::tie(a.when, a.task, a.sequence) >
             std::tie(b.when, b.task, b.sequence);
    }
  };
  std::priority_queue<Event, std::vector<Event>, Later> heap_;
  uint64_t next_sequence_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EVENT_QUEUE_H_
