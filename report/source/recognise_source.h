#ifndef PAGELAB_REPORT_SOURCE_RECOGNISE_SOURCE_H_
#define PAGELAB_REPORT_SOURCE_RECOGNISE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pagelab/report/source/rereadable_text.h"

namespace pagelab {

// What somebody wants to be shown.
enum class SourceKind : uint8_t {
  // A scenario, built-in or in a file: it is run.
  kScenario,
  // With the files of a run, or copies of those of a real machine.
  kDirectory,
  // Records of page_owner: a dump, show_stacks, a kernel log.
  kDump,
  // A recording of the kmem events.
  kTrace,
  kSnapshot,
};

struct RecognisedSource {
  SourceKind kind = SourceKind::kScenario;
  // The file, or what standard input or a pipe gave, which may have ended too
  // early (end()); null for a built-in scenario and a
  // directory.
  std::shared_ptr<const RereadableText> text;
};

// Tells by the content, never by the suffix. A name without '/' and '.' is a
// built-in scenario if there is one, else a file or directory. "-" is standard
// input, which is kept. Refuses what is none of these, with words about what
// would be right.
absl::StatusOr<RecognisedSource> RecogniseSource(const std::string& what);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_RECOGNISE_SOURCE_H_
