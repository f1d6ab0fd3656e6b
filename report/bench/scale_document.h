#ifndef PAGELAB_REPORT_BENCH_SCALE_DOCUMENT_H_
#define PAGELAB_REPORT_BENCH_SCALE_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/report/bench/bench_host.h"

namespace pagelab {

// One simulated machine.
struct ScalePoint {
  uint64_t bytes = 0;
  // Nanoseconds a pair, one number a round; none where this size was not
  // measured, which `note` explains.
  std::vector<double> ns;
  std::optional<double> instructions;
  // Host memory that the simulated machine takes.
  std::optional<double> resident_bytes;
  std::string note;
};

// The same work on machines of ascending size.
struct ScaleRow {
  std::string name;
  std::vector<ScalePoint> points;
};

// What pagelab_scale_bench measured.
struct ScaleDocument {
  BenchHost host;
  std::vector<ScaleRow> rows;
  // The document as it was read.
  std::string json;
};

// `name` is for messages, "name:line:column: rows[0].points: must be ...".
absl::StatusOr<ScaleDocument> ReadScaleDocument(const std::string& name,
                                                std::string_view json);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_SCALE_DOCUMENT_H_
