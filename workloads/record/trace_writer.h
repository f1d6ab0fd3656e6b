#ifndef PAGELAB_WORKLOADS_RECORD_TRACE_WRITER_H_
#define PAGELAB_WORKLOADS_RECORD_TRACE_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/workloads/record/text_spool.h"

namespace pagelab {

// What stands before the name of an event.
struct TraceEntryHead {
  std::string_view comm;
  int32_t pid = 0;
  int32_t tgid = 0;
  CpuId cpu{};
  InterruptLevel level = InterruptLevel::kTask;
  bool irqs_off = false;
  // 1 to 9; 0 prints a dot.
  int preempt_depth = 0;
  Nanoseconds when{};
};

struct TraceWriterOptions {
  // The column of process ids: the kernel's option record-tgid.
  bool tgid = false;
};

// Entries as the kernel's file `trace` shows them, with its clock "local".
// Thread-compatible.
class TraceWriter {
 public:
  static absl::StatusOr<TraceWriter> Create(const TraceWriterOptions& options);

  // An event: "name: text".
  void Append(const TraceEntryHead& head, std::string_view name,
              std::string_view text);
  // A stack entry, innermost frame first. Kernel counterpart: the option
  // stacktrace.
  void AppendStack(const TraceEntryHead& head,
                   absl::Span<const std::string_view> frames);

  uint64_t nr_entries() const { return nr_entries_; }

  // The whole file: header and entries. Nothing may be appended afterwards.
  absl::Status WriteTo(OutputStream& out, int nr_cpus);

 private:
  TraceWriter(TextSpool spool, const TraceWriterOptions& options)
      : spool_(std::move(spool)), options_(options) {}
  void AppendHead(const TraceEntryHead& head);

  TextSpool spool_;
  TraceWriterOptions options_;
  uint64_t nr_entries_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_RECORD_TRACE_WRITER_H_
