#ifndef PAGELAB_REPORT_EXPLAIN_FRAME_STORY_H_
#define PAGELAB_REPORT_EXPLAIN_FRAME_STORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/types.h"
#include "pagelab/report/explain/explanation.h"
#include "pagelab/report/history/repeated_run.h"

namespace pagelab {

// What became of one page frame in a run, and what page_owner says of it.
struct FrameStory {
  struct Chapter {
    // The event at which it was seen; 0: before the first one, or after the
    // last.
    uint64_t event = 0;
    // It has an event of its own: otherwise something happened to the frame
    // between the event before and this one.
    bool has_event = true;
    // Who ran: "alice/101"; empty: unknown.
    std::string who{};
    std::string text;
  };
  Pfn pfn;
  // "in use: block 0x40 of order 2", at the end of the run.
  std::string use;
  std::vector<Chapter> chapters;
  // What page_owner recorded, and why it is as it is.
  std::vector<Sentence> record;
  // The record as dump_page() prints it, whole lines; empty: there is none.
  std::string dump;
};

// Runs the scenario once. InvalidArgument where there is no such frame: beyond
// the end of memory, or in a hole without descriptors during the whole run.
absl::StatusOr<FrameStory> ExplainFrame(RepeatedRun& run, Pfn pfn,
                                        const RunOptions& options = {});

// At most `most` chapters: the first ones and the last ones. 0: all of them.
std::string FrameStoryText(const FrameStory& story, size_t most = 40,
                           size_t width = 79);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_FRAME_STORY_H_
