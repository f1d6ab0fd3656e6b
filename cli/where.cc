// pagelab where: where the memory is, from MemTotal down to who took it.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/cli/boot_machine.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/scenario_arguments.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/kernel_copy.h"
#include "pagelab/workloads/where/where_sheet.h"

namespace pagelab {
namespace {

struct WhereArguments {
  ScenarioArguments what;
  std::string directory;
  std::string meminfo;
  std::string zoneinfo;
  std::string buddyinfo;
  std::string vmstat;
  std::string page_owner;
  std::string stacks = "auto";
  WhereOptions options;
  bool json = false;

  bool reads_files() const { return !directory.empty() || names_file(); }
  bool names_file() const {
    return !meminfo.empty() || !zoneinfo.empty() || !buddyinfo.empty() ||
           !vmstat.empty() || !page_owner.empty();
  }
};

// Fills in what was not named from the directory.
absl::Status FindFiles(WhereArguments& arguments) {
  if (arguments.directory.empty()) return absl::OkStatus();
  for (const auto& [path, name] :
       {std::pair{&arguments.meminfo, "meminfo"},
        std::pair{&arguments.zoneinfo, "zoneinfo"},
        std::pair{&arguments.buddyinfo, "buddyinfo"},
        std::pair{&arguments.vmstat, "vmstat"},
        std::pair{&arguments.page_owner, "page_owner"}}) {
    if (path->empty()) *path = FindKernelCopy(arguments.directory, name);
  }
  for (const auto& [path, name] :
       {std::pair{&arguments.meminfo, "meminfo"},
        std::pair{&arguments.zoneinfo, "zoneinfo"}}) {
    if (!path->empty()) continue;
    return InvalidInput(arguments.directory + ": no \"" + name +
                        "\" in it; copy /proc/" + name +
                        " there, as it is, with .txt, or compressed");
  }
  return absl::OkStatus();
}

absl::StatusOr<WhereFiles::Text> ReadText(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path));
  return WhereFiles::Text{.name = path, .text = std::move(text)};
}

absl::StatusOr<WhereSheet> OfFiles(const WhereArguments& arguments,
                                   CommandContext& context) {
  WhereFiles files;
  PAGELAB_ASSIGN_OR_RETURN(files.meminfo, ReadText(arguments.meminfo));
  PAGELAB_ASSIGN_OR_RETURN(files.zoneinfo, ReadText(arguments.zoneinfo));
  if (!arguments.buddyinfo.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(files.buddyinfo, ReadText(arguments.buddyinfo));
  }
  if (!arguments.vmstat.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(files.vmstat, ReadText(arguments.vmstat));
  }
  if (arguments.page_owner.empty()) {
    PrintNote(context,
              "no page_owner dump: nobody is named; boot with page_owner=on "
              "and copy /sys/kernel/debug/page_owner");
    return MakeWhereSheet(files, nullptr, arguments.options);
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> dump,
                           InputStream::Open(arguments.page_owner));
  PAGELAB_ASSIGN_OR_RETURN(const OwnerTotals owners, TotalOwners(*dump));
  return MakeWhereSheet(files, &owners, arguments.options);
}

absl::StatusOr<WhereSheet> OfRun(const WhereArguments& arguments,
                                 CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(FinishedRun run,
                           RunToTheEnd(arguments.what, context));
  return WhereOf(run.machine, arguments.options);
}

absl::StatusOr<int> Where(WhereArguments arguments, CommandContext& context) {
  const bool runs =
      !arguments.what.scenario.empty() || !arguments.what.machine.empty();
  if (runs && arguments.reads_files()) {
    return UsageError("a scenario or machine cannot be mixed with files");
  }
  if (!runs && !arguments.reads_files()) {
    return UsageError(
        "where needs a scenario, a --machine, a --dir or files of a real "
        "machine; see --help");
  }
  if (arguments.directory.empty() && arguments.names_file() &&
      (arguments.meminfo.empty() || arguments.zoneinfo.empty())) {
    return UsageError(
        "files of a real machine: --meminfo and --zoneinfo are "
        "needed, --page-owner names the owners");
  }
  if (arguments.stacks != "auto") {
    arguments.options.stacks = arguments.stacks == "vmalloc"
                                   ? StackMemory::kVmalloced
                                   : StackMemory::kPages;
  }
  PAGELAB_RETURN_IF_ERROR(FindFiles(arguments));
  PAGELAB_ASSIGN_OR_RETURN(
      const WhereSheet sheet,
      runs ? OfRun(arguments, context) : OfFiles(arguments, context));
  context.progress.Clear();
  context.out.Append(arguments.json ? WhereJson(sheet) : WhereText(sheet));
  return kExitFine;
}

void AddFileArguments(CLI::App& app, WhereArguments& arguments) {
  app.add_option("--dir", arguments.directory,
                 "Directory with copies of the kernel's files: meminfo, "
                 "zoneinfo, and if there are page_owner, buddyinfo, vmstat; "
                 "with or without .txt, compressed or not");
  app.add_option("--meminfo", arguments.meminfo, "Copy of /proc/meminfo");
  app.add_option("--zoneinfo", arguments.zoneinfo, "Copy of /proc/zoneinfo");
  app.add_option("--buddyinfo", arguments.buddyinfo,
                 "Copy of /proc/buddyinfo, for an exact count of free pages");
  app.add_option("--vmstat", arguments.vmstat,
                 "Copy of /proc/vmstat, for what page_ext takes");
  app.add_option("--page-owner", arguments.page_owner,
                 "Copy of /sys/kernel/debug/page_owner");
}

}  // namespace

void AddWhereCommand(CommandSet& commands) {
  auto arguments = std::make_shared<WhereArguments>();
  CLI::App& app = commands.Add(
      {.name = "where",
       .summary = "Say where all memory is, and who took what no line shows",
       .examples =
           "  pagelab where unaccounted            # after a built-in "
           "scenario\n"
           "  pagelab where my.json --top 20\n"
           "  pagelab where --machine qemu-2g      # after boot\n"
           "  pagelab where --dir files-of-a-server\n"
           "  pagelab where --meminfo m --zoneinfo z --page-owner po.xz "
           "--json\n"},
      [arguments](CommandContext& context) {
        return Where(*arguments, context);
      });
  AddScenarioArguments(app, arguments->what);
  AddFileArguments(app, *arguments);
  app.add_option("--stacks", arguments->stacks,
                 "Where kernel stacks are: in vmalloc (VmallocUsed has them), "
                 "in pages of their own, or as the files look")
      ->check(CLI::IsMember({"auto", "vmalloc", "pages"}))
      ->capture_default_str();
  app.add_option("--top", arguments->options.top, "Owners to name")
      ->transform(UnsignedOption())
      ->capture_default_str();
  app.add_flag("--json", arguments->json, "Print JSON instead of the table");
}

}  // namespace pagelab
