#ifndef PAGELAB_WORKLOADS_KERNEL_DAEMON_H_
#define PAGELAB_WORKLOADS_KERNEL_DAEMON_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pagelab/alloc/types.h"

namespace pagelab {

// Threads of the kernel that sleep until there is something to do: kswapd,
// kcompactd, writeback. They run between the operations of tasks, when their
// time has come, in the order in which they were added.
class Daemons {
 public:
  struct Daemon {
    std::string name;
    // When it wants to run next, seen at `now`; nothing: it sleeps.
    std::function<std::optional<Nanoseconds>(Nanoseconds now)> due;
    // One turn. REQUIRES that it is due.
    std::function<void()> run;
  };

  void Add(Daemon daemon) { daemons_.push_back(std::move(daemon)); }

  // When the first of them wants to run.
  std::optional<Nanoseconds> NextDue(Nanoseconds now) const {
    std::optional<Nanoseconds> first;
    for (const Daemon& daemon : daemons_) {
      const std::optional<Nanoseconds> due = daemon.due(now);
      if (due.has_value() && (!first.has_value() || *due < *first)) first = due;
    }
    return first;
  }
  // A turn for each that is due at `now`.
  void RunDue(Nanoseconds now) {
    for (const Daemon& daemon : daemons_) {
      const std::optional<Nanoseconds> due = daemon.due(now);
      if (due.has_value() && *due <= now) daemon.run();
    }
  }

 private:
  std::vector<Daemon> daemons_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_DAEMON_H_
