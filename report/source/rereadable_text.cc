#include "pagelab/report/source/rereadable_text.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/temporary_file.h"

namespace pagelab {
namespace {

// An open file that stays open.
class DescriptorOutput final : public OutputStream {
 public:
  DescriptorOutput(std::string name, int descriptor)
      : OutputStream(std::move(name)), descriptor_(descriptor) {}

 protected:
  absl::Status Write(std::string_view text) override {
    while (!text.empty()) {
      const ssize_t written = write(descriptor_, text.data(), text.size());
      if (written < 0) {
        if (errno == EINTR) continue;
        return SystemError(errno, name(), "cannot keep a copy");
      }
      text.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

 private:
  const int descriptor_;
};

// An input under another name.
class NamedInput final : public InputStream {
 public:
  NamedInput(std::string name, std::unique_ptr<InputStream> input)
      : InputStream(std::move(name)), input_(std::move(input)) {}
  absl::StatusOr<size_t> Read(absl::Span<char> out) override {
    return input_->Read(out);
  }

 private:
  std::unique_ptr<InputStream> input_;
};

}  // namespace

std::string NameWithoutFolders(const std::string& path) {
  if (path == "-") return "stdin";
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path;
  const size_t slash = path.rfind('/', end);
  const size_t begin = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(begin, end + 1 - begin);
}

std::shared_ptr<const RereadableText> RereadableText::OfFile(
    const std::string& path) {
  return std::shared_ptr<const RereadableText>(
      new RereadableText(path, NameWithoutFolders(path), -1));
}

absl::StatusOr<std::shared_ptr<RereadableText>> RereadableText::KeepNamed(
    std::string name, const std::function<absl::Status(OutputStream&)>& write) {
  PAGELAB_ASSIGN_OR_RETURN(const int descriptor, OpenTemporaryFile());
  std::shared_ptr<RereadableText> text(
      new RereadableText("/proc/self/fd/" + std::to_string(descriptor),
                         std::move(name), descriptor));
  DescriptorOutput out(text->name(), descriptor);
  PAGELAB_RETURN_IF_ERROR(write(out));
  PAGELAB_RETURN_IF_ERROR(out.Commit());
  return text;
}

absl::StatusOr<std::shared_ptr<const RereadableText>> RereadableText::Keep(
    std::string name, const std::function<absl::Status(OutputStream&)>& write) {
  return KeepNamed(std::move(name), write);
}

absl::StatusOr<std::shared_ptr<const RereadableText>> RereadableText::KeepInput(
    InputStream& input) {
  absl::Status end;
  const auto copy = [&](OutputStream& out) -> absl::Status {
    constexpr size_t kPiece = size_t{256} << 10;
    std::vector<char> piece(kPiece);
    while (out.ok()) {
      const absl::StatusOr<size_t> size = input.Read(absl::MakeSpan(piece));
      end = size.status();
      if (!size.ok() || *size == 0) break;
      out.Append({piece.data(), *size});
    }
    return out.status();
  };
  PAGELAB_ASSIGN_OR_RETURN(std::shared_ptr<RereadableText> text,
                           KeepNamed(NameWithoutFolders(input.name()), copy));
  text->given_ = input.name();
  text->end_ = std::move(end);
  return text;
}

std::string RereadableText::ReasonOf(const absl::Status& error) const {
  std::string reason(error.message());
  for (const std::string* name : {&given_, &path_, &name_}) {
    if (reason.starts_with(*name + ": ")) reason.erase(0, name->size() + 2);
  }
  return reason;
}

RereadableText::~RereadableText() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<std::unique_ptr<InputStream>> RereadableText::Open() const {
  PAGELAB_ASSIGN_OR_RETURN(std::unique_ptr<InputStream> input,
                           InputStream::Open(path_));
  // Errors name the file as the user gave it.
  if (descriptor_ < 0) return input;
  return std::unique_ptr<InputStream>(
      std::make_unique<NamedInput>(name_, std::move(input)));
}

}  // namespace pagelab
