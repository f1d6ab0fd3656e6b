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
  PageOwnerFile(const PageOwner& owner, const PageFlagsLayout& layout,
                const MemcgSource& memcgs)
      : profile_(owner.text()), writer_(owner, layout, &memcgs) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    return writer_.ReadRecord(position_, buffer);
  }
  absl::Status Seek(uint64_t position) override {
    if (!profile_.seek) {
      std::string message = "ESPIPE: page_owner of ";
      message += profile_.version;
      message += " can only be read from its start";
      return InvalidInput(message);
    }
    position_ = position;
    return absl::OkStatus();
  }
  uint64_t position() const override { return position_; }
  // Any sum will do: beyond the last pfn there is nothing.
  absl::StatusOr<uint64_t> Lseek(int64_t offset, SeekWhence whence) override {
    if (whence == SeekWhence::kEnd) {
      return InvalidInput("EINVAL: page_owner knows SEEK_SET and SEEK_CUR");
    }
    const uint64_t from = whence == SeekWhence::kCurrent ? position_ : 0;
    PAGELAB_RETURN_IF_ERROR(Seek(from + static_cast<uint64_t>(offset)));
    return position_;
  }
  absl::Status Dump(OutputStream& out) override { return writer_.Write(out); }

 private:
  const OwnerTextProfile& profile_;
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
  uint64_t position() const override { return position_; }
  absl::Status Dump(OutputStream& out) override {
    out.Append(ReadCountThreshold(owner_));
    return out.status();
  }

 private:
  PageOwner& owner_;
  std::string text_;
  uint64_t position_ = 0;
};

// One of the files that list all stacks.
template <absl::Status (*Write)(const PageOwner&, OutputStream&)>
std::unique_ptr<SimFile> OpenStacks(const PageOwner& owner) {
  return std::make_unique<RenderedFile>(
      [&owner](RenderFor) -> absl::StatusOr<std::string> {
        StringOutput out;
        PAGELAB_RETURN_IF_ERROR(Write(owner, out));
        return out.text();
      });
}

}  // namespace

std::unique_ptr<SimFile> OpenPageOwner(const PageOwner& owner,
                                       const PageFlagsLayout& layout,
                                       const MemcgSource& memcgs) {
  return std::make_unique<PageOwnerFile>(owner, layout, memcgs);
}

std::unique_ptr<SimFile> OpenShowStacks(const PageOwner& owner) {
  return OpenStacks<WriteShowStacks>(owner);
}

std::unique_ptr<SimFile> OpenShowHandles(const PageOwner& owner) {
  return OpenStacks<WriteShowHandles>(owner);
}

std::unique_ptr<SimFile> OpenShowStacksHandles(const PageOwner& owner) {
  return OpenStacks<WriteShowStacksHandles>(owner);
}

std::unique_ptr<SimFile> OpenCountThreshold(PageOwner& owner) {
  return std::make_unique<CountThresholdFile>(owner);
}

}  // namespace pagelab
