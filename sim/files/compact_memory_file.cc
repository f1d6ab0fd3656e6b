#include "pagelab/sim/files/compact_memory_file.h"

#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// Who allocates what pages are moved to, innermost frame first.
constexpr std::string_view kFrames[] = {
    "compaction_alloc",      "migrate_pages_batch", "migrate_pages",
    "compact_zone",          "compact_node",        "sysctl_compaction_handler",
    "proc_sys_call_handler", "vfs_write",           "ksys_write",
    "do_syscall_64",
};

class CompactMemory final : public SimFile {
 public:
  explicit CompactMemory(Machine& machine)
      : compactor_(machine.compactor()),
        symbols_(machine.symbols()),
        clock_(machine.clock()),
        writer_(machine.boot_task()) {}

  absl::StatusOr<size_t> Read(absl::Span<char>) override {
    return InvalidInput(
        "EACCES: compact_memory can only be written: a 1 compacts all memory");
  }

  absl::StatusOr<size_t> Write(std::string_view data) override {
    std::string_view word = data;
    while (!word.empty() && (word.back() == '\n' || word.back() == ' ')) {
      word.remove_suffix(1);
    }
    if (word != "1") {
      return InvalidInput("EINVAL: compact_memory takes 1, got \"" +
                          std::string(word) + "\"");
    }
    std::vector<SimAddress> frames;
    for (const std::string_view name : kFrames) {
      PAGELAB_ASSIGN_OR_RETURN(const SimAddress frame,
                               symbols_.InternFrame(name));
      frames.push_back(frame);
    }
    ExecutionContext context;
    context.task = &writer_;
    context.now = clock_.now();
    context.frames = frames;
    compactor_.CompactAll(context);
    return data.size();
  }

  absl::Status Seek(uint64_t) override { return absl::OkStatus(); }
  uint64_t position() const override { return 0; }
  absl::Status Dump(OutputStream& out) override { return out.status(); }

 private:
  Compactor& compactor_;
  SymbolTable& symbols_;
  const KernelClock& clock_;
  Task& writer_;
};

}  // namespace

std::unique_ptr<SimFile> OpenCompactMemory(Machine& machine) {
  return std::make_unique<CompactMemory>(machine);
}

}  // namespace pagelab
