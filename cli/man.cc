// pagelab man: the man pages, from the definitions that --help is from.

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/command_tree.h"
#include "pagelab/cli/man_page.h"

namespace pagelab {
namespace {

constexpr std::string_view kPageOwnerSort = "page_owner_sort";

struct ManArguments {
  std::vector<std::string> command;
  std::string directory;
};

absl::Status WritePage(const std::string& directory, const std::string& name,
                       const std::string& text) {
  PAGELAB_ASSIGN_OR_RETURN(
      const std::unique_ptr<OutputStream> out,
      OpenOutput((std::filesystem::path(directory) / (name + ".1")).string()));
  out->Append(text);
  return out->Commit();
}

absl::StatusOr<int> WriteAll(const CommandNode& program,
                             const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return SystemError(error.value(), directory, "cannot make it");
  for (const CommandNode* node : AllCommands(program)) {
    PAGELAB_RETURN_IF_ERROR(
        WritePage(directory, ManPageName(*node), ManPage(program, *node)));
  }
  PAGELAB_RETURN_IF_ERROR(WritePage(directory, std::string(kPageOwnerSort),
                                    PageOwnerSortManPage()));
  return kExitFine;
}

absl::StatusOr<int> Man(const ManArguments& arguments,
                        const CommandNode& program, CommandContext& context) {
  if (!arguments.directory.empty()) {
    if (!arguments.command.empty()) {
      return UsageError("--output-dir writes all pages: no command");
    }
    return WriteAll(program, arguments.directory);
  }
  const CommandNode* node = &program;
  for (const std::string& word : arguments.command) {
    const CommandNode* found = nullptr;
    std::vector<std::string_view> names;
    for (const CommandNode& command : node->commands) {
      names.emplace_back(command.name);
      if (command.name == word) found = &command;
    }
    if (node == &program && word == kPageOwnerSort) {
      context.out.Append(PageOwnerSortManPage());
      return kExitFine;
    }
    if (found == nullptr) {
      return UsageError(node->path + " has no command \"" + word + "\"" +
                        DidYouMean(word, names));
    }
    node = found;
  }
  context.out.Append(ManPage(program, *node));
  return kExitFine;
}

}  // namespace

void AddManCommand(CommandSet& commands) {
  auto arguments = std::make_shared<ManArguments>();
  const CLI::App& program = commands.program();
  CLI::App& app = commands.Add(
      {.name = "man",
       .summary = "Print the man page of a command",
       .examples = "  pagelab man run | man -l -\n"
                   "  pagelab man bench hotpath > pagelab-bench-hotpath.1\n"
                   "  pagelab man --output-dir man1     # all of them\n"},
      [arguments, &program](CommandContext& context) {
        return Man(*arguments, DescribeCommands(program), context);
      });
  // The words behind it are no commands to run.
  app.fallthrough(false);
  // So the program's options do not reach it; nothing here depends on them.
  app.add_flag("-q,--quiet,-v,--verbose")->group("");
  app.set_version_flag("--version", program.version())->group("");
  app.add_option("COMMAND", arguments->command,
                 "Of which command, in one or more words; none: of pagelab");
  app.add_option("--output-dir", arguments->directory,
                 "Write all pages into this directory instead");
}

}  // namespace pagelab
