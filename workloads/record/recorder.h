#ifndef PAGELAB_WORKLOADS_RECORD_RECORDER_H_
#define PAGELAB_WORKLOADS_RECORD_RECORDER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/alloc/tracepoints.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/sim/machine.h"
#include "pagelab/stackdepot/host_stack.h"
#include "pagelab/workloads/record/trace_writer.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

struct RecorderOptions {
  // A stack entry after each event, and the column of process ids.
  bool stacks = false;
};

// Records a machine the way the recordings of real kernels were made: a
// snapshot T0, from the same moment on every event of the allocator as ftrace
// text, and a snapshot T1 at the end. An exact replay needs nothing else.
//
// Differs from Linux: pages of a bulk allocation, which have no event there,
// show as probes "alloc_pages_bulk_page".
class Recorder final : public TraceSink {
 public:
  // Begins. The machine must stay where it is until the recorder is gone, and
  // nobody else may attach to its tracepoints.
  static absl::StatusOr<std::unique_ptr<Recorder>> Start(
      Machine& machine, const RecorderOptions& options);
  // Detaches.
  ~Recorder() override;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Ends: writes the trace.
  absl::Status Finish(OutputStream& trace);

  // The moments between which it recorded; `after` from Finish() on.
  const AllocatorSnapshot& before() const { return before_; }
  const AllocatorSnapshot& after() const { return after_; }
  uint64_t nr_events() const { return nr_events_; }

  void OnEvent(const ExecutionContext&, const MmPageAlloc&) override;
  void OnEvent(const ExecutionContext&, const MmPageFree&) override;
  void OnEvent(const ExecutionContext&, const MmPageFreeBatched&) override;
  void OnEvent(const ExecutionContext&, const MmPageAllocZoneLocked&) override;
  void OnEvent(const ExecutionContext&, const MmPagePcpuDrain&) override;
  void OnEvent(const ExecutionContext&, const MmPageAllocExtfrag&) override;
  void OnProbe(const ExecutionContext&, const DecayPcpHighProbe&) override;
  void OnProbe(const ExecutionContext&, const DrainPagesZoneProbe&) override;
  void OnProbe(const ExecutionContext&, const DrainZonePagesProbe&) override;
  void OnProbe(const ExecutionContext&, const BulkAllocProbe&) override;

 private:
  // An event and the kernel's functions between it and the caller of the
  // allocator, innermost first.
  struct Kind {
    std::string_view name;
    bool irqs_off = false;
    absl::Span<const std::string_view> frames;
  };

  Recorder(Machine& machine, TraceWriter writer, const RecorderOptions& options)
      : machine_(machine), writer_(std::move(writer)), options_(options) {}

  void Write(const ExecutionContext& context, const Kind& kind,
             std::string_view text);
  void WriteStack(const ExecutionContext& context, const TraceEntryHead& head,
                  absl::Span<const std::string_view> own_frames);
  void WriteMarker(std::string_view text);
  absl::Span<const std::string_view> AllocFrames(
      const ExecutionContext& context, Gfp gfp) const;
  // The name of the function, and of its module.
  std::string_view NameOf(SimAddress address);

  Machine& machine_;
  TraceWriter writer_;
  RecorderOptions options_;
  std::optional<HostStackTranslator> translator_;
  AllocatorSnapshot before_;
  AllocatorSnapshot after_;
  uint64_t nr_events_ = 0;
  bool last_was_free_ = false;
  // Looked up, never walked. Values stay where they are.
  absl::flat_hash_map<SimAddress, std::unique_ptr<std::string>> names_;
  std::vector<std::string_view> stack_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_RECORD_RECORDER_H_
