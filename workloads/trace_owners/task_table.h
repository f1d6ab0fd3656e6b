#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_TASK_TABLE_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_TASK_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/types.h"
#include "pagelab/workloads/trace/event.h"

namespace pagelab {

// A task as a recording shows it for some time.
struct TracedTask {
  int32_t pid = 0;
  // -1: not recorded.
  int32_t tgid = -1;
  // As the kernel calls it; "<...>" where the tracer did not know.
  std::string comm;
  // The tracer prints the name that a task had last, for all its events. True
  // where an event says what it was called when.
  bool comm_is_exact = false;

  bool comm_is_known() const { return comm != "<...>"; }
};

// Gives the tasks of a recording small numbers, from 1. A task that is
// renamed, where the recording has the events task_rename and task_newtask,
// gets a new number. Thread-compatible.
class TaskTable {
 public:
  // The number of the task that the event's columns name.
  uint32_t Intern(const TraceEvent& event) {
    const size_t cpu = static_cast<size_t>(event.cpu.value());
    if (cpu < last_.size()) [[likely]] {
      const Last& last = last_[cpu];
      if (last.id != 0 && last.pid == event.pid && last.tgid == event.tgid &&
          last.comm == event.comm) [[likely]] {
        return last.id;
      }
    }
    return InternSlowly(event);
  }

  // The text of the events task_rename and task_newtask.
  void NoteRename(std::string_view text);
  void NoteNewTask(std::string_view text);

  // REQUIRES: `id` is not 0.
  const TracedTask& task(uint32_t id) const { return tasks_[id - 1]; }
  uint32_t size() const { return static_cast<uint32_t>(tasks_.size()); }

  // Forgets the tasks that are not marked and renumbers the others. `marks` is
  // indexed by number and gets the new numbers.
  void KeepMarked(absl::Span<uint32_t> marks);

 private:
  // The last task of a CPU.
  struct Last {
    int32_t pid = 0;
    int32_t tgid = -1;
    uint32_t id = 0;
    std::string comm;
  };
  // What is known of a pid now.
  struct Current {
    // 0: it has not been seen under its present name.
    uint32_t id = 0;
    // As printed when `id` was given.
    std::string printed;
    // From an event; empty without.
    std::string name;
  };

  uint32_t InternSlowly(const TraceEvent& event);
  void ForgetLast();

  std::vector<TracedTask> tasks_;
  std::vector<Last> last_;
  // By pid; the idle task of CPU n, which all have pid 0, by -1 - n.
  absl::flat_hash_map<int32_t, Current> current_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_TASK_TABLE_H_
