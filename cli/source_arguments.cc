#include "pagelab/cli/source_arguments.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/scenario_words.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/workloads/kernel_copy.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

// "pagelab run driver-leak --seed 7": files without their folders.
std::string CommandFor(std::string_view verb, std::string_view what,
                       const ScenarioArguments& arguments) {
  const auto without_folders = [](const std::string& path) {
    return path.empty() || path == "-" ? path : NameWithoutFolders(path);
  };
  ScenarioArguments named = arguments;
  named.scenario = what;
  named.machine = without_folders(arguments.machine);
  named.from = without_folders(arguments.from);
  const std::string words = ScenarioWords(named);
  return fmt::format("pagelab {}{}{}", verb, words.empty() ? "" : " ", words);
}

// The first option that was given, of those that only runs and replays have;
// empty: none was.
std::string_view FirstOption(const SourceArguments& arguments,
                             bool of_runs_only) {
  const ScenarioArguments& what = arguments.what;
  if (!what.from.empty()) return "--from";
  if (what.seed.has_value()) return "--seed";
  if (of_runs_only) return "";
  if (!what.machine.empty()) return "--machine";
  if (!what.settings.empty()) return "--set";
  if (!what.kernel.empty()) return "--kernel";
  if (!what.command_line.empty()) return "--cmdline";
  return "";
}

absl::Status Refuse(std::string_view option, std::string_view name,
                    std::string_view why) {
  if (option.empty()) return absl::OkStatus();
  return InvalidInput(fmt::format("{}: {}, {}", option, name, why));
}

absl::Status CheckOptions(const SourceArguments& arguments,
                          const RecognisedSource& source,
                          const std::string& name) {
  const bool runs = source.kind == SourceKind::kScenario;
  if (runs) {
    return Refuse(arguments.recorded ? "--recorded" : "", name,
                  "a scenario, is run: it is no recording");
  }
  if (source.kind == SourceKind::kTrace && !arguments.recorded) {
    return Refuse(FirstOption(arguments, true), name,
                  "a recording, drives a machine as it booted and has no "
                  "random numbers");
  }
  PAGELAB_RETURN_IF_ERROR(
      Refuse(FirstOption(arguments, false), name,
             "files of a machine, are read as they are: nothing runs"));
  return Refuse(arguments.recorded && source.kind != SourceKind::kTrace
                    ? "--recorded"
                    : "",
                name, "no recording, has no recorded events of its own");
}

// How a command names the source: standard input as such.
std::string WordFor(const SourceArguments& arguments,
                    const RecognisedSource& source) {
  return arguments.source == "-" ? "-" : source.text->name();
}

void AddTicks(const SourceArguments& arguments, std::string& command) {
  if (arguments.ticks_per_second == SourceArguments().ticks_per_second) return;
  command += fmt::format(" --ticks-per-second {}", arguments.ticks_per_second);
}

absl::StatusOr<MemoryPicture> OpenRun(const SourceArguments& arguments,
                                      const RecognisedSource& source,
                                      const PictureNeeds& needs) {
  ScenarioArguments what = arguments.what;
  what.scenario = arguments.source;
  absl::StatusOr<LoadedScenario> loaded;
  std::string name = what.scenario;
  if (source.text == nullptr) {
    loaded = LoadScenario(what);
  } else {
    name = source.text->name();
    PAGELAB_ASSIGN_OR_RETURN(std::string text,
                             ReadWholeFile(source.text->path()));
    loaded = LoadScenarioText(what, what.scenario == "-" ? name : what.scenario,
                              std::move(text));
  }
  PAGELAB_RETURN_IF_ERROR(loaded.status());
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config,
                           ConfigureMachine(what, loaded->scenario));
  PAGELAB_ASSIGN_OR_RETURN(
      MemoryPicture picture,
      PictureOfRun(config, std::move(loaded->scenario), needs));
  picture.commands.push_back(
      CommandFor("run", what.scenario == "-" ? "-" : name, what));
  return picture;
}

