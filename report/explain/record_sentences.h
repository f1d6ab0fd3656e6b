#ifndef PAGELAB_REPORT_EXPLAIN_RECORD_SENTENCES_H_
#define PAGELAB_REPORT_EXPLAIN_RECORD_SENTENCES_H_

#include <vector>

#include "pagelab/report/explain/explanation.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// What page_owner has recorded for a frame, and why: whose allocation it is,
// why the stack is a special one, why there is no record
// (page-ext-owner-depot.md 4 to 6). `has_other_stack`: the contents moved away,
// which the record itself does not tell.
std::vector<Sentence> RecordSentences(Machine& machine, Pfn pfn,
                                      bool has_other_stack);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_RECORD_SENTENCES_H_
