#ifndef PAGELAB_REPORT_SOURCE_REREADABLE_TEXT_H_
#define PAGELAB_REPORT_SOURCE_REREADABLE_TEXT_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"

namespace pagelab {

// A text that can be read as often as somebody wants: a file of the user's, or
// one that was kept in a nameless temporary file, which is gone with this.
// Thread-safe once it is made.
class RereadableText {
 public:
  // A file that is there.
  static std::shared_ptr<const RereadableText> OfFile(const std::string& path);
  // What `write` writes. `name` is for people.
  static absl::StatusOr<std::shared_ptr<const RereadableText>> Keep(
      std::string name,
      const std::function<absl::Status(OutputStream&)>& write);
  // What an input gives. If it fails on the way, end() says so and what came
  // before is kept.
  static absl::StatusOr<std::shared_ptr<const RereadableText>> KeepInput(
      InputStream& input);

  ~RereadableText();
  RereadableText(const RereadableText&) = delete;
  RereadableText& operator=(const RereadableText&) = delete;

  // For those who open files themselves; good as long as this.
  const std::string& path() const { return path_; }
  // As the user knows it, without folders.
  const std::string& name() const { return name_; }
  // Why the rest of the input was not kept.
  const absl::Status& end() const { return end_; }
  // What an error in reading it says, without the name it begins with.
  std::string ReasonOf(const absl::Status& error) const;
  // From its beginning, decompressed.
  absl::StatusOr<std::unique_ptr<InputStream>> Open() const;

 private:
  RereadableText(std::string path, std::string name, int descriptor)
      : path_(std::move(path)),
        name_(std::move(name)),
        given_(path_),
        descriptor_(descriptor) {}

  static absl::StatusOr<std::shared_ptr<RereadableText>> KeepNamed(
      std::string name,
      const std::function<absl::Status(OutputStream&)>& write);

  std::string path_;
  std::string name_;
  // As errors in reading it name it.
  std::string given_;
  absl::Status end_;
  // -1: a file of the user's.
  int descriptor_;
};

// "a/b/dump.txt" without the folders.
std::string NameWithoutFolders(const std::string& path);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_REREADABLE_TEXT_H_
