#ifndef PAGELAB_WORKLOADS_KERNEL_DISK_H_
#define PAGELAB_WORKLOADS_KERNEL_DISK_H_

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/workloads/kernel/io_costs.h"

namespace pagelab {

// Pages of one file on their way to the disk or from there.
struct IoRequest {
  // Of the inode.
  uint32_t file = 0;
  std::vector<Pfn> pages = {};
  Nanoseconds done = {};
};

// The simulated disk: does requests one after the other, reads beside writes,
// as a scheduler does that lets nobody who reads wait for writeback.
class Disk {
 public:
  // When it will be done.
  Nanoseconds SubmitRead(Nanoseconds now, IoRequest request) {
    uint64_t cost = kReadPage.value();
    if (!request.pages.empty()) {
      cost += (request.pages.size() - 1) * kReadNextPage.value();
    }
    return Submit(now, Nanoseconds(cost), std::move(request), reads_);
  }
  Nanoseconds SubmitWrite(Nanoseconds now, IoRequest request) {
    const Nanoseconds cost(request.pages.size() * kWritePage.value());
    return Submit(now, cost, std::move(request), writes_);
  }

  // When it will have written all that it has.
  Nanoseconds writes_done() const {
    return writes_.empty() ? Nanoseconds(0) : writes_.back().done;
  }
  // When the next request is done.
  std::optional<Nanoseconds> NextDone() const {
    if (reads_.empty() && writes_.empty()) return std::nullopt;
    if (reads_.empty()) return writes_.front().done;
    if (writes_.empty()) return reads_.front().done;
    return std::min(reads_.front().done, writes_.front().done);
  }
  // A request that is done by `now`.
  std::optional<IoRequest> TakeReadDone(Nanoseconds now) {
    return TakeDone(now, reads_);
  }
  std::optional<IoRequest> TakeWriteDone(Nanoseconds now) {
    return TakeDone(now, writes_);
  }
  // The requests of a file: fn(IoRequest&).
  template <class Fn>
  void ForEachOf(uint32_t file, Fn fn) {
    for (Queue* queue : {&reads_, &writes_}) {
      for (IoRequest& request : *queue) {
        if (request.file == file) fn(request);
      }
    }
  }

 private:
  using Queue = std::deque<IoRequest>;

  static Nanoseconds Submit(Nanoseconds now, Nanoseconds cost,
                            IoRequest request, Queue& queue) {
    const Nanoseconds begin =
        queue.empty() ? now : std::max(now, queue.back().done);
    request.done = begin + cost;
    queue.push_back(std::move(request));
    return queue.back().done;
  }
  static std::optional<IoRequest> TakeDone(Nanoseconds now, Queue& queue) {
    if (queue.empty() || queue.front().done > now) return std::nullopt;
    IoRequest request = std::move(queue.front());
    queue.pop_front();
    return request;
  }

  Queue reads_;
  Queue writes_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_DISK_H_
