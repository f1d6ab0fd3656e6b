#ifndef PAGELAB_REPORT_EXPORT_EXPORT_FORMATS_H_
#define PAGELAB_REPORT_EXPORT_EXPORT_FORMATS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/owner/dump/dump_field.h"
#include "pagelab/report/export/redactor.h"
#include "pagelab/report/source/memory_picture.h"

namespace pagelab {

// What is counted in a stack's width.
enum class StackUnit : uint8_t { kPages, kAllocations, kBytes };

struct ExportOptions {
  StackUnit unit = StackUnit::kPages;
  // Of pprof's samples.
  std::vector<DumpField> labels;
  // Who asked, at each event.
  bool event_stacks = false;
  Redaction redaction = Redaction::kNone;
};

// Each writes what its tool reads (docs/export.md). An error where the picture
// has not what it takes; then something may have been written, which is not to
// be committed.

// flamegraph.pl's stacks: "outer;inner 12", a line for each.
absl::Status ExportFolded(const MemoryPicture& picture,
                          const ExportOptions& options, OutputStream& out);
// perftools.profiles.Profile, not compressed.
absl::Status ExportPprof(const MemoryPicture& picture,
                         const ExportOptions& options, OutputStream& out);
// https://www.speedscope.app/file-format-schema.json, a sampled profile.
absl::Status ExportSpeedscope(const MemoryPicture& picture,
                              const ExportOptions& options, OutputStream& out);
// Chrome's trace-event JSON, which ui.perfetto.dev opens.
absl::Status ExportPerfetto(const MemoryPicture& picture,
                            const ExportOptions& options, OutputStream& out);

// One table (tables.h).
absl::Status ExportCsv(const MemoryPicture& picture, const std::string& table,
                       const ExportOptions& options, OutputStream& out);
absl::Status ExportNdjson(const MemoryPicture& picture,
                          const std::string& table,
                          const ExportOptions& options, OutputStream& out);
// All tables that the picture has rows for, as a database of SQLite; `path`
// appears when it is whole.
absl::Status ExportSqlite(const MemoryPicture& picture,
                          const ExportOptions& options,
                          const std::string& path);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPORT_EXPORT_FORMATS_H_
