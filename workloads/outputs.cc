#include "pagelab/workloads/outputs.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr OutputFile kFiles[] = {
    {"page_owner", "/sys/kernel/debug/page_owner"},
    {"page_owner_stacks/show_stacks",
     "/sys/kernel/debug/page_owner_stacks/show_stacks"},
    {"buddyinfo", "/proc/buddyinfo"},
    {"pagetypeinfo", "/proc/pagetypeinfo"},
    {"zoneinfo", "/proc/zoneinfo"},
    {"meminfo", "/proc/meminfo"},
    {"vmstat", "/proc/vmstat"},
    {"slabinfo", "/proc/slabinfo"},
    {"allocinfo", "/proc/allocinfo", true},
    {"dmesg", "dmesg"},
};

// `directory`/`name`, with the directories on the way made.
absl::StatusOr<std::string> PathFor(const std::string& directory,
                                    std::string_view name) {
  const std::filesystem::path path =
      std::filesystem::path(directory) / std::string(name);
  PAGELAB_RETURN_IF_ERROR(MakeOutputDirectory(path.parent_path().string()));
  return path.string();
}

// Nothing where this kernel, as it was booted, does not have the file.
using Content = std::optional<std::unique_ptr<SimFile>>;

absl::StatusOr<Content> ContentOf(Machine& machine, const OutputFile& file) {
  absl::StatusOr<std::unique_ptr<SimFile>> opened =
      machine.File(file.kernel_path);
  if (absl::IsNotFound(opened.status())) return std::nullopt;
  PAGELAB_RETURN_IF_ERROR(opened.status());
  return *std::move(opened);
}

}  // namespace

absl::Span<const OutputFile> OutputFiles() { return kFiles; }

absl::Status MakeOutputDirectory(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(
      directory + ": cannot make the directory: " + error.message());
}

absl::StatusOr<std::vector<std::string>> WriteOutputs(
    Machine& machine, const std::string& directory) {
  if (directory.empty()) return InvalidInput("the output directory is empty");
  std::vector<std::string> paths;
  for (const OutputFile& file : kFiles) {
    PAGELAB_ASSIGN_OR_RETURN(const Content content, ContentOf(machine, file));
    if (!content.has_value()) continue;
    if (file.needs_mem_profiling && !machine.alloc_tagging().supported()) {
      continue;
    }
    PAGELAB_ASSIGN_OR_RETURN(std::string path, PathFor(directory, file.name));
    PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                             OpenOutput(path));
    PAGELAB_RETURN_IF_ERROR((*content)->Dump(*out));
    PAGELAB_RETURN_IF_ERROR(out->Commit());
    paths.push_back(std::move(path));
  }
  return paths;
}

absl::StatusOr<std::string> WriteOutputText(const std::string& directory,
                                            std::string_view name,
                                            std::string_view text) {
  PAGELAB_ASSIGN_OR_RETURN(std::string path, PathFor(directory, name));
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           OpenOutput(path));
  out->Append(text);
  PAGELAB_RETURN_IF_ERROR(out->Commit());
  return path;
}

}  // namespace pagelab
