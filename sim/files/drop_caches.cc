#include "pagelab/sim/files/drop_caches.h"

#include <fmt/format.h>

#include <string>

#include "absl/strings/ascii.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

class DropCachesFile final : public SimFile {
 public:
  explicit DropCachesFile(Machine& machine)
      : reclaim_(machine.reclaim()),
        state_(machine.state()),
        clock_(machine.clock()),
        writer_(machine.boot_task()) {}

  absl::StatusOr<size_t> Read(absl::Span<char>) override {
    return InvalidInput("EACCES: the file can only be written");
  }

  absl::StatusOr<size_t> Write(std::string_view data) override {
    const std::string_view word =
        FromAbsl(absl::StripAsciiWhitespace(ToAbsl(data)));
    if (position_ == 0 && !data.empty()) {
      if (word.size() != 1 || word[0] < '1' || word[0] > '4') {
        return InvalidInput("EINVAL: must be 1, 2, 3 or 4, got \"" +
                            std::string(word) + "\"");
      }
      Drop(word[0] - '0');
    }
    position_ += data.size();
    return data.size();
  }

  absl::Status Seek(uint64_t position) override {
    position_ = position;
    return absl::OkStatus();
  }
  uint64_t position() const override { return position_; }

  // There is nothing in it.
  absl::Status Dump(OutputStream& out) override { return out.status(); }

 private:
  void Drop(int what) {
    if (state_.users != nullptr) {
      ExecutionContext context;
      context.task = &writer_;
      context.now = clock_.now();
      reclaim_.ReclaimAll(
          context, {.page_cache = (what & 1) != 0, .slab = (what & 2) != 0});
    }
    quiet_ = quiet_ || (what & 4) != 0;
    if (quiet_ || state_.log == nullptr) return;
    state_.log->Printk(fmt::format("{} ({}): drop_caches: {}",
                                   writer_.comm_text(), writer_.pid, what));
  }

  Reclaim& reclaim_;
  AllocatorState& state_;
  KernelClock& clock_;
  Task& writer_;
  bool quiet_ = false;
  uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<SimFile> OpenDropCaches(Machine& machine) {
  return std::make_unique<DropCachesFile>(machine);
}

}  // namespace pagelab
