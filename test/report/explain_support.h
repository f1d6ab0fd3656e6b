#ifndef PAGELAB_TEST_REPORT_EXPLAIN_SUPPORT_H_
#define PAGELAB_TEST_REPORT_EXPLAIN_SUPPORT_H_

#include <memory>
#include <string>
#include <string_view>

#include "pagelab/report/explain/explanation.h"
#include "pagelab/report/history/repeated_run.h"

namespace pagelab {

// A built-in scenario on its machine, with page_owner on.
std::unique_ptr<RepeatedRun> BootScenario(std::string_view name);
// A scenario in its language.
std::unique_ptr<RepeatedRun> BootText(std::string_view text);

// All sentences with their rules, a line each.
std::string AllText(const Explanation& explanation);

}  // namespace pagelab

#endif  // PAGELAB_TEST_REPORT_EXPLAIN_SUPPORT_H_
