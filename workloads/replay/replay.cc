#include "pagelab/workloads/replay/replay.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {
namespace {

// How many events pass between two calls of on_progress.
constexpr uint64_t kProgressInterval = 16384;

// An input that hashes what is read from it.
class HashedInput final : public InputStream {
 public:
  explicit HashedInput(InputStream& input)
      : InputStream(input.name()), input_(input) {
    XXH3_64bits_reset(&hash_);
  }

  absl::StatusOr<size_t> Read(absl::Span<char> out) override {
    const absl::StatusOr<size_t> size = input_.Read(out);
    if (size.ok()) XXH3_64bits_update(&hash_, out.data(), *size);
    return size;
  }

  // As HashOf() what was read so far.
  std::string hash() const {
    std::string text;
    AppendHexZeroPadded(text, XXH3_64bits_digest(&hash_), 16);
    return text;
  }

 private:
  InputStream& input_;
  XXH3_state_t hash_;
};

std::string WithoutFolders(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

absl::StatusOr<ReplayReport> ReplayTrace(Machine& machine, InputStream& input,
                                         const ReplayOptions& options) {
  HashedInput hashed(input);
  PAGELAB_ASSIGN_OR_RETURN(const auto reader, OpenTrace(hashed));
  Redrive redrive(machine, options.redrive);
  ReplayReport report;
  report.begin = machine.clock().now();
  TraceEvent event;
  while (reader->Next(event)) {
    redrive.Apply(event);
    if (options.on_progress &&
        reader->stats().total_events % kProgressInterval == 0) {
      options.on_progress(reader->stats());
    }
  }
  if (!reader->status().ok()) return reader->status();
  report.trace_name = WithoutFolders(input.name());
  report.trace_hash = hashed.hash();
  report.trace = reader->stats();
  report.counts = redrive.counts();
  report.end = machine.clock().now();
  return report;
}

}  // namespace pagelab
