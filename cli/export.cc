// pagelab export: a run, a dump or a replay for other people's tools.

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pagelab/base/compressed_output.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/source_arguments.h"
#include "pagelab/report/export/export_formats.h"
#include "pagelab/report/export/tables.h"

namespace pagelab {
namespace {

constexpr std::string_view kFormats[] = {
    "folded", "pprof", "speedscope", "perfetto", "csv", "ndjson", "sqlite"};

struct ExportArguments {
  SourceArguments source;
  std::string format;
  std::string output = "-";
  std::string table;
  std::string unit;
  std::vector<std::string> labels = {"pid", "comm", "gfp", "migratetype",
                                     "order"};
  bool stacks = false;
  std::string redact;
};

bool IsTable(const std::string& format) {
  return format == "csv" || format == "ndjson";
}

// What the command line has that the parser could not see; empty: nothing.
std::string UsageOf(const ExportArguments& arguments) {
  const std::string& format = arguments.format;
  const ScenarioArguments& what = arguments.source.what;
  if (arguments.source.source.empty() && what.machine.empty() &&
      what.from.empty()) {
    return "export needs a scenario, a dump, a recording, a snapshot, a "
           "directory of those, or a --machine; see --help";
  }
  if (!arguments.table.empty() && !IsTable(format)) {
    return "--table is for --format csv and ndjson; sqlite has all tables";
  }
  if (!arguments.unit.empty() && format != "folded" && format != "speedscope") {
    return "--unit is for --format folded and speedscope";
  }
  if (format == "sqlite" && arguments.output == "-") {
    return "a database cannot go to standard output: name a file with -o";
  }
  if (format == "pprof" && arguments.output == "-" &&
      isatty(STDOUT_FILENO) != 0) {
    return "a profile is no text for a terminal: name a file with -o";
  }
  return "";
}

absl::StatusOr<ExportOptions> OptionsOf(const ExportArguments& arguments) {
  ExportOptions options;
  options.event_stacks = arguments.stacks;
  if (arguments.unit == "allocations") options.unit = StackUnit::kAllocations;
  const bool bytes = arguments.unit.empty() ? arguments.format == "speedscope"
                                            : arguments.unit == "bytes";
  if (bytes) options.unit = StackUnit::kBytes;
  if (arguments.redact == "names") options.redaction = Redaction::kNames;
  if (arguments.redact == "all") options.redaction = Redaction::kFunctions;
  for (const std::string& name : arguments.labels) {
    if (name == "none" && arguments.labels.size() == 1) break;
    const DumpFieldInfo* info = FindDumpField(name);
    if (info == nullptr || !info->groups || info->field == DumpField::kStack) {
      return InvalidInput("--labels: \"" + name +
                          "\" is no field that records can be grouped by; see "
                          "pagelab top --help");
    }
    options.labels.push_back(info->field);
  }
  return options;
}

// The first table that the picture has rows for, of those people ask for.
std::string DefaultTable(const MemoryPicture& picture) {
  for (const Table table :
       {Table::kRecords, Table::kGroups, Table::kEvents, Table::kFree}) {
    if (HasRowsFor(picture, table)) return std::string(InfoOf(table).name);
  }
  return std::string(InfoOf(Table::kMeta).name);
}

PictureNeeds NeedsOf(const ExportArguments& arguments) {
  const std::string& format = arguments.format;
  const bool all = format == "sqlite";
  const bool stacks_only =
      format == "folded" || format == "pprof" || format == "speedscope";
  PictureNeeds needs;
  needs.owners = format != "perfetto" && arguments.table != "events";
  needs.snapshot = all || IsTable(format);
  needs.timeline =
      !stacks_only &&
      (!IsTable(format) || arguments.table == "samples" ||
       arguments.table == "free" || arguments.table == "pageblock_changes");
  return needs;
}

absl::Status Write(const ExportArguments& arguments,
                   const MemoryPicture& picture, const ExportOptions& options,
                   OutputStream& out) {
  const std::string& format = arguments.format;
  if (format == "folded") return ExportFolded(picture, options, out);
  if (format == "pprof") return ExportPprof(picture, options, out);
  if (format == "speedscope") return ExportSpeedscope(picture, options, out);
  if (format == "perfetto") return ExportPerfetto(picture, options, out);
  const std::string table =
      arguments.table.empty() ? DefaultTable(picture) : arguments.table;
  return format == "csv" ? ExportCsv(picture, table, options, out)
                         : ExportNdjson(picture, table, options, out);
}

absl::StatusOr<int> Export(const ExportArguments& arguments,
                           CommandContext& context) {
  const std::string wrong = UsageOf(arguments);
  if (!wrong.empty()) return UsageError(wrong);
  const absl::Status safe =
      RefuseOverwriting(arguments.output, arguments.source);
  if (!safe.ok()) return UsageError(FromAbsl(safe.message()));
  PAGELAB_ASSIGN_OR_RETURN(const ExportOptions options, OptionsOf(arguments));
  PAGELAB_ASSIGN_OR_RETURN(
      const MemoryPicture picture,
      OpenSource(arguments.source, NeedsOf(arguments), context));
  for (const std::string& sentence : picture.missing) {
    PrintNote(context, sentence);
  }
  if (arguments.format == "sqlite") {
    PAGELAB_RETURN_IF_ERROR(ExportSqlite(picture, options, arguments.output));
    return kExitFine;
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           arguments.format == "pprof"
                               ? OpenGzipOutput(arguments.output)
                               : OpenOutputBySuffix(arguments.output));
  PAGELAB_RETURN_IF_ERROR(Write(arguments, picture, options, *out));
  PAGELAB_RETURN_IF_ERROR(out->Commit());
  context.progress.Clear();
  return kExitFine;
}

void AddFormatArguments(CLI::App& app, ExportArguments& arguments) {
  app.add_option("-f,--format", arguments.format, "What the other tool reads")
      ->required()
      ->check(CLI::IsMember(
          std::vector<std::string>(std::begin(kFormats), std::end(kFormats))));
  app.add_option("-o,--output", arguments.output,
                 "File; - is standard output. Text is compressed where its "
                 "name ends in .gz, .xz, .zst, .bz2 or .lz4")
      ->capture_default_str();
  std::vector<std::string> tables;
  for (int i = 0; i < kNrTables; ++i) {
    tables.emplace_back(InfoOf(static_cast<Table>(i)).name);
  }
  app.add_option(
         "--table", arguments.table,
         "Of csv and ndjson: which table; none: records, or where there "
         "are none groups, events or free, what there is")
      ->check(CLI::IsMember(tables));
  app.add_option("--unit", arguments.unit,
                 "Of folded and speedscope: what a stack's width is; none: "
                 "pages, and bytes of speedscope")
      ->check(CLI::IsMember({"pages", "allocations", "bytes"}));
  app.add_option("--labels", arguments.labels,
                 "Of pprof: fields of records that samples are told apart by, "
                 "comma separated, as for pagelab top --by; none: no labels")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->capture_default_str();
  app.add_flag("--stacks", arguments.stacks,
               "Who asked, at each event; takes its time");
  app.add_flag("--redact{names}", arguments.redact,
               "Replaces names for sharing: tasks, cgroups, modules, functions "
               "that are not surely the kernel's own, and numbers of tasks; "
               "--redact=all all functions")
      ->check(CLI::IsMember({"names", "all"}));
}

}  // namespace

void AddExportCommand(CommandSet& commands) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App& app = commands.Add(
      {.name = "export",
       .summary = "Write a run, a dump or a replay for other tools",
       .examples =
           "  pagelab export driver-leak -f folded | flamegraph.pl > f.svg\n"
           "  pagelab export page_owner.txt.xz -f pprof -o owners.pb.gz\n"
           "  pagelab export page_owner.txt -f speedscope -o owners.json\n"
           "  pagelab export oom -f perfetto -o oom.json.gz  # "
           "ui.perfetto.dev\n"
           "  pagelab export out/ -f sqlite -o out.db        # of pagelab run "
           "-o out/\n"
           "  pagelab export trace.dat -f csv --table events --recorded\n"
           "  pagelab export dump.txt -f ndjson --redact | jq .comm\n"},
      [arguments](CommandContext& context) {
        return Export(*arguments, context);
      });
  AddSourceArguments(app, arguments->source);
  AddFormatArguments(app, *arguments);
}

}  // namespace pagelab
