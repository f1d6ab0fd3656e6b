// How fast are recordings read? Reads each file to its end without using the
// events; for perf stat and callgrind.

#include <chrono>
#include <cstdio>
#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {
namespace {

absl::Status ReadTrace(const std::string& path) {
  const auto begin = std::chrono::steady_clock::now();
  PAGELAB_ASSIGN_OR_RETURN(const auto input, InputStream::Open(path));
  PAGELAB_ASSIGN_OR_RETURN(const auto reader, OpenTrace(*input));
  TraceEvent event;
  uint64_t sum = 0;
  while (reader->Next(event)) {
    sum += event.pfn.value() + event.gfp.value() + event.time.value;
  }
  PAGELAB_RETURN_IF_ERROR(reader->status());
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - begin;
  const TraceStats& stats = reader->stats();
  std::printf("%s: %lu events, %lu bytes, %.3f s, %.2f M events/s, sum %lx\n",
              path.c_str(), stats.total_events, stats.bytes, seconds.count(),
              static_cast<double>(stats.total_events) / seconds.count() / 1e6,
              sum);
  return absl::OkStatus();
}

}  // namespace
}  // namespace pagelab

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const absl::Status status = pagelab::ReadTrace(argv[i]);
    if (!status.ok()) {
      std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
      return pagelab::ExitCodeFor(status);
    }
  }
  return 0;
}
