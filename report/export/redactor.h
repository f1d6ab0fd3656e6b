#ifndef PAGELAB_REPORT_EXPORT_REDACTOR_H_
#define PAGELAB_REPORT_EXPORT_REDACTOR_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace pagelab {

enum class Redaction : uint8_t {
  kNone,
  // Names of tasks, cgroups, modules and BPF programs, of functions that are
  // not surely the kernel's own, and the numbers of tasks.
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
  // replaced the offset and size, which tell the function, are left out. The
  // kernel's own are of the form "sym+0x1/0x2", with a size and nothing behind;
  // any other frame is replaced. So are programs of BPF; "handle: 42" stays.
  std::string Frame(std::string_view frame);
  // OwnerName() and OwnerModule() of a stack. What stands for no function,
  // "kernel" and the handles stay.
  struct Owner {
    std::string function;
    std::string module;
  };
  Owner OwnerOf(absl::Span<const std::string_view> frames);
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
