// The folder of all recordings of real kernels, which is not part of the
// source.

#ifndef PAGELAB_TEST_SUPPORT_RECORDINGS_H_
#define PAGELAB_TEST_SUPPORT_RECORDINGS_H_

#include <string>
#include <vector>

namespace pagelab {

// PAGELAB_RECORDINGS, or ../shared/real-linux beside the source; empty, after
// a warning that the test was skipped, where there is none.
std::string RecordingsFolder();

// Paths of all files below RecordingsFolder() whose name starts with `prefix`,
// sorted.
std::vector<std::string> RecordedFiles(const std::string& prefix);

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_RECORDINGS_H_
