#include "pagelab/sim/files/page_owner_files.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump_writer.h"
#include "pagelab/sim/files/rendered_file.h"

namespace pagelab {
namespace {

// One record a read; a position is a pfn.
class PageOwnerFile final : public SimFile {
 public:
  PageOwnerFile(const PageOwner& owner, const PageFlagsLayout& layout)
      : writer_(owner, layout) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    return writer_.ReadRecord(position_, buffer);
  }
  absl::Status Seek(uint64_t position) override {
    position_ = position;
    return absl::OkStatus();
  }
  absl::Status Dump(OutputStream& out) override { return writer_.Write(out); }

 private:
  DumpWriter writer_;
  uint64_t position_ = 0;
};

// A number that can be read and written. Kernel counterpart: a simple
// attribute: the text is made at position 0.
class CountThresholdFile final : public SimFile {
 public:
  explicit CountThresholdFile(PageOwner& owner) : owner_(owner) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    if (position_ == 0) text_ = ReadCountThreshold(owner_);
    if (position_ >= text_.size()) return 0;
    const size_t size =
        std::min<size_t>(buffer.size(), text_.size() - position_);
    std::memcpy(buffer.data(), text_.data() + position_, size);
    position_ += size;
    return size;
  }
  absl::StatusOr<size_t> Write(std::string_view data) override {
    PAGELAB_RETURN_IF_ERROR(WriteCountThreshold(owner_, data));
    return data.size();
  }
  absl::Status Seek(uint64_t position) override {
    position_ = position;
    return absl::OkStatus();
  }
  absl::Status Dump(OutputStream& out) override {
    out.Append(ReadCountThreshold(owner_));
    return out.status();
  }

 private:
  PageOwner& owner_;
  std::string text_;
  uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<SimFile> OpenPageOwner(const PageOwner& owner,
                                       const PageFlagsLayout& layout) {
  return std::make_unique<PageOwnerFile>(owner, layout);
}

std::unique_ptr<SimFile> OpenShowStacks(const PageOwner& owner) {
  return std::make_unique<RenderedFile>(
      [&owner](RenderFor) -> absl::StatusOr<std::string> {
        StringOutput out;
        PAGELAB_RETURN_IF_ERROR(WriteShowStacks(owner, out));
        return out.text();
      });
}

std::unique_ptr<SimFile> OpenCountThreshold(PageOwner& owner) {
  return std::make_unique<CountThresholdFile>(owner);
}

}  // namespace pagelab
