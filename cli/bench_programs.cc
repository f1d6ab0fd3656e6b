#include "pagelab/cli/bench_programs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/child_process.h"

namespace pagelab {
namespace {

constexpr std::string_view kPrefix = "pagelab_";
constexpr std::string_view kSuffix = "_bench";

bool IsProgram(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) &&
         access(path.c_str(), X_OK) == 0;
}

std::string HowToBuild() {
  return "\"ninja -C build\" builds all of them, beside pagelab; --programs or "
         "PAGELAB_BENCH_DIR says where else they are";
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

void AddProgramsOption(CLI::App& app, std::string& directory) {
  app.add_option("--programs", directory,
                 "Directory of the measuring programs; else "
                 "$PAGELAB_BENCH_DIR, else that of this program");
}

absl::StatusOr<std::string> ProgramDirectory(const std::string& given) {
  if (!given.empty()) return given;
  const char* from_environment = std::getenv("PAGELAB_BENCH_DIR");
  if (from_environment != nullptr && *from_environment != '\0') {
    return std::string(from_environment);
  }
  std::error_code error;
  const std::filesystem::path self =
      std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return SystemError(error.value(), "/proc/self/exe",
                       "cannot find this program");
  }
  return self.parent_path().string();
}

absl::StatusOr<std::string> FindProgram(const std::string& directory,
                                        std::string_view name) {
  std::string path = directory + "/" + std::string(name);
  if (IsProgram(path)) return path;
  return absl::NotFoundError(std::string(name) + ": no such program in " +
                             directory + "; " + HowToBuild());
}

absl::StatusOr<std::vector<std::string>> GoogleBenchmarkPrograms(
    const std::string& directory) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entries(directory, error);
  for (; !error && entries != std::filesystem::directory_iterator();
       entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    const bool is_bench = name.starts_with(kPrefix) &&
                          name.ends_with(kSuffix) &&
                          name.size() > kPrefix.size() + kSuffix.size();
    if (is_bench && name != kHotpathProgram && name != kScaleProgram &&
        IsProgram(entries->path().string())) {
      names.push_back(name);
    }
  }
  if (error) {
    return SystemError(error.value(), directory,
                       "cannot look for measuring programs");
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::vector<ListedBenchmarks>> ListBenchmarks(
    const std::string& directory) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<std::string> programs,
                           GoogleBenchmarkPrograms(directory));
  if (programs.empty()) {
    return absl::NotFoundError(
        "no program pagelab_*_bench with benchmarks in " + directory + "; " +
        HowToBuild());
  }
  std::vector<ListedBenchmarks> listed;
  for (const std::string& program : programs) {
    ChildCommand command;
    command.program = fmt::format("{}/{}", directory, program);
    command.arguments = {"--benchmark_list_tests=true"};
    command.quiet = true;
    PAGELAB_ASSIGN_OR_RETURN(const std::string names, RunChild(command));
    listed.push_back({program, Lines(names)});
  }
  return listed;
}

}  // namespace pagelab
