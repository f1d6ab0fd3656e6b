#ifndef PAGELAB_BENCH_BENCH_DATA_H_
#define PAGELAB_BENCH_BENCH_DATA_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace pagelab {

// The path of what a benchmark reads: the file that the environment variable
// `variable` names, else `path` in the test/data of the source tree. NotFound,
// with what to set, where neither is.
absl::StatusOr<std::string> FindBenchData(const char* variable,
                                          std::string_view path);

// A directory for what a benchmark writes, removed with everything in it.
class ScratchDirectory {
 public:
  // Ends the program when there is no room for one.
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string File(std::string_view name) const;

 private:
  std::string path_;
};

}  // namespace pagelab

#endif  // PAGELAB_BENCH_BENCH_DATA_H_
