#include "pagelab/workloads/kernel_copy.h"

#include <filesystem>
#include <system_error>

namespace pagelab {

std::string FindKernelCopy(const std::string& directory,
                           std::string_view name) {
  for (const std::string_view ending : {"", ".txt"}) {
    for (const std::string_view packed :
         {"", ".xz", ".gz", ".zst", ".bz2", ".lz4"}) {
      std::string path = directory + "/" + std::string(name);
      path += ending;
      path += packed;
      std::error_code error;
      if (std::filesystem::is_regular_file(path, error)) return path;
    }
  }
  return "";
}

}  // namespace pagelab
