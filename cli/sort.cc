// pagelab sort: the blocks of page_owner dumps, grouped and sorted.

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/compressed_output.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/dump_arguments.h"
#include "pagelab/cli/page_owner_sort.h"
#include "pagelab/owner/sort/dump_sort.h"
#include "pagelab/owner/sort/sort_lists.h"

namespace pagelab {
namespace {

struct OrderFlag {
  std::string_view option;
  SortKey key;
  std::string_view meaning;
};

constexpr OrderFlag kOrderFlags[] = {
    {"-a",
     {SortBy::kAllocTs},
     "Oldest allocation first; times stay in the "
     "text, so blocks stay apart"},
    {"-m", {SortBy::kPages, true}, "Most pages first"},
    {"-n", {SortBy::kName}, "By name of the task"},
    {"-p", {SortBy::kPid}, "By pid"},
    {"-P", {SortBy::kTgid}, "By tgid"},
    {"-r",
     {SortBy::kFreeTs},
     "By the time of release, which stays in the text"},
    {"-s", {SortBy::kStack}, "By stack trace"},
    {"-t", {SortBy::kTimes, true}, "Most blocks first; the default"},
};

struct SortArguments {
  std::vector<std::string> dumps;
  std::string output = "-";
  bool order_flags[std::size(kOrderFlags)] = {};
  bool in_use_only = false;
  bool cull_stacks = false;
  bool strict = false;
  std::optional<std::string> order;
  std::vector<std::string> cull;
  std::optional<std::string> pids;
  std::optional<std::string> tgids;
  std::optional<std::string> names;
  // Seen before the options are parsed; here for --help.
  std::string compat;
};

absl::StatusOr<std::vector<SortKey>> OrderOf(const SortArguments& arguments) {
  std::vector<SortKey> order;
  std::string flags;
  for (size_t i = 0; i < std::size(kOrderFlags); ++i) {
    if (!arguments.order_flags[i]) continue;
    flags += flags.empty() ? "" : " and ";
    flags += kOrderFlags[i].option;
    order.push_back(kOrderFlags[i].key);
  }
  if (arguments.order.has_value()) flags += flags.empty() ? "" : " and --sort";
  if (order.size() + (arguments.order.has_value() ? 1 : 0) > 1) {
    return InvalidInput(flags +
                        " each say how to sort; --sort takes several keys, as "
                        "--sort=name,-pid");
  }
  if (!arguments.order.has_value()) {
    if (order.empty()) order = {{SortBy::kTimes, true}};
    return order;
  }
  auto keys = ParseSortKeys(*arguments.order, SortGeneration::kPagelab);
  if (!keys.has_value()) {
    return InvalidInput(fmt::format(
        "--sort {}: expected keys with + or - in front, separated by commas, "
        "of {}",
        *arguments.order,
        fmt::join(SortKeyNames(SortGeneration::kPagelab), ", ")));
  }
  return *std::move(keys);
}

absl::Status ReadIds(std::string_view option,
                     const std::optional<std::string>& list,
                     std::optional<std::vector<int32_t>>& ids) {
  if (!list.has_value()) return absl::OkStatus();
  ids = ParseIdList(*list);
  if (ids.has_value()) return absl::OkStatus();
  return InvalidInput(fmt::format(
      "{} {}: expected numbers separated by commas, as 1,20", option, *list));
}

absl::StatusOr<SortPlan> PlanOf(const SortArguments& arguments) {
  SortPlan plan;
  PAGELAB_ASSIGN_OR_RETURN(plan.order, OrderOf(arguments));
  plan.cull.stack = arguments.cull_stacks;
  for (const std::string& keys : arguments.cull) {
    if (ParseCullKeys(keys, plan.generation, plan.cull)) continue;
    return InvalidInput(
        fmt::format("--cull {}: expected keys separated by commas, of {}", keys,
                    fmt::join(CullKeyNames(plan.generation), ", ")));
  }
  PAGELAB_RETURN_IF_ERROR(ReadIds("--pid", arguments.pids, plan.filters.pids));
  PAGELAB_RETURN_IF_ERROR(
      ReadIds("--tgid", arguments.tgids, plan.filters.tgids));
  if (arguments.names.has_value()) {
    plan.filters.names = SplitSortList(*arguments.names);
  }
  plan.filters.in_use_only = arguments.in_use_only;
  return plan;
}

// The kernel's tool takes the last name for that of the output.
absl::Status CheckLastName(const std::vector<std::string>& dumps) {
  struct stat status;
  if (dumps.size() < 2 || dumps.back() == "-" ||
      stat(dumps.back().c_str(), &status) == 0) {
    return absl::OkStatus();
  }
  return InvalidInput(dumps.back() +
                      ": no such file; all names are inputs, -o " +
                      dumps.back() + " writes there");
}

absl::StatusOr<ReadStatistics> SortTo(const SortArguments& arguments,
                                      const DumpSortOptions& options,
                                      CommandContext& context) {
  if (arguments.output == "-") {
    return SortDumps(arguments.dumps, options, context.out);
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           OpenOutputBySuffix(arguments.output));
  PAGELAB_ASSIGN_OR_RETURN(ReadStatistics statistics,
                           SortDumps(arguments.dumps, options, *out));
  PAGELAB_RETURN_IF_ERROR(out->Commit());
  return statistics;
}

absl::StatusOr<int> Sort(SortArguments arguments, CommandContext& context) {
  absl::StatusOr<SortPlan> plan = PlanOf(arguments);
  if (!plan.ok()) return UsageError(FromAbsl(plan.status().message()));
  const absl::Status named = PrepareDumps(arguments.dumps);
  if (!named.ok()) return UsageError(FromAbsl(named.message()));
  PAGELAB_RETURN_IF_ERROR(CheckLastName(arguments.dumps));
  PAGELAB_ASSIGN_OR_RETURN(const ReadStatistics statistics,
                           SortTo(arguments,
                                  {.plan = *std::move(plan),
                                   .strict = arguments.strict,
                                   .scan = ScanWithProgress(context)},
                                  context));
  context.progress.Clear();
  PAGELAB_RETURN_IF_ERROR(
      TellStatistics(context, statistics, arguments.strict));
  return kExitFine;
}

void AddKeyOptions(CLI::App& app, SortArguments& arguments) {
  app.add_option("--sort", arguments.order,
                 "[+|-]key[,[+|-]key...]: the first key decides, then the "
                 "next; - turns one round. Keys: pid (p), tgid (tg), name (n), "
                 "stacktrace (st), txt (T), alloc_ts (at), free_ts (ft), "
                 "allocator (ator)")
      ->take_last();
  app.add_option("--cull", arguments.cull,
                 "key[,key...]: one line, or one stack, for all blocks that "
                 "agree in these keys: pid (p), tgid (tg), name (n), free (f), "
                 "stacktrace (st), allocator (ator)")
      ->allow_extra_args(false);
  app.add_flag("-c", arguments.cull_stacks, "As --cull=stacktrace");
  app.add_flag("-f", arguments.in_use_only,
               "Leave out blocks that have been released");
  app.add_option("--pid", arguments.pids, "Only blocks of these pids: 1,20")
      ->take_last();
  app.add_option("--tgid", arguments.tgids, "Only blocks of these tgids")
      ->take_last();
  // CLI11 takes an empty text for none where it knows of the std::optional.
  app.add_option_function<std::string>(
         "--name",
         [&arguments](const std::string& names) { arguments.names = names; },
         "Only blocks of tasks with these names")
      ->take_last();
}

void AddSortOptions(CLI::App& app, SortArguments& arguments) {
  AddDumpArguments(app, arguments.dumps);
  app.add_option("-o,--output", arguments.output,
                 "File for the result; compressed if it ends in .gz, .xz, "
                 ".zst, .bz2 or .lz4")
      ->capture_default_str();
  for (size_t i = 0; i < std::size(kOrderFlags); ++i) {
    app.add_flag(std::string(kOrderFlags[i].option), arguments.order_flags[i],
                 std::string(kOrderFlags[i].meaning));
  }
  AddKeyOptions(app, arguments);
  app.add_flag("--strict", arguments.strict,
               "A damaged record is an error, not a note");
  std::string generations;
  for (const CompatName& compat : kCompatNames) {
    generations += (generations.empty() ? "" : ", ") + std::string(compat.name);
  }
  app.add_option("--compat", arguments.compat,
                 "Be the page_owner_sort of a kernel, to the byte, with its "
                 "options and [OPTIONS] INPUT OUTPUT: " +
                     generations);
}

}  // namespace

void AddSortCommand(CommandSet& commands) {
  auto arguments = std::make_shared<SortArguments>();
  CLI::App& app = commands.Add(
      {.name = "sort",
       .summary = "Group and sort the blocks of page_owner dumps",
       .examples =
           "  pagelab sort --cull=stacktrace dump.txt.xz | head -40\n"
           "  pagelab sort -m dump.txt -o by-pages.txt\n"
           "  pagelab sort --sort=name,-pid --cull=n,p monday.txt tuesday.txt\n"
           "  ssh host cat /sys/kernel/debug/page_owner | pagelab sort "
           "--cull=n\n"
           "  pagelab sort --compat 6.12 -m dump.txt out.txt  # as the "
           "kernel's\n"
           "  page_owner_sort -m dump.txt out.txt             # the same\n"
           "\nExit codes: 0 fine, 2 usage, 3 a wrong input, 4 internal error "
           "or I/O.\nWith --compat those of the kernel's tool.\n"},
      [arguments](CommandContext& context) {
        return Sort(*arguments, context);
      });
  AddSortOptions(app, *arguments);
}

}  // namespace pagelab
