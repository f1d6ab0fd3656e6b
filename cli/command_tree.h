// The commands of the program as data, for what is generated from them: shell
// completions and man pages.

#ifndef PAGELAB_CLI_COMMAND_TREE_H_
#define PAGELAB_CLI_COMMAND_TREE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace pagelab {

// What may stand for a value.
enum class ValueKind : uint8_t {
  kNone,      // a flag has none
  kWords,     // one of OptionNode::words
  kMachine,   // a built-in machine's name, or a file
  kScenario,  // a built-in scenario's name, or a file
  kFile,
  kDirectory,
  kOther,  // a number, or text that nobody can guess
};

// An option, or an argument that stands for itself.
struct OptionNode {
  // "-m", "--machine"; none for an argument.
  std::vector<std::string> names;
  // How a value is called: "TEXT", or the argument's own name.
  std::string value_name;
  std::string description;
  std::string default_text;
  ValueKind kind = ValueKind::kNone;
  std::vector<std::string> words;
  bool required = false;
  bool repeats = false;

  bool takes_value() const { return kind != ValueKind::kNone; }
};

struct CommandNode {
  // "pagelab", "bench", "hotpath".
  std::string name;
  // "pagelab bench hotpath".
  std::string path;
  std::string summary;
  // The text behind the options: examples, exit codes.
  std::string footer;
  std::vector<OptionNode> options;
  std::vector<OptionNode> arguments;
  std::vector<CommandNode> commands;
};

CommandNode DescribeCommands(const CLI::App& program);

// The node and all below it, parents first.
std::vector<const CommandNode*> AllCommands(const CommandNode& node);

// The words that may stand for a value of that kind: the built-in names.
std::vector<std::string> WordsFor(const OptionNode& option);

}  // namespace pagelab

#endif  // PAGELAB_CLI_COMMAND_TREE_H_
