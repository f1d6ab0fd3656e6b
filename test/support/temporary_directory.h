// A directory for one test, removed with everything in it.

#ifndef PAGELAB_TEST_SUPPORT_TEMPORARY_DIRECTORY_H_
#define PAGELAB_TEST_SUPPORT_TEMPORARY_DIRECTORY_H_

#include <string>
#include <string_view>
#include <vector>

namespace pagelab {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  // The path of `name` in the directory.
  std::string File(std::string_view name) const;
  // Writes a file and returns its path.
  std::string WriteFile(std::string_view name, std::string_view contents) const;
  // The names in the directory, sorted, hidden ones too.
  std::vector<std::string> Names() const;

 private:
  std::string path_;
};

// The bytes of a file as they are; empty if it cannot be read.
std::string FileContents(const std::string& path);

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_TEMPORARY_DIRECTORY_H_
