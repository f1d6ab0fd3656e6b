#ifndef PAGELAB_ALLOC_EXECUTION_CONTEXT_H_
#define PAGELAB_ALLOC_EXECUTION_CONTEXT_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// A return address in the simulated kernel's text.
using SimAddress = uint64_t;

// What the allocator and its observers need to know of a task.
// Kernel counterpart: struct task_struct.
struct Task {
  static constexpr size_t kCommSize = 16;

  int32_t pid = 0;
  int32_t tgid = 0;
  // NUL-terminated, at most 15 characters.
  std::array<char, kCommSize> comm{};
  // Set while an allocation made on behalf of a tracker runs, so that the
  // tracker does not track itself (DESIGN.md decision 10).
  bool in_tracker = false;
  // PF_MEMALLOC, and a victim of the out-of-memory killer: rights to reserves.
  bool memalloc = false;
  bool oom_victim = false;

  std::string_view comm_text() const;
  // Truncates to 15 characters, as the kernel does.
  void set_comm(std::string_view text);
};

enum class InterruptLevel : uint8_t { kTask, kSoftirq, kHardirq, kNmi };

// Where the stack of a request comes from.
enum class StackKind : uint8_t {
  // `ExecutionContext::frames` is the call chain.
  kScripted,
  // The host's own call chain through the simulated kernel's functions.
  kHost,
  // `ExecutionContext::interned` stands for it.
  kInterned,
};

// Whose code asks for memory, where that is not the innermost frame's: parts
// of the kernel that are not simulated functions.
// Kernel counterpart: current->alloc_tag.
enum class AllocSite : uint8_t { kCaller, kPageExt, kStackDepot, kSlab };

// Who is running, and when. Passed to every entry point; owned by the machine
// or by the caller. Never stored by a callee.
struct ExecutionContext {
  CpuId cpu;
  InterruptLevel level = InterruptLevel::kTask;
  AllocSite site = AllocSite::kCaller;
  // Never null while an allocator call runs.
  Task* task = nullptr;
  Nanoseconds now;
  StackKind stack_kind = StackKind::kScripted;
  // Callers of the allocator, innermost first, without the allocator's own
  // frames. Must stay alive during the call.
  absl::Span<const SimAddress> frames;
  // What the tracker that records stacks answered for this chain before.
  uint32_t interned = 0;
};

// Says whose code allocates until the end of the scope.
class AllocSiteScope {
 public:
  AllocSiteScope(ExecutionContext& context, AllocSite site)
      : context_(context), before_(context.site) {
    context.site = site;
  }
  ~AllocSiteScope() { context_.site = before_; }
  AllocSiteScope(const AllocSiteScope&) = delete;
  AllocSiteScope& operator=(const AllocSiteScope&) = delete;

 private:
  ExecutionContext& context_;
  AllocSite before_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_EXECUTION_CONTEXT_H_
