#ifndef PAGELAB_WORKLOADS_BUILTIN_FILES_H_
#define PAGELAB_WORKLOADS_BUILTIN_FILES_H_

#include "absl/types/span.h"
#include "pagelab/workloads/library.h"

namespace pagelab {

// The files of workloads/machines/ and workloads/scenarios/. Defined by a
// source file that the build makes of them (embed_files.cmake).
absl::Span<const LibraryEntry> EmbeddedMachines();
absl::Span<const LibraryEntry> EmbeddedScenarios();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_BUILTIN_FILES_H_
