#include "pagelab/report/export/redactor.h"

#include "pagelab/owner/own_frame.h"

namespace pagelab {

std::string Redactor::Replace(Names& names, std::string_view kind,
                              std::string_view name) {
  const auto at = names.find(name);
  if (at != names.end()) return at->second;
  std::string other =
      std::string(kind) + "-" + std::to_string(names.size() + 1);
  names.emplace(name, other);
  return other;
}

std::string Redactor::Comm(std::string_view comm) {
  if (!active() || comm.empty()) return std::string(comm);
  return Replace(comms_, "task", comm);
}

std::string Redactor::Memcg(std::string_view memcg) {
  if (!active() || memcg.empty() || memcg == "-") return std::string(memcg);
  return Replace(memcgs_, "cgroup", memcg);
}

int64_t Redactor::Pid(int64_t pid) {
  if (!active() || pid <= 0) return pid;
  const auto next = static_cast<int64_t>(pids_.size()) + 1;
  return pids_.emplace(pid, next).first->second;
}

std::string Redactor::Frame(std::string_view frame) {
  if (!active()) return std::string(frame);
  const std::string_view module = ModuleOf(frame);
  if (module.empty() && redaction_ == Redaction::kNames) {
    return std::string(frame);
  }
  std::string text = Replace(functions_, "function", FunctionOf(frame));
  if (!module.empty()) {
    text += " [" + Replace(modules_, "module", module) + "]";
  }
  return text;
}

std::string Redactor::Sentence(std::string_view sentence,
                               std::string_view source) {
  std::string text(sentence);
  if (!active()) return text;
  for (size_t at = 0;
       !source.empty() && (at = text.find(source, at)) != std::string::npos;) {
    constexpr std::string_view kSource = "the source";
    text.replace(at, source.size(), kSource);
    at += kSource.size();
  }
  for (size_t at = 0; (at = text.find('"', at)) != std::string::npos;) {
    const size_t end = text.find('"', at + 1);
    if (end == std::string::npos) break;
    text.replace(at + 1, end - at - 1, "...");
    at += 5;
  }
  return text;
}

}  // namespace pagelab
