#include "pagelab/sim/files/alloc_tagging_files.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/ascii.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/sim/files/rendered_file.h"

namespace pagelab {
namespace {

// Kernel counterpart: a sysctl made of a static key. Its text is read and
// written at position 0; elsewhere reads find the end, and writes are taken
// without effect.
class MemProfilingFile final : public SimFile {
 public:
  explicit MemProfilingFile(AllocTagging& tagging) : tagging_(tagging) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    if (position_ > 0) return 0;
    const std::string text = Text();
    const size_t size = std::min(buffer.size(), text.size());
    std::memcpy(buffer.data(), text.data(), size);
    position_ += size;
    return size;
  }

  absl::StatusOr<size_t> Write(std::string_view data) override {
    if (!tagging_.supported()) {
      return InvalidInput(
          "EACCES: memory profiling is off for good; boot with "
          "sysctl.vm.mem_profiling=0 or =1");
    }
    const std::string_view word =
        FromAbsl(absl::StripAsciiWhitespace(ToAbsl(data)));
    if (position_ == 0 && !data.empty()) {
      if (word != "0" && word != "1") {
        return InvalidInput("EINVAL: must be 0 or 1, got \"" +
                            std::string(word) + "\"");
      }
      tagging_.set_enabled(word == "1");
    }
    position_ += data.size();
    return data.size();
  }

  absl::Status Seek(uint64_t position) override {
    position_ = position;
    return absl::OkStatus();
  }
  uint64_t position() const override { return position_; }

  absl::Status Dump(OutputStream& out) override {
    out.Append(Text());
    return out.status();
  }

 private:
  std::string Text() const { return tagging_.enabled() ? "1\n" : "0\n"; }

  AllocTagging& tagging_;
  uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<SimFile> OpenAllocinfo(const AllocTagging& tagging) {
  return std::make_unique<RenderedFile>([&tagging](RenderFor) {
    std::string text;
    tagging.AppendAllocinfo(text);
    return text;
  });
}

std::unique_ptr<SimFile> OpenMemProfiling(AllocTagging& tagging) {
  return std::make_unique<MemProfilingFile>(tagging);
}

}  // namespace pagelab
