#include "pagelab/sim/files/memory_block_files.h"

#include <string>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/sim/files/rendered_file.h"

namespace pagelab {
namespace {

constexpr std::string_view kBlockPrefix = "memory";
constexpr std::string_view kStateSuffix = "/state";

class StateFile final : public SimFile {
 public:
  StateFile(Machine& machine, uint64_t block)
      : blocks_(machine.memory_blocks()),
        clock_(machine.clock()),
        writer_(machine.boot_task()),
        block_(block),
        text_([this](RenderFor) { return Text(); }) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    return text_.Read(buffer);
  }
  absl::StatusOr<size_t> Write(std::string_view data) override;
  absl::Status Seek(uint64_t position) override { return text_.Seek(position); }
  uint64_t position() const override { return text_.position(); }
  absl::Status Dump(OutputStream& out) override { return text_.Dump(out); }

 private:
  absl::StatusOr<std::string> Text() const {
    return std::string(blocks_.IsOnline(block_) ? "online\n" : "offline\n");
  }

  MemoryBlocks& blocks_;
  const KernelClock& clock_;
  Task& writer_;
  uint64_t block_;
  RenderedFile text_;
};

absl::StatusOr<size_t> StateFile::Write(std::string_view data) {
  std::string_view word = data;
  if (!word.empty() && word.back() == '\n') word.remove_suffix(1);
  ExecutionContext context;
  context.task = &writer_;
  context.now = clock_.now();
  absl::Status status;
  if (word == "online") {
    status = blocks_.Online(context, block_, OnlineType::kDefault);
  } else if (word == "online_kernel") {
    status = blocks_.Online(context, block_, OnlineType::kKernel);
  } else if (word == "online_movable") {
    status = blocks_.Online(context, block_, OnlineType::kMovable);
  } else if (word == "offline") {
    status = blocks_.Offline(context, block_);
  } else {
    status = InvalidInput(
        "EINVAL: a memory block takes online, online_kernel, "
        "online_movable or offline, got \"" +
        std::string(word) + "\"");
  }
  PAGELAB_RETURN_IF_ERROR(status);
  return data.size();
}

}  // namespace

std::optional<uint64_t> MemoryBlockOfPath(std::string_view path) {
  for (const std::string_view prefix : {kMemoryDirectory, kBlockPrefix}) {
    if (path.substr(0, prefix.size()) != prefix) return std::nullopt;
    path.remove_prefix(prefix.size());
  }
  if (path.size() <= kStateSuffix.size() ||
      path.substr(path.size() - kStateSuffix.size()) != kStateSuffix) {
    return std::nullopt;
  }
  path.remove_suffix(kStateSuffix.size());
  if (path.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  const absl::StatusOr<uint64_t> block = ParseUint64(path);
  return block.ok() ? std::optional<uint64_t>(*block) : std::nullopt;
}

std::unique_ptr<SimFile> OpenMemoryBlockState(Machine& machine,
                                              uint64_t block) {
  return std::make_unique<StateFile>(machine, block);
}

std::unique_ptr<SimFile> OpenMemoryBlockSize(Machine& machine) {
  return std::make_unique<RenderedFile>(
      [&blocks =
           machine.memory_blocks()](RenderFor) -> absl::StatusOr<std::string> {
        std::string text;
        AppendHex(text, blocks.block_bytes());
        return text + "\n";
      });
}

}  // namespace pagelab
