#ifndef PAGELAB_REPORT_EXPLAIN_EXPLAIN_JSON_H_
#define PAGELAB_REPORT_EXPLAIN_EXPLAIN_JSON_H_

#include <string>
#include <vector>

#include "pagelab/report/explain/explanation.h"
#include "pagelab/report/explain/frame_story.h"
#include "pagelab/report/explain/run_overview.h"

namespace pagelab {

// The same for programs: one JSON document each, two blanks a level, ending in
// a newline. Frames are numbers.

// {"event", "name", "text", "line", "sentences", "split", "merges", ...}
std::string ExplanationJson(const Explanation& explanation);
// {"events": [...]}
std::string ExplanationsJson(const std::vector<Explanation>& explanations);
std::string FrameStoryJson(const FrameStory& story);
std::string OverviewJson(const RunOverview& overview);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_EXPLAIN_JSON_H_
