#ifndef PAGELAB_WORKLOADS_WHERE_MEMORY_FILES_H_
#define PAGELAB_WORKLOADS_WHERE_MEMORY_FILES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace pagelab {

// /proc/meminfo by label, in KiB. Lines without a unit (HugePages_Total) are
// left out.
class Meminfo {
 public:
  // An error with the line where there is something else, or no MemTotal or
  // MemFree. `name` is what errors call the text.
  static absl::StatusOr<Meminfo> Parse(std::string_view text,
                                       std::string_view name);

  // 0 where this kernel has no such line.
  int64_t Kilobytes(std::string_view label) const;
  int64_t Pages(std::string_view label) const { return Kilobytes(label) / 4; }

 private:
  std::map<std::string, int64_t, std::less<>> kilobytes_;
};

// Where the kernel keeps the pages of kernel stacks.
enum class StackMemory : uint8_t {
  kVmalloced,  // CONFIG_VMAP_STACK: in VmallocUsed as well
  kPages,      // straight from the page allocator
};

// What is left of MemTotal after everything that meminfo knows, in KiB: U of
// text-formats.md 8.1.
int64_t UnaccountedKilobytes(const Meminfo& meminfo, StackMemory stacks);

// Pages on the per-cpu lists of all zones and CPUs, from /proc/zoneinfo.
absl::StatusOr<int64_t> PcpPagesOfZoneinfo(std::string_view text,
                                           std::string_view name);

// Pages in free blocks, from /proc/buddyinfo: exact, where MemFree leaves out
// what CPUs have not added yet.
absl::StatusOr<int64_t> FreePagesOfBuddyinfo(std::string_view text,
                                             std::string_view name);

// A counter of /proc/vmstat; nothing where this kernel has none of that name.
absl::StatusOr<std::optional<int64_t>> CounterOfVmstat(std::string_view text,
                                                       std::string_view counter,
                                                       std::string_view name);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_WHERE_MEMORY_FILES_H_
