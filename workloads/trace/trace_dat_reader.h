#ifndef PAGELAB_WORKLOADS_TRACE_TRACE_DAT_READER_H_
#define PAGELAB_WORKLOADS_TRACE_TRACE_DAT_READER_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/trace_dat_decoder.h"
#include "pagelab/workloads/trace/trace_dat_header.h"
#include "pagelab/workloads/trace/trace_input.h"
#include "pagelab/workloads/trace/trace_reader.h"

// libtracecmd's.
struct tracecmd_input;

namespace pagelab {

// The reader for a trace.dat. libtracecmd needs a file that it can go back in,
// so the input is copied to a nameless temporary one first; and it crashes on
// some damaged files, so it works in a process of its own.
absl::StatusOr<std::unique_ptr<TraceReader>> OpenTraceDat(TraceInput input);

// Reads the binary recordings of trace-cmd, versions 6 and 7: the buffer of
// the top instance, all CPUs merged by time.
//
// What is missing at the end of a file without compression is counted as one
// unreadable entry.
class TraceDatReader final : public TraceReader {
 public:
  // `file` is written to where it was cut off, and can be closed afterwards.
  static absl::StatusOr<std::unique_ptr<TraceReader>> Create(
      const TraceDatFile& file);
  ~TraceDatReader() override;

  bool Next(TraceEvent& event) override;

 private:
  struct CloseFile {
    void operator()(tracecmd_input* file) const;
  };
  struct FreeRecord {
    void operator()(tep_record* record) const;
  };
  using File = std::unique_ptr<tracecmd_input, CloseFile>;
  using Record = std::unique_ptr<tep_record, FreeRecord>;

  struct Cpu {
    // Records that were read ahead.
    std::deque<Record> ahead;
    bool at_end = false;
  };

  TraceDatReader(std::string name, File file, bool counts_ticks);

  // The CPU whose next record is the earliest; null at the end.
  Cpu* EarliestCpu();
  // Makes sure that so many records are read ahead, if there are.
  bool ReadAhead(Cpu& cpu, size_t nr_records);
  void CountLost(const tep_record& record);
  // Finds the event's stack among the CPU's next records.
  void AttachStack(Cpu& cpu, const TraceDatDecoder::Context& context,
                   TraceEvent& event);

  File file_;
  TraceDatDecoder decoder_;
  std::vector<Cpu> cpus_;
  // Of the event that was handed out last: its views point into it.
  Record record_;
  std::string stack_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_TRACE_DAT_READER_H_
