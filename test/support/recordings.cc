#include "pagelab/test/support/recordings.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "pagelab/test/support/catch.h"

namespace pagelab {

std::string RecordingsFolder() {
  const char* chosen = std::getenv("PAGELAB_RECORDINGS");
  const std::string folder =
      chosen != nullptr
          ? chosen
          : std::string(PAGELAB_TEST_DATA_DIR) + "/../../../shared/real-linux";
  if (std::filesystem::is_directory(folder)) return folder;
  WARN("skipped: no recordings at " << folder
                                    << "; PAGELAB_RECORDINGS names another");
  return "";
}

std::vector<std::string> RecordedFiles(const std::string& prefix) {
  std::vector<std::string> paths;
  const std::string folder = RecordingsFolder();
  if (folder.empty()) return paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().filename().string().rfind(prefix, 0) == 0) {
      paths.push_back(entry.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace pagelab
