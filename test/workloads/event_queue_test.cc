#include "pagelab/workloads/event_queue.h"

#include <vector>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

Event At(uint64_t when, size_t task, uint64_t origin) {
  Event event;
  event.when = Nanoseconds(when);
  event.task = task;
  event.handle = 0;
  event.origin = origin;
  return event;
}

TEST_CASE("EventQueue: time comes first, then the task, then who was earlier",
          "[workloads][event_queue]") {
  EventQueue queue;
  queue.Push(At(20, 0, 1));
  queue.Push(At(10, 2, 2));
  queue.Push(At(10, 1, 3));
  queue.Push(At(10, 2, 4));
  queue.Push(At(10, 1, 5));
  CHECK(queue.front().origin == 3);
  std::vector<uint64_t> order;
  while (!queue.empty()) order.push_back(queue.Pop().origin);
  CHECK(order == std::vector<uint64_t>{3, 5, 2, 4, 1});
}

}  // namespace
}  // namespace pagelab
