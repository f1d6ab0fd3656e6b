#include "pagelab/workloads/library.h"

#include <algorithm>
#include <string>
#include <utility>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/builtin_files.h"
#include "pagelab/workloads/language/json_reader.h"
#include "pagelab/workloads/library_files.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/machine_tables.h"
#include "pagelab/workloads/scenario_language.h"
#include "pagelab/workloads/scenario_tables.h"
#include "pagelab/workloads/start/start_from.h"

namespace pagelab {
namespace {

absl::Status UnknownName(std::string_view kind, std::string_view name,
                         const std::vector<LibraryEntry>& entries) {
  std::vector<std::string_view> names;
  std::string listed;
  for (const LibraryEntry& entry : entries) {
    names.push_back(entry.name);
    if (!listed.empty()) listed += ", ";
    listed += entry.name;
  }
  return absl::NotFoundError(
      ToAbsl("no " + std::string(kind) + " is called \"" + std::string(name) +
             "\"" + DidYouMean(name, names) + "; built in: " + listed +
             ". A path has a '/' or a '.' in it"));
}

absl::StatusOr<std::string> TextOf(std::string_view kind,
                                   std::string_view name_or_path,
                                   const std::vector<LibraryEntry>& entries) {
  if (IsPath(name_or_path)) return ReadWholeFile(std::string(name_or_path));
  for (const LibraryEntry& entry : entries) {
    if (entry.name == name_or_path) return std::string(entry.text);
  }
  return UnknownName(kind, name_or_path, entries);
}

// How a file is named in messages.
std::string FileOf(std::string_view name_or_path) {
  return name_or_path == "-" ? "stdin" : std::string(name_or_path);
}

std::vector<LibraryEntry> Sorted(absl::Span<const LibraryEntry> embedded) {
  std::vector<LibraryEntry> entries(embedded.begin(), embedded.end());
  std::sort(entries.begin(), entries.end(),
            [](const LibraryEntry& a, const LibraryEntry& b) {
              return a.name < b.name;
            });
  return entries;
}

// How many of the document's keys the language has.
int NrKnownKeys(const JsonValue& document, const ObjectInfo& info) {
  int count = 0;
  for (const FieldInfo& field : info.fields) {
    count += document.Find(field.text.name) != nullptr ? 1 : 0;
  }
  return count;
}

}  // namespace

std::string NameOfFile(std::string_view file) {
  const size_t slash = file.rfind('/');
  if (slash != std::string_view::npos) file.remove_prefix(slash + 1);
  constexpr std::string_view kSuffix = ".json";
  if (file.size() > kSuffix.size() && file.ends_with(kSuffix)) {
    file.remove_suffix(kSuffix.size());
  }
  return std::string(file);
}

bool IsPath(std::string_view name_or_path) {
  return name_or_path == "-" ||
         name_or_path.find_first_of("/.") != std::string_view::npos;
}

std::string PathSeenFrom(std::string_view file, std::string_view name_or_path) {
  const size_t slash = file.rfind('/');
  if (!IsPath(name_or_path) || name_or_path.starts_with('/') ||
      slash == std::string_view::npos) {
    return std::string(name_or_path);
  }
  return std::string(file.substr(0, slash + 1)) + std::string(name_or_path);
}

absl::StatusOr<std::string> MachineText(std::string_view name_or_path) {
  return TextOf("machine", name_or_path, BuiltinMachines());
}

absl::StatusOr<std::string> ScenarioText(std::string_view name_or_path) {
  return TextOf("scenario", name_or_path, BuiltinScenarios());
}

const std::vector<LibraryEntry>& BuiltinMachines() {
  static const auto* const entries =
      new std::vector<LibraryEntry>(Sorted(EmbeddedMachines()));
  return *entries;
}

const std::vector<LibraryEntry>& BuiltinScenarios() {
  static const auto* const entries =
      new std::vector<LibraryEntry>(Sorted(EmbeddedScenarios()));
  return *entries;
}

absl::StatusOr<MachineConfig> LoadMachine(std::string_view name_or_path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string text, MachineText(name_or_path));
  return ParseMachine(FileOf(name_or_path), text);
}

absl::StatusOr<Scenario> LoadScenario(std::string_view name_or_path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string text, ScenarioText(name_or_path));
  return ParseScenario(FileOf(name_or_path), text);
}

absl::StatusOr<MachineConfig> MachineFor(const Scenario& scenario,
                                         std::string_view machine_name) {
  MachineConfig config = scenario.machine;
  if (!machine_name.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(config, LoadMachine(machine_name));
  }
  if (scenario.from.has_value()) {
    const bool given = scenario.names_machine || !machine_name.empty();
    PAGELAB_RETURN_IF_ERROR(StartFrom(scenario, given, config));
  }
  std::vector<std::string> settings;
  for (const Setting& setting : scenario.settings) {
    settings.push_back(setting.key + "=" + setting.value);
  }
  if (const absl::Status status = ApplySettings(config, settings);
      !status.ok()) {
    return InvalidInputAt(scenario.At(scenario.settings.front().position),
                          "on machine \"" + config.name +
                              "\": " + std::string(FromAbsl(status.message())));
  }
  if (!scenario.command_line.empty()) {
    if (!config.command_line.empty()) config.command_line += ' ';
    config.command_line += scenario.command_line;
  }
  return config;
}

DocumentKind RecogniseDocument(std::string_view text) {
  Reader unheard("");
  const auto document = ReadJson(text, unheard);
  if (!document.has_value()) return DocumentKind::kScenario;
  const int machine = NrKnownKeys(*document, MachineTable().info());
  const int scenario = NrKnownKeys(*document, ScenarioTable().info());
  return machine > scenario ? DocumentKind::kMachine : DocumentKind::kScenario;
}

absl::StatusOr<DocumentKind> ValidateFile(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  const std::string file = FileOf(path);
  const DocumentKind kind = RecogniseDocument(text);
  const absl::Status status = kind == DocumentKind::kMachine
                                  ? ParseMachine(file, text).status()
                                  : ParseScenario(file, text).status();
  if (!status.ok()) return status;
  return kind;
}

}  // namespace pagelab
