// Compressed text on its way out.

#ifndef PAGELAB_BASE_COMPRESSED_OUTPUT_H_
#define PAGELAB_BASE_COMPRESSED_OUTPUT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pagelab/base/output_stream.h"

namespace pagelab {

// As OpenOutput(), compressed where the name ends in .gz, .xz, .zst, .bz2 or
// .lz4. The same text gives the same bytes.
absl::StatusOr<std::unique_ptr<OutputStream>> OpenOutputBySuffix(
    const std::string& path);

// As OpenOutput(), compressed by gzip whatever the name.
absl::StatusOr<std::unique_ptr<OutputStream>> OpenGzipOutput(
    const std::string& path);

}  // namespace pagelab

#endif  // PAGELAB_BASE_COMPRESSED_OUTPUT_H_
