// Every command of docs/learn/ is run, and prints what the lesson shows.
//
// A lesson's ```console blocks have commands behind "$ " and, below each, its
// standard output. The commands of a lesson run in one directory, with
// docs/learn/scenarios in it and pagelab in the PATH.
//
// PAGELAB_UPDATE_LESSONS=1 in the environment writes the outputs into the
// lessons instead of comparing them: read the difference before you commit it.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

namespace fs = std::filesystem;

const fs::path kLessons = fs::path(PAGELAB_SOURCE_DIR) / "docs" / "learn";

std::vector<fs::path> LessonFiles() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(kLessons)) {
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Where lessons run.
class Classroom {
 public:
  Classroom() {
    fs::copy(kLessons / "scenarios", fs::path(directory_.path()) / "scenarios",
             fs::copy_options::recursive);
    fs::create_directory(fs::path(directory_.path()) / "bin");
    fs::create_symlink(PAGELAB_PROGRAM,
                       fs::path(directory_.path()) / "bin" / "pagelab");
  }

  ProgramResult Run(const std::string& command) const {
    return RunShell("cd \"" + directory_.path() +
                    "\" && PATH=\"$PWD/bin:$PATH\" && export NO_COLOR=1 && " +
                    command);
  }

 private:
  TemporaryDirectory directory_;
};

// A lesson as it is, with the outputs that its commands have.
std::string WithRealOutputs(const std::string& text) {
  const Classroom classroom;
  std::string real;
  bool in_block = false;
  bool in_output = false;
  std::vector<std::string> lines = LinesOf(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.starts_with("```")) {
      in_block = line == "```console";
      in_output = false;
    }
    if (!in_block || line.starts_with("```")) {
      real += line + "\n";
      continue;
    }
    if (!line.starts_with("$ ")) {
      // What was shown, in place of which the real output stands already.
      if (!in_output) FAIL("output before a command: " << line);
      continue;
    }
    std::string command = line.substr(2);
    real += line + "\n";
    while (command.ends_with("\\") && i + 1 < lines.size()) {
      command += "\n" + lines[++i];
      real += lines[i] + "\n";
    }
    const ProgramResult result = classroom.Run(command);
    CAPTURE(command, result.err);
    CHECK(result.exit_code == 0);
    real += result.out;
    in_output = true;
  }
  return real;
}

TEST_CASE("Learn: the lessons show what their commands print", "[cli][learn]") {
  for (const fs::path& file : LessonFiles()) {
    CAPTURE(file.filename().string());
    const std::string text = FileContents(file.string());
    const std::string real = WithRealOutputs(text);
    if (std::getenv("PAGELAB_UPDATE_LESSONS") != nullptr) {
      std::ofstream(file) << real;
      continue;
    }
    const std::vector<std::string> shown = LinesOf(text);
    const std::vector<std::string> printed = LinesOf(real);
    // The first difference says more than both texts.
    for (size_t i = 0; i < std::min(shown.size(), printed.size()); ++i) {
      if (shown[i] == printed[i]) continue;
      CAPTURE(i + 1);
      REQUIRE(shown[i] == printed[i]);
    }
    CHECK(shown.size() == printed.size());
  }
}

size_t Count(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string::npos;
       at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

TEST_CASE("Learn: ten lessons, each with a command and three questions",
          "[cli][learn]") {
  const std::string index = FileContents((kLessons / "README.md").string());
  size_t lessons = 0;
  for (const fs::path& file : LessonFiles()) {
    const std::string name = file.filename().string();
    if (name == "README.md") continue;
    ++lessons;
    CAPTURE(name);
    const std::string text = FileContents(file.string());
    CHECK(Count(text, "```console\n$ ") >= 1);
    CHECK(Count(text, "<details>") == 3);
    CHECK(Count(text, "</details>") == 3);
    CHECK_THAT(index, ContainsText("](" + name + ")"));
  }
  CHECK(lessons == 10);
}

TEST_CASE("Learn: the scenarios of the lessons are right", "[cli][learn]") {
  for (const auto& entry : fs::directory_iterator(kLessons / "scenarios")) {
    const std::string path = entry.path().string();
    CAPTURE(path);
    const std::string text = FileContents(path);
    if (Count(text, "\"operations\"") > 0) {
      CHECK(RunProgram("check --solution " + path).exit_code == 0);
    } else if (Count(text, "\"tasks\"") > 0) {
      CHECK(RunProgram("validate " + path).exit_code == 0);
    }
  }
}

}  // namespace
}  // namespace pagelab
