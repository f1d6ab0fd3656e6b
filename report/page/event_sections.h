// The events of a run for the page; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_EVENT_SECTIONS_H_
#define PAGELAB_REPORT_PAGE_EVENT_SECTIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "pagelab/report/page/page_sections.h"
#include "pagelab/report/page/record_names.h"
#include "pagelab/report/source/event_source.h"

namespace pagelab {

struct EventTotals {
  // Of all, and how many of them are on the page: the last ones.
  uint64_t events = 0;
  uint64_t kept = 0;
};

// The newest `max` events as sections "events-N", by the chunk of their frame.
// Tasks get numbers of `names`. `types` are the names the page has.
absl::StatusOr<EventTotals> AddEvents(EventSource& source, uint64_t max,
                                      const std::vector<std::string>& types,
                                      RecordNames& names,
                                      PageSections& sections);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_EVENT_SECTIONS_H_
