#ifndef PAGELAB_OWNER_DUMP_READ_STATISTICS_H_
#define PAGELAB_OWNER_DUMP_READ_STATISTICS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace pagelab {

// What was found in one input that holds dumps.
struct InputStatistics {
  struct Damage {
    // Bytes before the record, in the decompressed text.
    uint64_t offset = 0;
    std::string what;
  };

  // The path, or "stdin".
  std::string name;
  uint64_t bytes = 0;
  uint64_t records = 0;
  // Held by the records; those of free pages hold none.
  uint64_t pages = 0;
  uint64_t damaged = 0;
  // The one that comes first.
  std::optional<Damage> first_damage;
  // That belong to no record, blank ones left out.
  uint64_t other_lines = 0;
  // Then other lines are a kernel's log, and nothing is wrong with them.
  bool found_report = false;

  // Adds what another reader saw of the same input.
  void Merge(const InputStatistics& other);
};

// What was found in the inputs of a run, in their order.
struct ReadStatistics {
  std::vector<InputStatistics> inputs;

  uint64_t records() const;
  uint64_t pages() const;
  uint64_t damaged() const;
};

// What a user should know, a line for each: "dump.txt: 3 damaged records left
// out, the first at byte 12345: it is cut off".
std::vector<std::string> ReadNotes(const ReadStatistics& statistics);

// The first damage as an error, "dump.txt: byte 12345: it is cut off".
absl::Status StrictStatus(const ReadStatistics& statistics);

// An error if the input has no record that is whole.
absl::Status RequireRecords(const InputStatistics& input);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_READ_STATISTICS_H_
