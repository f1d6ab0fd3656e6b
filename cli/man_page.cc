#include "pagelab/cli/man_page.h"

#include <algorithm>
#include <string_view>

#include "pagelab/cli/page_owner_sort_arguments.h"
#include "pagelab/workloads/version.h"

namespace pagelab {
namespace {

// Text that is no macro and no escape.
std::string Escaped(std::string_view text) {
  std::string escaped;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) escaped += "\\&";
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else if (c == '\'') {
      escaped += "\\(aq";
    } else if (c == '`') {
      escaped += "\\(ga";
    } else if (c == '^') {
      escaped += "\\(ha";
    } else if (c == '~') {
      escaped += "\\(ti";
    } else {
      escaped += c;
    }
    line_begins = c == '\n';
  }
  return escaped;
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

// No date: the same program gives the same page on every day.
std::string Title(const std::string& name) {
  return ".TH " + Upper(name) + " 1 \"\" \"pagelab " + std::string(kVersion) +
         "\" \"pagelab, a model of " + std::string(kKernelModel) + "\"\n";
}

std::string Bold(const std::string& text) {
  return "\\fB" + Escaped(text) + "\\fR";
}
std::string Italic(const std::string& text) {
  return "\\fI" + Escaped(text) + "\\fR";
}

std::string SynopsisOf(const CommandNode& node) {
  std::string text = ".SH SYNOPSIS\n" + Bold(node.path);
  text += " [" + Italic("options") + "]";
  if (!node.commands.empty()) text += " " + Italic("command") + " ...";
  for (const OptionNode& argument : node.arguments) {
    std::string value = Italic(argument.value_name);
    if (argument.repeats) value += " ...";
    text += argument.required ? " " + value : " [" + value + "]";
  }
  return text + "\n";
}

std::string ValuesText(const OptionNode& option) {
  if (option.kind != ValueKind::kWords) return "";
  std::string text;
  for (const std::string& word : option.words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return " One of: " + text + ".";
}

std::string EntryOf(const OptionNode& option) {
  std::string text = ".TP\n";
  if (option.names.empty()) text += Italic(option.value_name);
  for (size_t i = 0; i < option.names.size(); ++i) {
    if (i > 0) text += ", ";
    text += Bold(option.names[i]);
  }
  if (!option.names.empty() && option.takes_value()) {
    text += " " + Italic(option.value_name);
  }
  std::string description = option.description;
  if (!description.empty() && description.back() != '.') description += '.';
  text += "\n" + Escaped(description + ValuesText(option));
  if (!option.default_text.empty()) {
    text += Escaped(" Default: " + option.default_text + ".");
  }
  return text + "\n";
}

std::string OptionsOf(const CommandNode& program, const CommandNode& node) {
  std::string text;
  if (!node.arguments.empty()) {
    text += ".SH ARGUMENTS\n";
    for (const OptionNode& argument : node.arguments) text += EntryOf(argument);
  }
  text += ".SH OPTIONS\n";
  for (const OptionNode& option : node.options) text += EntryOf(option);
  if (&node != &program) {
    text += ".PP\nThose of \\fBpagelab\\fR(1) may be given too.\n";
  }
  return text;
}

std::string CommandsOf(const CommandNode& node) {
  if (node.commands.empty()) return "";
  std::string text = ".SH COMMANDS\n";
  for (const CommandNode& command : node.commands) {
    text += ".TP\n\\fB" + Escaped(ManPageName(command)) + "\\fR(1)\n" +
            Escaped(command.summary) + ".\n";
  }
  return text;
}

// The footer as it is, in sections: "Examples:" begins one.
std::string FooterOf(const CommandNode& node) {
  constexpr std::string_view kExamples = "Examples:\n";
  // Those have a section of their own.
  constexpr std::string_view kExitCodes = "\nExit codes:";
  std::string_view text = node.footer;
  text = text.substr(0, text.find(kExitCodes));
  std::string page = ".SH EXAMPLES\n.nf\n";
  if (text.starts_with(kExamples)) {
    text.remove_prefix(kExamples.size());
  } else {
    page = ".SH NOTES\n.nf\n";
  }
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text.empty() ? "" : page + Escaped(text) + "\n.fi\n";
}

std::string ExitCodes() {
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] :
       {std::pair{"0", "Fine."}, std::pair{"1", "A difference or finding."},
        std::pair{"2", "The command line is wrong."},
        std::pair{"3", "An input is wrong."},
        std::pair{"4", "An internal error, or input or output failed."}}) {
    text += std::string(".TP\n") + code + "\n" + meaning + "\n";
  }
  return text;
}

std::string EnvironmentOf() {
  return ".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\n"
         "If set and not empty, nothing is coloured.\n";
}

}  // namespace

std::string ManPageName(const CommandNode& node) {
  std::string name = node.path;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string ManPage(const CommandNode& program, const CommandNode& node) {
  const std::string name = ManPageName(node);
  std::string text = Title(name) + ".SH NAME\n" + Escaped(name) + " \\- " +
                     Escaped(node.summary) + "\n" + SynopsisOf(node);
  if (&node == &program) {
    text +=
        ".SH DESCRIPTION\nSimulates the physical memory of an x86\\-64 machine "
        "in user space: the page allocator of " +
        Escaped(kKernelModel) +
        ", and page_owner, which tracks who owns every page.\nThe policy of "
        "allocation is that of " +
        Escaped(kKernelModel) +
        "; page_owner, the stack depot and text formats can be those of other "
        "kernels.\n";
  }
  text += CommandsOf(node) + OptionsOf(program, node) + ExitCodes() +
          EnvironmentOf() + FooterOf(node) + ".SH SEE ALSO\n";
  text += &node == &program ? "\\fBpage_owner_sort\\fR(1)\n"
                            : "\\fBpagelab\\fR(1)\n";
  return text;
}

std::string PageOwnerSortManPage() {
  std::string usage = PageOwnerSortUsage(SortGeneration::kLinux612);
  while (usage.ends_with('\n')) usage.pop_back();
  return Title("page_owner_sort") +
         ".SH NAME\npage_owner_sort \\- sort a dump of page_owner\n"
         ".SH SYNOPSIS\n\\fBpage_owner_sort\\fR [\\fIoptions\\fR] "
         "\\fIinput\\fR \\fIoutput\\fR\n"
         ".SH DESCRIPTION\nThe program pagelab under this name takes the "
         "options, prints the messages and has the exit codes of the tool of "
         "that name that comes with " +
         Escaped(kKernelModel) +
         ", and writes the same bytes. The input may be compressed.\n"
         ".SH OPTIONS\n.nf\n" +
         Escaped(usage) +
         "\n.fi\n.SH SEE ALSO\n\\fBpagelab\\-sort\\fR(1), "
         "\\fBpagelab\\-top\\fR(1)\n";
}

}  // namespace pagelab
