#ifndef PAGELAB_REPORT_BENCH_STATISTICS_JSON_H_
#define PAGELAB_REPORT_BENCH_STATISTICS_JSON_H_

#include <optional>
#include <string>
#include <string_view>

#include "pagelab/base/statistics.h"
#include "pagelab/workloads/language/json_value.h"

namespace pagelab {

// {"low": ..., "high": ..., "confidence": ...}, or null.
JsonValue IntervalJson(const std::optional<Interval>& interval);
JsonValue OptionalJson(const std::optional<double>& value);

// The document with one member more. REQUIRES: `json` is a JSON object.
std::string WithMember(std::string_view json, std::string_view name,
                       JsonValue value);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_STATISTICS_JSON_H_
