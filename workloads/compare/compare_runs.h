#ifndef PAGELAB_WORKLOADS_COMPARE_COMPARE_RUNS_H_
#define PAGELAB_WORKLOADS_COMPARE_COMPARE_RUNS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/workloads/compare/compare_traces.h"

namespace pagelab {

// How a value is written.
enum class ValueForm : uint8_t {
  kCount,
  kIndex,        // in 1/1000: "0.345"
  kNanoseconds,  // "1.5ms"
};

// Something that went into the runs and is not the same, as JSON; empty where
// that run does not have it.
struct DifferentInput {
  std::string name;
  std::string a;
  std::string b;
};

// A figure of the runs; nothing where that run does not have it.
struct ComparedValue {
  std::string name;
  ValueForm form = ValueForm::kCount;
  std::optional<int64_t> a;
  std::optional<int64_t> b;

  bool differs() const { return a != b; }
};

struct ValueGroup {
  std::string title;
  // Equal ones too.
  std::vector<ComparedValue> values;

  size_t nr_different() const;
};

// A file of the directories, other than summary.json and the trace.
struct DifferentFile {
  enum class How : uint8_t { kContents, kOnlyInA, kOnlyInB };
  std::string name;
  How how = How::kContents;
};

struct ComparedRun {
  std::string directory;
  std::string title;
  bool has_trace = false;
};

// Two runs, side by side.
struct RunComparison {
  ComparedRun a;
  ComparedRun b;
  std::vector<DifferentInput> inputs;
  std::vector<ValueGroup> groups;
  std::vector<DifferentFile> files;
  size_t files_compared = 0;
  // Where both have one.
  std::optional<TraceComparison> trace;

  // Whether all that came out is equal; what went in need not be.
  bool same() const;
};

// Compares two directories that `pagelab run -o` wrote, with the trace that
// `--record DIR/trace.txt` put there. Refuses what is not such a directory, and
// damaged files.
absl::StatusOr<RunComparison> CompareRuns(const std::string& a,
                                          const std::string& b);

struct CompareOptions {
  // Equal values too.
  bool all = false;
};

std::string CompareText(const RunComparison& comparison,
                        const CompareOptions& options);
std::string CompareJson(const RunComparison& comparison,
                        const CompareOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_COMPARE_COMPARE_RUNS_H_
