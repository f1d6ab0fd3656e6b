#ifndef PAGELAB_REPORT_PAGE_WRITE_PAGE_H_
#define PAGELAB_REPORT_PAGE_WRITE_PAGE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/report/source/memory_picture.h"

namespace pagelab {

struct PageOptions {
  // The newest so many events of a run are on the page, as the history of
  // single frames.
  uint64_t max_events = 200'000;
  // An earlier dump that the stacks are compared with; null: none.
  std::shared_ptr<const RereadableText> before;
  // Told now and then; may be empty.
  std::function<void(const std::string& words)> progress;
};

// Writes the picture as one HTML file that needs no other: the memory map, the
// stacks, the run over time and the tables, to be looked at in a browser. The
// same picture gives the same bytes. Memory use grows with the compressed size
// of what is shown, not with the dump's.
absl::Status WritePage(const MemoryPicture& picture, const PageOptions& options,
                       OutputStream& out);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_WRITE_PAGE_H_
