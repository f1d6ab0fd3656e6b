#ifndef PAGELAB_SIM_FILES_RENDERED_FILE_H_
#define PAGELAB_SIM_FILES_RENDERED_FILE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "pagelab/sim/sim_file.h"

namespace pagelab {

// Who asks for the text of a file: a process of the machine, with what reading
// does to it, or somebody outside, who changes nothing.
enum class RenderFor : uint8_t { kRead, kDump };

// A file whose text is made as a whole. A read at position 0, or the first one
// after Seek(), makes it anew; further reads go on in what was made then.
// Kernel counterpart: a seq_file.
class RenderedFile final : public SimFile {
 public:
  using Renderer = std::function<absl::StatusOr<std::string>(RenderFor)>;

  explicit RenderedFile(Renderer renderer) : renderer_(std::move(renderer)) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;
  absl::Status Seek(uint64_t position) override;
  uint64_t position() const override { return position_; }
  absl::Status Dump(OutputStream& out) override;

 private:
  Renderer renderer_;
  std::string text_;
  uint64_t position_ = 0;
  bool fresh_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_RENDERED_FILE_H_
