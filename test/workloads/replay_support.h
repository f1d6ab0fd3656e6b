// Small recordings, written line by line, and machines to replay them on.

#ifndef PAGELAB_TEST_WORKLOADS_REPLAY_SUPPORT_H_
#define PAGELAB_TEST_WORKLOADS_REPLAY_SUPPORT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "pagelab/sim/machine.h"
#include "pagelab/workloads/replay/replay.h"

namespace pagelab {

// Text of a recording. Every line comes a millisecond after the one before.
class TraceText {
 public:
  // The context of the lines that follow.
  TraceText& Cpu(int cpu);
  TraceText& Task(std::string_view comm, int pid);
  TraceText& Flags(std::string_view flags);

  TraceText& Alloc(uint64_t pfn, int order,
                   std::string_view gfp = "GFP_KERNEL");
  TraceText& Free(uint64_t pfn, int order);
  TraceText& FailedAlloc(int order);
  // "name: text".
  TraceText& Line(std::string_view text);
  // The stack entry of the line before.
  TraceText& Stack(std::string_view frames);

  const std::string& text() const { return text_; }

 private:
  int cpu_ = 0;
  std::string comm_ = "task";
  int pid_ = 7;
  std::string flags_ = ".....";
  uint64_t now_ = 0;
  std::string text_;
};

// A booted built-in machine, `words` appended to its kernel command line.
Machine BootBuiltin(std::string_view name, std::string_view words = {});

// Requires that the replay works.
ReplayReport Replay(Machine& machine, const TraceText& trace,
                    const RedriveOptions& options = {});

// Frames that nobody holds: on the free lists and on the per-cpu lists.
uint64_t UnusedFrames(const Machine& machine);

}  // namespace pagelab

#endif  // PAGELAB_TEST_WORKLOADS_REPLAY_SUPPORT_H_
