#ifndef PAGELAB_REPORT_EXPORT_REDACTOR_H_
#define PAGELAB_REPORT_EXPORT_REDACTOR_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace pagelab {

enum class Redaction : uint8_t {
  kNone,
  // Names of tasks, cgroups, modules and the functions of modules, and the
  // numbers of tasks. The kernel's own functions stay.
  kNames,
  // These as well.
  kFunctions,
};

// Replaces what says whose machine it was by "task-1", "module-2" and so on,
// the same by the same, numbered as they come. Thread-compatible.
class Redactor {
 public:
  explicit Redactor(Redaction redaction) : redaction_(redaction) {}

  bool active() const { return redaction_ != Redaction::kNone; }

  std::string Comm(std::string_view comm);
  // "-", which is none, stays.
  std::string Memcg(std::string_view memcg);
  // Of a thread or a process; 0, the idle task, and negative ones stay.
  int64_t Pid(int64_t pid);
  // "drv_poll+0x61/0x110 [drv]", as functions and modules are. Of what is
  // replaced the offset and size, which tell the function, are left out.
  std::string Frame(std::string_view frame);
  // Sentences about the source, which may name files and quote them.
  std::string Sentence(std::string_view sentence, std::string_view source);

 private:
  // One kind of names. Ordered, but walked by nobody.
  using Names = std::map<std::string, std::string, std::less<>>;
  static std::string Replace(Names& names, std::string_view kind,
                             std::string_view name);

  Redaction redaction_;
  Names comms_;
  Names memcgs_;
  Names modules_;
  Names functions_;
  std::map<int64_t, int64_t> pids_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPORT_REDACTOR_H_
