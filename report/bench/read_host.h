#ifndef PAGELAB_REPORT_BENCH_READ_HOST_H_
#define PAGELAB_REPORT_BENCH_READ_HOST_H_

#include "pagelab/report/bench/bench_host.h"
#include "pagelab/report/bench/json_fields.h"

namespace pagelab {

// The member "host" of a document.
BenchHost ReadHost(const JsonFields& document, Reader& reader);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_READ_HOST_H_
