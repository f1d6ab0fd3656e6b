#include "pagelab/bench/instruction_counter.h"

#include <csignal>
#include <cstdint>

#include "absl/status/status.h"

#if defined(__x86_64__)
#include <ucontext.h>
#endif

namespace pagelab {

#if defined(__x86_64__)

namespace {

bool IsPrefix(uint8_t byte) {
  switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x66:
    case 0x67:
    case 0xf0:
    case 0xf2:
    case 0xf3:
      return true;
    default:
      return byte >= 0x40 && byte <= 0x4f;
  }
}

// Is the instruction at `code` a jump, a call or a return? Opcodes as in the
// processor manuals; far ones do not occur in user space.
bool IsBranch(const uint8_t* code) {
  while (IsPrefix(*code)) ++code;
  const uint8_t opcode = *code;
  if (opcode == 0x0f) return code[1] >= 0x80 && code[1] <= 0x8f;
  if (opcode == 0xff) {
    const int operation = code[1] >> 3 & 7;
    return operation == 2 || operation == 4;
  }
  const bool short_jump = opcode >= 0x70 && opcode <= 0x7f;
  const bool loop = opcode >= 0xe0 && opcode <= 0xe3;
  const bool near_jump = opcode == 0xe9 || opcode == 0xeb;
  const bool call_or_return =
      opcode == 0xe8 || opcode == 0xc2 || opcode == 0xc3;
  return short_jump || loop || near_jump || call_or_return;
}

// What the signal handler keeps. One count at a time.
struct {
  InstructionCount count;
  uintptr_t previous;
} progress;

// Between two instructions; the second is what the context points at.
void OnTrap(int, siginfo_t*, void* context) {
  const auto next = static_cast<uintptr_t>(
      static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
  // A repeated string instruction traps once a repetition.
  if (next == progress.previous) return;
  progress.previous = next;
  ++progress.count.instructions;
  if (IsBranch(reinterpret_cast<const uint8_t*>(next))) {
    ++progress.count.branches;
  }
}

// Of the flags register.
constexpr uint64_t kTrapFlag = 0x100;

// Below the red zone.
[[gnu::always_inline]] inline void SetFlags(uint64_t flags) {
  asm volatile(
      "lea -128(%%rsp), %%rsp\n\t"
      "pushfq\n\torq %0, (%%rsp)\n\tpopfq\n\t"
      "lea 128(%%rsp), %%rsp" ::"r"(flags)
      : "memory", "cc");
}
[[gnu::always_inline]] inline void ClearTrapFlag() {
  asm volatile(
      "lea -128(%%rsp), %%rsp\n\t"
      "pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq\n\t"
      "lea 128(%%rsp), %%rsp" ::
          : "memory", "cc");
}

// With `flags` 0 nothing is counted.
[[gnu::noinline]] InstructionCount CountTraps(absl::FunctionRef<void()> work,
                                              uint64_t flags) {
  progress = {};
  SetFlags(flags);
  work();
  ClearTrapFlag();
  return progress.count;
}

}  // namespace

absl::StatusOr<InstructionCount> CountInstructions(
    absl::FunctionRef<void()> work, int rehearsals) {
  struct sigaction ours = {};
  ours.sa_sigaction = OnTrap;
  ours.sa_flags = SA_SIGINFO;
  struct sigaction before = {};
  sigaction(SIGTRAP, &ours, &before);
  InstructionCount count;
  for (; rehearsals >= 0; --rehearsals) {
    count = CountTraps(work, rehearsals == 0 ? kTrapFlag : 0);
  }
  // What the counting itself executes.
  const InstructionCount empty = CountTraps([] {}, kTrapFlag);
  sigaction(SIGTRAP, &before, nullptr);
  if (empty.instructions == 0) {
    return absl::UnavailableError(
        "the processor's trap flag has no effect here");
  }
  count.instructions -= empty.instructions;
  count.branches -= empty.branches;
  return count;
}

#else

absl::StatusOr<InstructionCount> CountInstructions(
    absl::FunctionRef<void()> work, int) {
  work();
  return absl::UnavailableError("instructions are counted on x86-64 only");
}

#endif

}  // namespace pagelab
