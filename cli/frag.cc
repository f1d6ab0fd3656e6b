// pagelab frag: how fragmented memory is, and by whom.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/cli/boot_machine.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/scenario_arguments.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/workloads/frag/frag_report.h"
#include "pagelab/workloads/kernel_copy.h"

namespace pagelab {
namespace {

struct FragArguments {
  ScenarioArguments what;
  std::string buddyinfo;
  std::string pagetypeinfo;
  std::string page_owner;
  std::string snapshot;
  std::string by = "function";
  FragOptions options;
  bool json = false;

  bool names_file() const {
    return !buddyinfo.empty() || !pagetypeinfo.empty() || !page_owner.empty() ||
           !snapshot.empty();
  }
};

constexpr std::pair<std::string_view, OwnerBy> kOwnerWords[] = {
    {"function", OwnerBy::kFunction},
    {"module", OwnerBy::kModule},
    {"comm", OwnerBy::kComm},
    {"pid", OwnerBy::kPid}};

bool IsDirectory(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

// Told by its first word; what cannot be read is none.
bool IsSnapshot(const std::string& path) {
  constexpr std::string_view kStart = "pagelab-snapshot ";
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  const auto input = InputStream::Open(path);
  if (!input.ok()) return false;
  std::string start(kStart.size(), '\0');
  size_t have = 0;
  while (have < start.size()) {
    const auto got = (*input)->Read(
        absl::MakeSpan(start.data() + have, start.size() - have));
    if (!got.ok() || *got == 0) return false;
    have += *got;
  }
  return start == kStart;
}

// Fills in what was not named from a directory of copies, as a run writes one.
absl::Status FindFiles(const std::string& directory, FragArguments& arguments) {
  for (const auto& [path, names] :
       {std::pair{&arguments.buddyinfo, std::vector{"buddyinfo"}},
        std::pair{&arguments.pagetypeinfo, std::vector{"pagetypeinfo"}},
        std::pair{&arguments.page_owner, std::vector{"page_owner"}},
        std::pair{&arguments.snapshot, std::vector{"snap_T2", "snap_T1"}}}) {
    for (const char* name : names) {
      if (path->empty()) *path = FindKernelCopy(directory, name);
    }
  }
  if (arguments.names_file()) return absl::OkStatus();
  return InvalidInput(directory +
                      ": no buddyinfo, pagetypeinfo, page_owner or snapshot in "
                      "it; \"pagelab run SCENARIO -o DIR\" writes them");
}

absl::StatusOr<std::optional<NamedText>> ReadText(const std::string& path) {
  if (path.empty()) return std::nullopt;
  PAGELAB_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path));
  return NamedText{.name = path, .text = std::move(text)};
}

// A number of any size may stand in the file.
absl::Status CheckPageblockOrder(const AllocatorSnapshot& snapshot) {
  const int64_t order = snapshot.VmValue("pageblock_order", 9);
  if (order >= 0 && order <= kMaxPageOrder) return absl::OkStatus();
  return InvalidInput("the snapshot's pageblock_order is " +
                      std::to_string(order) + ", which must be 0 to " +
                      std::to_string(kMaxPageOrder));
}

absl::StatusOr<FragReport> OfFiles(const FragArguments& arguments,
                                   CommandContext& context) {
  FragReport report;
  PAGELAB_ASSIGN_OR_RETURN(const auto buddyinfo, ReadText(arguments.buddyinfo));
  PAGELAB_ASSIGN_OR_RETURN(const auto pagetypeinfo,
                           ReadText(arguments.pagetypeinfo));
  std::optional<AllocatorSnapshot> snapshot;
  if (!arguments.snapshot.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                             InputStream::Open(arguments.snapshot));
    PAGELAB_ASSIGN_OR_RETURN(snapshot, ReadSnapshot(*input));
    PAGELAB_RETURN_IF_ERROR(CheckPageblockOrder(*snapshot));
  }
  if (buddyinfo.has_value() || pagetypeinfo.has_value()) {
    PAGELAB_ASSIGN_OR_RETURN(report.free,
                             ReadFreeMemory(buddyinfo, pagetypeinfo));
  } else if (snapshot.has_value()) {
    report.free = FreeMemoryOf(*snapshot);
  }
  if (!snapshot.has_value() && arguments.page_owner.empty()) {
    PrintNote(context,
              "no page_owner dump and no snapshot: nothing is known of single "
              "pageblocks");
    return report;
  }
  Order order = report.free.pageblock_order.value_or(Order(9));
  if (snapshot.has_value()) order = *FreeMemoryOf(*snapshot).pageblock_order;
  PageblockMap map(order);
  if (snapshot.has_value()) map.AddSnapshot(*snapshot);
  if (!arguments.page_owner.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> dump,
                             InputStream::Open(arguments.page_owner));
    PAGELAB_RETURN_IF_ERROR(map.AddDump(*dump, arguments.options.by));
  }
  report.blocks = ReportPageblocks(map, arguments.options.nearest);
  return report;
}

