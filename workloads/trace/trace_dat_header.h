// What is looked at in a trace.dat before libtracecmd gets it. Internal to the
// reader.

#ifndef PAGELAB_WORKLOADS_TRACE_TRACE_DAT_HEADER_H_
#define PAGELAB_WORKLOADS_TRACE_TRACE_DAT_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace pagelab {

struct TraceDatHeader {
  // One CPU's part of the ring buffer.
  struct CpuData {
    // Where the file keeps `size`; 0 where that is not known.
    uint64_t place = 0;
    uint64_t offset = 0;
    uint64_t size = 0;
  };

  uint64_t page_size = 0;
  bool big_endian = false;
  // The clock's name, empty if the file does not tell.
  std::string clock;
  // Time stamps are converted from x86-tsc to nanoseconds as they are read.
  bool converts_ticks = false;
  // Version 6, and version 7 without compression.
  std::vector<CpuData> cpus;

  // Time stamps are no nanoseconds.
  bool counts_ticks() const;
};

// An open file.
struct TraceDatFile {
  int file = -1;
  uint64_t size = 0;
  // For messages.
  std::string name;
};

// Walks the file from part to part (trace-cmd.dat.v6(5), trace-cmd.dat.v7(5)).
// An error if one of them does not fit: libtracecmd does not always notice.
absl::StatusOr<TraceDatHeader> ReadTraceDatHeader(const TraceDatFile& file);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_TRACE_DAT_HEADER_H_
