#ifndef PAGELAB_WORKLOADS_EXACT_EVENT_WORDS_H_
#define PAGELAB_WORKLOADS_EXACT_EVENT_WORDS_H_

#include <string>

#include "pagelab/workloads/exact/recorded_event.h"

namespace pagelab {

// The event as ftrace prints it, without what the spool does not keep.
std::string WordsOf(const RecordedEvent& event);

// The same after its line, task, CPU and level.
std::string WordsWithPlace(const RecordedEvent& event);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_EVENT_WORDS_H_