absl::StatusOr<FragReport> OfRun(const FragArguments& arguments,
                                 CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(FinishedRun run,
                           RunToTheEnd(arguments.what, context));
  PAGELAB_ASSIGN_OR_RETURN(FragReport report,
                           FragOf(run.machine, arguments.options));
  const std::string& name = run.loaded.scenario.name;
  if (!name.empty()) report.title = name + " on " + report.title;
  return report;
}

absl::StatusOr<FragReport> MakeReport(FragArguments arguments,
                                      CommandContext& context) {
  const std::string what = arguments.what.scenario;
  if (what.empty() && arguments.what.machine.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(FragReport report, OfFiles(arguments, context));
    report.title = "files of a machine";
    return report;
  }
  const bool is_directory = IsDirectory(what);
  if (!is_directory && !IsSnapshot(what)) return OfRun(arguments, context);
  if (is_directory) {
    PAGELAB_RETURN_IF_ERROR(FindFiles(what, arguments));
  } else {
    arguments.snapshot = what;
  }
  PAGELAB_ASSIGN_OR_RETURN(FragReport report, OfFiles(arguments, context));
  report.title = what;
  return report;
}

absl::StatusOr<int> Frag(FragArguments arguments, CommandContext& context) {
  const std::string& what = arguments.what.scenario;
  const bool runs = !what.empty() || !arguments.what.machine.empty();
  if (!runs && !arguments.names_file()) {
    return UsageError(
        "frag needs a scenario, a run's directory, a snapshot, a --machine or "
        "files of a real machine; see --help");
  }
  const bool is_file = IsDirectory(what) || IsSnapshot(what);
  if (runs && !is_file && arguments.names_file()) {
    return UsageError("a scenario or machine cannot be mixed with files");
  }
  if (is_file && !arguments.what.machine.empty()) {
    return UsageError("a directory or snapshot has its machine: no --machine");
  }
  if (is_file && IsSnapshot(what) && !arguments.snapshot.empty()) {
    return UsageError("two snapshots: " + what + " and " + arguments.snapshot);
  }
  for (const auto& [word, by] : kOwnerWords) {
    if (word == arguments.by) arguments.options.by = by;
  }
  PAGELAB_ASSIGN_OR_RETURN(const FragReport report,
                           MakeReport(arguments, context));
  context.progress.Clear();
  context.out.Append(arguments.json ? FragJson(report, arguments.options)
                                    : FragText(report, arguments.options));
  return kExitFine;
}

void AddFileArguments(CLI::App& app, FragArguments& arguments) {
  app.add_option("--buddyinfo", arguments.buddyinfo, "Copy of /proc/buddyinfo");
  app.add_option("--pagetypeinfo", arguments.pagetypeinfo,
                 "Copy of /proc/pagetypeinfo");
  app.add_option("--page-owner", arguments.page_owner,
                 "Copy of /sys/kernel/debug/page_owner");
  app.add_option("--snapshot", arguments.snapshot,
                 "Snapshot of the same moment: says which pages are free");
}

}  // namespace

void AddFragCommand(CommandSet& commands) {
  auto arguments = std::make_shared<FragArguments>();
  CLI::App& app = commands.Add(
      {.name = "frag",
       .summary = "Say how fragmented memory is, and who blocks huge pages",
       .examples =
           "  pagelab frag fragmentation           # after a built-in "
           "scenario\n"
           "  pagelab frag --machine qemu-2g --cmdline page_owner=on\n"
           "  pagelab frag out/                    # of pagelab run -o out/\n"
           "  pagelab frag snap_T1.txt.xz --page-owner page_owner.txt.xz\n"
           "  pagelab frag --buddyinfo b --pagetypeinfo p --page-owner "
           "po.xz\n"
           "  pagelab frag --page-owner po.xz --by comm --json\n"},
      [arguments](CommandContext& context) {
        return Frag(*arguments, context);
      });
  AddScenarioArguments(app, arguments->what);
  app.get_option("scenario")
      ->description(
          "A scenario by name or file, the directory of a run's files, or a "
          "snapshot");
  AddFileArguments(app, *arguments);
  std::vector<std::string> words;
  for (const auto& [word, by] : kOwnerWords) words.emplace_back(word);
  app.add_option("--by", arguments->by, "What an owner is")
      ->check(CLI::IsMember(words))
      ->capture_default_str();
  app.add_option("--nearest", arguments->options.nearest,
                 "Pageblocks to show that are nearest to being free")
      ->transform(UnsignedOption())
      ->capture_default_str();
  app.add_option("--owners,--top", arguments->options.owners, "Owners to show")
      ->transform(UnsignedOption())
      ->capture_default_str();
  app.add_flag("--json", arguments->json, "Print JSON instead of the tables");
}

}  // namespace pagelab
