// pagelab report: a run, a dump or a replay as a page to look at.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/scenario_words.h"
#include "pagelab/cli/source_arguments.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/report/page/write_page.h"

namespace pagelab {
namespace {

struct ReportArguments {
  SourceArguments source;
  std::string output;
  std::string before;
  uint64_t max_events = PageOptions().max_events;
};

absl::StatusOr<std::shared_ptr<const RereadableText>> OpenBefore(
    const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const RecognisedSource before,
                           RecogniseSource(path));
  if (before.kind != SourceKind::kDump) {
    return InvalidInput("--diff " + path +
                        ": expected a page_owner dump, of an earlier moment");
  }
  // A comparison with a part of it would be a wrong one.
  PAGELAB_RETURN_IF_ERROR(before.text->end());
  return before.text;
}

// How a command names the source, without folders unless two names would be
// the same.
std::string SourceWord(const MemoryPicture& picture,
                       const ReportArguments& arguments, bool with_folders) {
  const std::string& source = arguments.source.source;
  if (source == "-" || with_folders) return source;
  return source.empty() ? picture.title : NameWithoutFolders(source);
}

// The command that makes the page again, from the one that makes its source.
std::string CommandOf(const MemoryPicture& picture,
                      const ReportArguments& arguments,
                      const PageOptions& options) {
  const SourceArguments& source = arguments.source;
  const bool with_folders =
      options.before != nullptr &&
      options.before->name() == NameWithoutFolders(source.source);
  std::string command = "pagelab report " +
                        ShellWord(SourceWord(picture, arguments, with_folders));
  if (!picture.commands.empty() && !source.recorded) {
    const std::string& made = picture.commands.front();
    const size_t verb_end = made.find(' ', sizeof("pagelab ") - 1);
    command =
        "pagelab report" + (verb_end == made.npos ? "" : made.substr(verb_end));
  } else {
    if (source.recorded) command += " --recorded";
    if (source.ticks_per_second != SourceArguments().ticks_per_second) {
      command +=
          " --ticks-per-second " + std::to_string(source.ticks_per_second);
    }
  }
  if (options.before != nullptr) {
    command += " --diff " + ShellWord(with_folders ? arguments.before
                                                   : options.before->name());
  }
  if (options.max_events != PageOptions().max_events) {
    command += " --events " + std::to_string(options.max_events);
  }
  return command + " -o report.html";
}

absl::StatusOr<int> Report(const ReportArguments& arguments,
                           CommandContext& context) {
  if (arguments.source.source.empty() &&
      arguments.source.what.machine.empty()) {
    return UsageError(
        "report needs a scenario, a dump, a recording, a snapshot, a directory "
        "or a --machine; see --help");
  }
  const std::string others[] = {arguments.before};
  const absl::Status safe =
      RefuseOverwriting(arguments.output, arguments.source, others);
  if (!safe.ok()) return UsageError(FromAbsl(safe.message()));
  PageOptions options;
  options.max_events = arguments.max_events;
  options.progress = [&progress = context.progress](const std::string& words) {
    if (progress.due()) progress.Show(words);
  };
  if (!arguments.before.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(options.before, OpenBefore(arguments.before));
  }
  // Before the work, which would be lost.
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           OpenOutput(arguments.output));
  PAGELAB_ASSIGN_OR_RETURN(
      MemoryPicture picture,
      OpenSource(arguments.source, PictureNeeds(), context));
  if (options.before != nullptr && picture.owners == nullptr) {
    return InvalidInput(
        "--diff: there is no page_owner dump to compare it with");
  }
  picture.commands.push_back(CommandOf(picture, arguments, options));
  PAGELAB_RETURN_IF_ERROR(WritePage(picture, options, *out));
  PAGELAB_RETURN_IF_ERROR(out->Commit());
  context.progress.Clear();
  if (arguments.output != "-") {
    PrintNote(context, "wrote " + arguments.output +
                           ": open it in a browser; it needs no network");
  }
  for (const std::string& sentence : picture.missing) {
    PrintNote(context, sentence);
  }
  return kExitFine;
}

}  // namespace

void AddReportCommand(CommandSet& commands) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App& app = commands.Add(
      {.name = "report",
       .summary = "Write a page that shows who holds the memory, for a browser",
       .examples =
           "  pagelab report driver-leak -o report.html\n"
           "  pagelab report page_owner.txt.xz -o report.html\n"
           "  pagelab report out/ -o report.html   # of pagelab run -o out/\n"
           "  pagelab report trace.txt --machine qemu-4g -o report.html\n"
           "  pagelab report today.txt --diff yesterday.txt -o report.html\n"
           "  pagelab report driver-leak -o - | gzip > report.html.gz\n"},
      [arguments](CommandContext& context) {
        return Report(*arguments, context);
      });
  AddSourceArguments(app, arguments->source);
  app.add_option("-o,--output", arguments->output,
                 "The HTML file to write; - is standard output")
      ->required();
  app.add_option("--diff", arguments->before,
                 "An earlier page_owner dump: the flame graph shows what grew "
                 "and what shrank since");
  app.add_option("--events", arguments->max_events,
                 "Newest events of a run that the page has, as the history of "
                 "single frames; 0 for none, and half the time")
      ->transform(UnsignedOption())
      ->capture_default_str();
}

}  // namespace pagelab
