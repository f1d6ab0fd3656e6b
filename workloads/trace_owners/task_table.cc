#include "pagelab/workloads/trace_owners/task_table.h"

#include <charconv>
#include <optional>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// What the tracer calls the idle tasks; the kernel calls them swapper/<cpu>.
constexpr std::string_view kIdle = "<idle>";

// "pid=17 oldcomm=sh newcomm=ls ..." : `pid`, and the name between `key` and
// `end`. Names may hold blanks and equal signs.
std::optional<std::string_view> TakeName(std::string_view text,
                                         std::string_view key,
                                         std::string_view end) {
  const size_t begin = text.find(key);
  if (begin == std::string_view::npos) return std::nullopt;
  const size_t last = text.rfind(end);
  if (last == std::string_view::npos || last < begin + key.size()) {
    return std::nullopt;
  }
  return text.substr(begin + key.size(), last - begin - key.size());
}

std::optional<int32_t> TakePid(std::string_view text) {
  constexpr std::string_view kKey = "pid=";
  if (!text.starts_with(kKey)) return std::nullopt;
  int32_t pid = 0;
  const char* begin = text.data() + kKey.size();
  const auto [end, error] =
      std::from_chars(begin, text.data() + text.size(), pid);
  if (error != std::errc() || pid < 0) return std::nullopt;
  return pid;
}

}  // namespace

uint32_t TaskTable::InternSlowly(const TraceEvent& event) {
  const size_t cpu = static_cast<size_t>(event.cpu.value());
  if (cpu >= last_.size()) last_.resize(cpu + 1);
  const bool idle = event.pid == 0;
  Current& current = current_[idle ? -1 - event.cpu.value() : event.pid];
  if (current.id == 0 || current.printed != event.comm ||
      task(current.id).tgid != event.tgid) {
    TracedTask& task = tasks_.emplace_back();
    task.pid = event.pid;
    task.tgid = event.tgid;
    if (!current.name.empty()) {
      task.comm = current.name;
      task.comm_is_exact = true;
    } else if (event.comm == kIdle) {
      task.comm = "swapper/";
      AppendDecimal(task.comm, cpu);
    } else {
      task.comm = event.comm.substr(0, Task::kCommSize - 1);
    }
    current.id = size();
    current.printed = event.comm;
  }
  Last& last = last_[cpu];
  last.pid = event.pid;
  last.tgid = event.tgid;
  last.id = current.id;
  last.comm = event.comm;
  return current.id;
}

void TaskTable::NoteRename(std::string_view text) {
  const std::optional<int32_t> pid = TakePid(text);
  const auto old_name = TakeName(text, " oldcomm=", " newcomm=");
  const auto new_name = TakeName(text, " newcomm=", " oom_score_adj=");
  if (!pid || *pid == 0 || !old_name || !new_name) return;
  Current& current = current_[*pid];
  if (current.id != 0) {
    TracedTask& task = tasks_[current.id - 1];
    task.comm = *old_name;
    task.comm_is_exact = true;
  }
  current.id = 0;
  current.name = *new_name;
  ForgetLast();
}

void TaskTable::NoteNewTask(std::string_view text) {
  const std::optional<int32_t> pid = TakePid(text);
  const auto name = TakeName(text, " comm=", " clone_flags=");
  if (!pid || *pid == 0 || !name) return;
  Current& current = current_[*pid];
  current.id = 0;
  current.name = *name;
  ForgetLast();
}

void TaskTable::ForgetLast() {
  for (Last& last : last_) last.id = 0;
}

void TaskTable::KeepMarked(absl::Span<uint32_t> marks) {
  std::vector<TracedTask> kept;
  for (uint32_t id = 1; id <= size(); ++id) {
    if (marks[id] == 0) continue;
    kept.push_back(std::move(tasks_[id - 1]));
    marks[id] = static_cast<uint32_t>(kept.size());
  }
  tasks_ = std::move(kept);
  for (auto& [pid, current] : current_) current.id = marks[current.id];
  ForgetLast();
}

}  // namespace pagelab
