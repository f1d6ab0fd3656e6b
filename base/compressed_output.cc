#include "pagelab/base/compressed_output.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

struct Filter {
  std::string_view suffix;
  int (*add)(struct archive*);
};

constexpr Filter kFilters[] = {
    {".gz", archive_write_add_filter_gzip},
    {".xz", archive_write_add_filter_xz},
    {".zst", archive_write_add_filter_zstd},
    {".bz2", archive_write_add_filter_bzip2},
    {".lz4", archive_write_add_filter_lz4},
};

// Compresses what it gets into another output.
class CompressedOutput final : public OutputStream {
 public:
  static absl::StatusOr<std::unique_ptr<OutputStream>> Create(
      std::unique_ptr<OutputStream> target, const Filter& filter) {
    std::unique_ptr<CompressedOutput> output(
        new CompressedOutput(std::move(target)));
    PAGELAB_RETURN_IF_ERROR(output->Begin(filter));
    return output;
  }

  ~CompressedOutput() override {
    // Uncommitted: the rest goes to a target that is not committed either.
    if (writer_ != nullptr) archive_write_free(writer_);
  }

 protected:
  absl::Status Write(std::string_view text) override {
    while (!text.empty()) {
      const la_ssize_t done =
          archive_write_data(writer_, text.data(), text.size());
      if (done <= 0) return Failure();
      text.remove_prefix(static_cast<size_t>(done));
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    if (archive_write_close(writer_) != ARCHIVE_OK) return Failure();
    return target_->Commit();
  }

 private:
  explicit CompressedOutput(std::unique_ptr<OutputStream> target)
      : OutputStream(target->name()), target_(std::move(target)) {}

  absl::Status Begin(const Filter& filter) {
    writer_ = archive_write_new();
    if (writer_ == nullptr) {
      return absl::ResourceExhaustedError("out of memory");
    }
    archive_write_set_format_raw(writer_);
    // Below ARCHIVE_WARN it does not work; a warning means another program
    // does it.
    if (filter.add(writer_) < ARCHIVE_WARN) return Failure();
    // Without the time of day. Other filters do not know the option.
    archive_write_set_filter_option(writer_, "gzip", "timestamp", nullptr);
    archive_write_set_bytes_in_last_block(writer_, 1);
    if (archive_write_open(writer_, this, nullptr, &CompressedOutput::Pass,
                           nullptr) != ARCHIVE_OK) {
      return Failure();
    }
    struct archive_entry* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    const int begun = archive_write_header(writer_, entry);
    archive_entry_free(entry);
    return begun == ARCHIVE_OK ? absl::OkStatus() : Failure();
  }

  absl::Status Failure() const {
    if (!target_->ok()) return target_->status();
    const char* why = archive_error_string(writer_);
    return absl::UnavailableError(
        name() + ": cannot compress: " + (why != nullptr ? why : "unknown"));
  }

  static la_ssize_t Pass(struct archive*, void* self, const void* bytes,
                         size_t size) {
    OutputStream& target = *static_cast<CompressedOutput*>(self)->target_;
    target.Append({static_cast<const char*>(bytes), size});
    return target.ok() ? static_cast<la_ssize_t>(size) : -1;
  }

  std::unique_ptr<OutputStream> target_;
  struct archive* writer_ = nullptr;
};

}  // namespace

absl::StatusOr<std::unique_ptr<OutputStream>> OpenOutputBySuffix(
    const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(std::unique_ptr<OutputStream> target,
                           OpenOutput(path));
  for (const Filter& filter : kFilters) {
    if (std::string_view(path).ends_with(filter.suffix)) {
      return CompressedOutput::Create(std::move(target), filter);
    }
  }
  return target;
}

absl::StatusOr<std::unique_ptr<OutputStream>> OpenGzipOutput(
    const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(std::unique_ptr<OutputStream> target,
                           OpenOutput(path));
  return CompressedOutput::Create(std::move(target), kFilters[0]);
}

}  // namespace pagelab
