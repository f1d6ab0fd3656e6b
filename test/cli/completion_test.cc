// Shell completions and man pages, tried with the shells and with man.

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

// False, and a word about it, where the machine does not have it.
bool Has(const std::string& tool) {
  if (RunShell("command -v " + tool).exit_code == 0) return true;
  WARN("SKIPPED: no " << tool << " here");
  return false;
}

std::string Script(const TemporaryDirectory& directory,
                   const std::string& shell) {
  const std::string path = directory.File("pagelab." + shell);
  REQUIRE(RunProgram("completion " + shell + " > " + path).exit_code == 0);
  return path;
}

// What bash offers for the last of `words`.
std::vector<std::string> BashOffers(const std::string& words) {
  const TemporaryDirectory directory;
  const std::string script = Script(directory, "bash");
  const std::string program = directory.WriteFile(
      "try.bash",
      "source " + script + "\nCOMP_WORDS=(" + words +
          ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_pagelab\n"
          "for offer in \"${COMPREPLY[@]}\"; do echo \"$offer\"; done\n");
  const ProgramResult result =
      RunShell("cd " + directory.path() + " && bash " + program);
  CAPTURE(words, result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  std::istringstream in(result.out);
  std::vector<std::string> offers;
  for (std::string line; std::getline(in, line);) offers.push_back(line);
  return offers;
}

bool Offers(const std::string& words, const std::string& offer) {
  const std::vector<std::string> offers = BashOffers(words);
  return std::find(offers.begin(), offers.end(), offer) != offers.end();
}

TEST_CASE("Completion: bash offers commands, options and values",
          "[cli][completion]") {
  if (!Has("bash")) return;
  const TemporaryDirectory directory;
  CHECK(RunShell("bash -n " + Script(directory, "bash")).exit_code == 0);
  CHECK(BashOffers("pagelab fra") == std::vector<std::string>{"frag"});
  CHECK(BashOffers("pagelab bench hot") == std::vector<std::string>{"hotpath"});
  CHECK(BashOffers("pagelab run --machine hel") ==
        std::vector<std::string>{"hello"});
  CHECK(BashOffers("pagelab run --machine = hel") ==
        std::vector<std::string>{"hello"});
  CHECK(BashOffers("pagelab -q run -m qemu-2g driver-le") ==
        std::vector<std::string>{"driver-leak"});
  CHECK(BashOffers("pagelab frag --by mod") ==
        std::vector<std::string>{"module"});
  CHECK(BashOffers("pagelab quiz --topic page_") ==
        std::vector<std::string>{"page_ext"});
  CHECK(BashOffers("pagelab man hot").empty());
  CHECK(BashOffers("pagelab man sna") == std::vector<std::string>{"snapshot"});
  CHECK(Offers("pagelab run --see", "--seed"));
  CHECK(Offers("pagelab run --kernel ''", "6.12"));
  CHECK(Offers("pagelab top ''", "pagelab.bash"));
  CHECK_FALSE(Offers("pagelab list ''", "pagelab.bash"));
}

TEST_CASE("Completion: zsh takes the script, and completes",
          "[cli][completion]") {
  if (!Has("zsh")) return;
  const TemporaryDirectory directory;
  const std::string script = Script(directory, "zsh");
  CHECK(RunShell("zsh -n " + script).exit_code == 0);
  // A shell of its own behind a terminal, into which a key is typed.
  const std::string program = directory.WriteFile(
      "try.zsh",
      "zmodload zsh/zpty\n"
      "zpty shell zsh -f -i\n"
      "zpty -w shell 'PROMPT=; autoload -U compinit; compinit -u -D; source " +
          script +
          "; pagelab() { print \"<<$*>>\" }; print RE\"\"ADY'\n"
          "zpty -r -m shell line '*READY*'\n"
          "zpty -w -n shell $'pagelab frag --by mod\\t\\n'\n"
          "zpty -r -m shell line '*<<*>>*'\n"
          "print -r -- $line\nzpty -d shell\n");
  const ProgramResult result = RunShell("timeout 60 zsh -f " + program);
  CAPTURE(result.out, result.err);
  CHECK_THAT(result.out, ContainsText("<<frag --by module>>"));
}

TEST_CASE("Completion: fish takes the script, and completes",
          "[cli][completion]") {
  if (!Has("fish")) return;
  const TemporaryDirectory directory;
  const std::string script = Script(directory, "fish");
  CHECK(RunShell("fish -n " + script).exit_code == 0);
  const auto offers = [&](const std::string& line) {
    const ProgramResult result =
        RunShell("HOME=" + directory.path() + " fish -c \"source " + script +
                 "; complete -C '" + line + "'\"");
    CAPTURE(result.err);
    CHECK(result.exit_code == 0);
    return result.out;
  };
  CHECK_THAT(offers("pagelab fra"), ContainsText("frag\tSay how fragmented"));
  CHECK_THAT(offers("pagelab frag --by mod"), ContainsText("module"));
  CHECK_THAT(offers("pagelab bench hot"), ContainsText("hotpath\t"));
  CHECK_THAT(offers("pagelab run --machine hel"), ContainsText("hello"));
  CHECK_THAT(offers("pagelab run --see"), ContainsText("--seed\t"));
}

TEST_CASE("Completion: a shell must be named", "[cli][completion]") {
  CHECK(RunProgram("completion").exit_code == 2);
  CHECK(RunProgram("completion tcsh").exit_code == 2);
}

TEST_CASE("Man: each command has a page, and groff has nothing to say",
          "[cli][man]") {
  const TemporaryDirectory directory;
  const std::string pages = directory.File("man1");
  REQUIRE(RunProgram("man --output-dir " + pages).exit_code == 0);
  const std::string list = RunShell("ls " + pages).out;
  for (const char* page :
       {"pagelab.1\n", "pagelab-run.1\n", "pagelab-bench-hotpath.1\n",
        "pagelab-quiz.1\n", "page_owner_sort.1\n"}) {
    CHECK_THAT(list, ContainsText(page));
  }
  if (!Has("groff")) return;
  const ProgramResult lint = RunShell(
      "for page in " + pages + "/*; do groff -man -ww -b -z \"$page\"; done");
  CHECK(lint.err == "");
  CHECK(lint.exit_code == 0);
  if (!Has("mandoc")) return;
  CHECK(RunShell("mandoc -T lint -W error " + pages + "/*").exit_code == 0);
}

TEST_CASE("Man: a page says what --help says", "[cli][man]") {
  const std::string page = RunProgram("man run").out;
  CHECK_THAT(page, ContainsText(".SH NAME\npagelab\\-run \\- ") &&
                       ContainsText("\\fB\\-\\-machine\\fR \\fITEXT\\fR") &&
                       ContainsText(".SH EXIT STATUS\n") &&
                       ContainsText("pagelab run driver\\-leak"));
  CHECK_THAT(RunProgram("man").out, ContainsText("pagelab\\-quiz\\fR(1)"));
  CHECK_THAT(RunProgram("man bench hotpath").out,
             ContainsText("pagelab\\-bench\\-hotpath"));
  if (!Has("man")) return;
  const ProgramResult shown =
      RunShell("\"$PAGELAB\" man frag | MANWIDTH=78 man --warnings -l -");
  CAPTURE(shown.err);
  CHECK(shown.exit_code == 0);
  CHECK(shown.err.empty());
  CHECK_THAT(shown.out, ContainsText("PAGELAB-FRAG(1)"));
}

TEST_CASE("Man: no page for a command that there is not", "[cli][man]") {
  const ProgramResult result = RunProgram("man rnu");
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, ContainsText("pagelab has no command \"rnu\" (did "
                                      "you mean \"run\"?)"));
  CHECK(RunProgram("man run --output-dir x").exit_code == 2);
}

TEST_CASE("Man: the program's options are not another command's",
          "[cli][man]") {
  const std::string page = RunProgram("man run").out;
  CHECK(RunProgram("man run -q").out == page);
  CHECK(RunProgram("man -v run").out == page);
  CHECK(RunProgram("man --quiet run").out == page);
  CHECK(RunProgram("man --version").out == RunProgram("--version").out);
  CHECK(RunProgram("completion bash -q").out ==
        RunProgram("completion bash").out);
}

TEST_CASE("Version: names the kernel that is modelled", "[cli]") {
  CHECK_THAT(RunProgram("--version").out,
             ContainsText("pagelab " PAGELAB_VERSION " (Linux 6.12"));
}

}  // namespace
}  // namespace pagelab
