#include "pagelab/bench/perf_counters.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// In the order of PerfCounts.
constexpr uint64_t kEvents[] = {PERF_COUNT_HW_INSTRUCTIONS,
                                PERF_COUNT_HW_BRANCH_INSTRUCTIONS,
                                PERF_COUNT_HW_BRANCH_MISSES};

// This thread, whatever processor it runs on. -1 and errno: not here.
int OpenEvent(uint64_t event, int leader) {
  perf_event_attr attributes = {};
  attributes.size = sizeof(attributes);
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = event;
  attributes.read_format = PERF_FORMAT_GROUP;
  // A group that cannot be counted all the time would be extrapolated.
  attributes.pinned = leader < 0;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  return static_cast<int>(syscall(SYS_perf_event_open, &attributes, /*pid=*/0,
                                  /*cpu=*/-1, leader, PERF_FLAG_FD_CLOEXEC));
}

std::string Paranoid() {
  auto text = ReadWholeFile("/proc/sys/kernel/perf_event_paranoid");
  if (!text.ok()) return "";
  return text->substr(0, text->find('\n'));
}

}  // namespace

std::string WhyNoPerfEvents(int error_number, std::string_view paranoid) {
  switch (error_number) {
    case ENOENT:
    case ENODEV:
    case EOPNOTSUPP:
      return "this machine gives programs no hardware performance counters";
    case ENOSYS:
      return "this machine's kernel has no perf events";
    case EACCES:
    case EPERM: {
      const std::string level =
          paranoid.empty()
              ? ""
              : fmt::format(" (kernel.perf_event_paranoid is {})", paranoid);
      return "this machine does not let programs count perf events" + level;
    }
    default:
      return fmt::format("perf events cannot be counted here ({})",
                         std::strerror(error_number));
  }
}

absl::StatusOr<PerfCounters> PerfCounters::Open() {
  static_assert(std::size(kEvents) == kNrEvents);
  PerfCounters counters;
  for (size_t i = 0; i < kNrEvents; ++i) {
    const int descriptor = OpenEvent(kEvents[i], counters.descriptors_[0]);
    if (descriptor < 0) {
      return absl::UnavailableError(WhyNoPerfEvents(errno, Paranoid()));
    }
    counters.descriptors_[i] = descriptor;
  }
  // Some virtual machines accept the events and never count.
  if (counters.Read().instructions == 0) {
    return absl::UnavailableError(ToAbsl(WhyNoPerfEvents(ENOENT, "")));
  }
  return counters;
}

PerfCounters::PerfCounters(PerfCounters&& other) noexcept : PerfCounters() {
  std::swap(descriptors_, other.descriptors_);
}

PerfCounters& PerfCounters::operator=(PerfCounters&& other) noexcept {
  std::swap(descriptors_, other.descriptors_);
  return *this;
}

PerfCounters::~PerfCounters() {
  for (const int descriptor : descriptors_) {
    if (descriptor >= 0) close(descriptor);
  }
}

PerfCounts PerfCounters::Read() const {
  struct {
    uint64_t nr_events;
    uint64_t values[kNrEvents];
  } group = {};
  if (read(descriptors_[0], &group, sizeof(group)) !=
      static_cast<ssize_t>(sizeof(group))) {
    return {};
  }
  return {.instructions = group.values[0],
          .branches = group.values[1],
          .branch_misses = group.values[2]};
}

}  // namespace pagelab
