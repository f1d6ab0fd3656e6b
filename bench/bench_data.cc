#include "pagelab/bench/bench_data.h"

#include <stdlib.h>

#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "pagelab/base/check.h"

namespace pagelab {

absl::StatusOr<std::string> FindBenchData(const char* variable,
                                          std::string_view path) {
  const char* named = std::getenv(variable);
  std::string found = named != nullptr
                          ? named
                          : fmt::format(PAGELAB_BENCH_DATA_DIR "/{}", path);
  std::error_code error;
  if (std::filesystem::exists(found, error)) return found;
  return absl::NotFoundError(
      named != nullptr
          ? fmt::format("{}={}: there is no such file", variable, found)
          : fmt::format("the source tree's test/data/{} is not here: name a "
                        "file by {}",
                        path, variable));
}

ScratchDirectory::ScratchDirectory() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "pagelab-bench-XXXXXX")
          .string();
  PAGELAB_CHECK(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ScratchDirectory::File(std::string_view name) const {
  return fmt::format("{}/{}", path_, name);
}

}  // namespace pagelab
