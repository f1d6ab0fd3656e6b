// Machines and scenarios by name or by path. The built-in ones are the files
// of workloads/machines/ and workloads/scenarios/, embedded in the program.

#ifndef PAGELAB_WORKLOADS_LIBRARY_H_
#define PAGELAB_WORKLOADS_LIBRARY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// What `{}` boots.
inline constexpr std::string_view kDefaultMachine = "qemu-2g";

struct LibraryEntry {
  std::string_view name;
  // What it is there for: "leaks", "numa".
  std::string_view folder;
  // The file.
  std::string_view text;
};

// In the order of their names.
const std::vector<LibraryEntry>& BuiltinMachines();
const std::vector<LibraryEntry>& BuiltinScenarios();

// A built-in name, or a path ("-": standard input): what contains a '/' or a
// '.' is a path. NotFound, with the nearest name, for an unknown name; several
// errors in a file are one status with one line each.
absl::StatusOr<MachineConfig> LoadMachine(std::string_view name_or_path);
absl::StatusOr<Scenario> LoadScenario(std::string_view name_or_path);

// The machine that `scenario` boots: its own, or the one called `machine_name`
// if that is not empty, then the scenario's settings and command line. Reads
// the file that the scenario starts from, if there is one.
absl::StatusOr<MachineConfig> MachineFor(const Scenario& scenario,
                                         std::string_view machine_name);

// Scenario files and machine files look alike; the keys tell.
enum class DocumentKind : uint8_t { kScenario, kMachine };
DocumentKind RecogniseDocument(std::string_view text);

// Whether a file ("-": standard input) is right, and what it is.
absl::StatusOr<DocumentKind> ValidateFile(const std::string& path);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_LIBRARY_H_
