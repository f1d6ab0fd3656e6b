// pagelab completion: what makes a shell complete the command line.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pagelab/cli/command.h"
#include "pagelab/cli/command_tree.h"
#include "pagelab/cli/shell_completions.h"

namespace pagelab {
namespace {

using MakeScript = std::string (*)(const CommandNode& program);

constexpr std::pair<const char*, MakeScript> kShells[] = {
    {"bash", BashCompletion}, {"zsh", ZshCompletion}, {"fish", FishCompletion}};

}  // namespace

void AddCompletionCommand(CommandSet& commands) {
  auto shell = std::make_shared<std::string>();
  const CLI::App& program = commands.program();
  CLI::App& app = commands.Add(
      {.name = "completion",
       .summary = "Print what makes a shell complete pagelab's command line",
       .examples =
           "  source <(pagelab completion bash)      # now, in this shell\n"
           "  pagelab completion zsh > ~/.zfunc/_pagelab\n"
           "  pagelab completion fish > "
           "~/.config/fish/completions/pagelab.fish\n"},
      [shell, &program](CommandContext& context) -> absl::StatusOr<int> {
        for (const auto& [name, make] : kShells) {
          if (*shell == name) {
            context.out.Append(make(DescribeCommands(program)));
          }
        }
        return kExitFine;
      });
  std::vector<std::string> names;
  for (const auto& [name, make] : kShells) names.emplace_back(name);
  app.add_option("SHELL", *shell, "Which shell")
      ->required()
      ->check(CLI::IsMember(names));
}

}  // namespace pagelab