absl::StatusOr<MemoryPicture> OpenTraceSource(const SourceArguments& arguments,
                                              const RecognisedSource& source,
                                              const PictureNeeds& needs) {
  TraceOptions options{.ticks_per_second = arguments.ticks_per_second,
                       .on_progress = {}};
  if (needs.progress) {
    options.on_progress = [words = needs.progress](const TraceStats& so_far) {
      words(Counted(so_far.total_events, "event"));
    };
  }
  if (arguments.recorded) {
    PAGELAB_ASSIGN_OR_RETURN(MemoryPicture picture,
                             PictureOfRecording(source.text, options, needs));
    std::string command = "pagelab replay " +
                          ShellWord(WordFor(arguments, source)) +
                          " --page-owner page_owner";
    AddTicks(arguments, command);
    picture.commands.push_back(std::move(command));
    return picture;
  }
  ScenarioArguments what = arguments.what;
  if (what.machine.empty()) what.machine = std::string(kDefaultMachine);
  // A recording is replayed to see who owns what, as a scenario is.
  what.scenario = arguments.source;
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config,
                           ConfigureMachine(what, Scenario()));
  PAGELAB_ASSIGN_OR_RETURN(
      MemoryPicture picture,
      PictureOfReplay(config, source.text, options, needs));
  std::string command = CommandFor("replay", WordFor(arguments, source), what);
  AddTicks(arguments, command);
  picture.commands.push_back(std::move(command));
  return picture;
}

absl::StatusOr<MemoryPicture> OpenRecognised(const SourceArguments& arguments,
                                             const RecognisedSource& source,
                                             const PictureNeeds& needs) {
  switch (source.kind) {
    case SourceKind::kScenario:
      return OpenRun(arguments, source, needs);
    case SourceKind::kTrace:
      return OpenTraceSource(arguments, source, needs);
    case SourceKind::kDump:
      return PictureOfDump(source.text, needs);
    case SourceKind::kSnapshot:
      return PictureOfSnapshot(source.text, needs);
    case SourceKind::kDirectory:
      return PictureOfDirectory(
          arguments.source,
          {.ticks_per_second = arguments.ticks_per_second, .on_progress = {}},
          needs);
  }
  return InvalidInput("no source");
}

}  // namespace

void AddSourceArguments(CLI::App& app, SourceArguments& arguments) {
  app.add_option("source", arguments.source,
                 "A scenario by name or file, which is run; a page_owner dump; "
                 "a recording of kmem events, which is replayed; a snapshot; "
                 "or a directory with such files. Told by content, compressed "
                 "or not; - is standard input");
  AddScenarioOptions(app, arguments.what);
  app.add_flag("--recorded", arguments.recorded,
               "Of a recording: what it says itself, with its page frames, "
               "instead of a machine that it drives");
  app.add_option("--ticks-per-second", arguments.ticks_per_second,
                 "Of a recording whose clock counts ticks (x86-tsc)")
      ->transform(UnsignedOption(1))
      ->capture_default_str();
}

absl::StatusOr<MemoryPicture> OpenSource(const SourceArguments& arguments,
                                         PictureNeeds needs,
                                         CommandContext& context) {
  if (!needs.progress) {
    needs.progress = [&progress = context.progress](const std::string& words) {
      if (progress.due()) progress.Show(words);
    };
  }
  RecognisedSource source;
  if (!arguments.source.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(source, RecogniseSource(arguments.source));
  }
  PAGELAB_RETURN_IF_ERROR(CheckOptions(
      arguments, source,
      source.text == nullptr ? arguments.source : source.text->name()));
  absl::StatusOr<MemoryPicture> picture =
      OpenRecognised(arguments, source, needs);
  context.progress.Clear();
  return picture;
}

absl::Status RefuseOverwriting(const std::string& output,
                               const SourceArguments& arguments,
                               absl::Span<const std::string> others) {
  struct stat written = {};
  // A pipe or a terminal may be read and written.
  if (output.empty() || output == "-" || stat(output.c_str(), &written) != 0 ||
      !S_ISREG(written.st_mode)) {
    return absl::OkStatus();
  }
  std::vector<std::string> inputs = {arguments.source, arguments.what.machine,
                                     arguments.what.from};
  inputs.insert(inputs.end(), others.begin(), others.end());
  std::error_code error;
  if (std::filesystem::is_directory(arguments.source, error)) {
    for (const char* name :
         {"page_owner", "page_owner_stacks/show_stacks", "show_stacks",
          "po_stacks_show_stacks", "snap_T1", "snap_T2", "snapshot", "trace",
          "trace.dat", "buddyinfo", "pagetypeinfo"}) {
      inputs.push_back(FindKernelCopy(arguments.source, name));
    }
  }
  for (const std::string& input : inputs) {
    struct stat read = {};
    if ((input == "-" ? fstat(STDIN_FILENO, &read)
                      : stat(input.c_str(), &read)) != 0) {
      continue;
    }
    if (read.st_dev == written.st_dev && read.st_ino == written.st_ino) {
      return InvalidInput(fmt::format(
          "-o {}: is what would be read; expected another file", output));
    }
  }
  return absl::OkStatus();
}

}  // namespace pagelab
