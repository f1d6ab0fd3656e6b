// page_owner_sort against what the kernel's own tools made: of a part of the
// recorded dumps here, and of whole ones in the folder of all recordings.

#include <string>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/recordings.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

struct Recorded {
  std::string exit_code;
  std::string arguments;
  std::string output;
};

std::string ReadText(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  CAPTURE(path);
  REQUIRE(text.ok());
  return *text;
}

std::string DataPath(const std::string& name) {
  return std::string(PAGELAB_TEST_DATA_DIR) + "/sort/" + name;
}

// Lines "@@@ 0 -m --cull=st", exit code and arguments, each with the output
// behind it.
std::vector<Recorded> ReadRecorded(const std::string& name) {
  const std::string mark = "@@@ ";
  const std::string text = ReadText(DataPath(name));
  std::vector<Recorded> recorded;
  size_t at = 0;
  while (at < text.size()) {
    const size_t line_end = text.find('\n', at);
    const std::string line = text.substr(at, line_end - at);
    REQUIRE(line.substr(0, mark.size()) == mark);
    const size_t next = text.find("\n" + mark, line_end);
    const size_t end = next == std::string::npos ? text.size() : next + 1;
    const size_t blank = line.find(' ', mark.size());
    recorded.push_back({line.substr(mark.size(), blank - mark.size()),
                        line.substr(blank + 1),
                        text.substr(line_end + 1, end - line_end - 1)});
    at = end;
  }
  return recorded;
}

void CheckRecorded(const std::string& compat, const std::string& dump,
                   const std::string& outputs) {
  const TemporaryDirectory directory;
  const std::string input =
      directory.WriteFile("dump", ReadText(DataPath(dump)));
  const std::string output = directory.File("out");
  const std::vector<Recorded> recorded = ReadRecorded(outputs);
  CHECK(recorded.size() > 30);
  for (const Recorded& one : recorded) {
    CAPTURE(compat, one.arguments);
    const ProgramResult result =
        RunProgram("sort --compat " + compat + " " + one.arguments + " " +
                   input + " " + output);
    CHECK(std::to_string(result.exit_code) == one.exit_code);
    if (result.exit_code == 0) CHECK(FileContents(output) == one.output);
  }
}

TEST_CASE("Sort: as the tool of 6.12, all recorded options",
          "[cli][sort][golden]") {
  CheckRecorded("6.12", "dump.txt.xz", "outputs-6.12.txt.xz");
}

TEST_CASE("Sort: as the tool of 6.1, all recorded options",
          "[cli][sort][golden]") {
  CheckRecorded("6.3", "dump-6.1.txt.xz", "outputs-6.1.txt.xz");
}

// Columns of a manifest's line.
std::vector<std::string> Columns(const std::string& line) {
  std::vector<std::string> columns;
  size_t at = 0;
  while (true) {
    const size_t tab = line.find('\t', at);
    columns.push_back(line.substr(at, tab - at));
    if (tab == std::string::npos) return columns;
    at = tab + 1;
  }
}

// The sum that `command` gives for its first file.
std::string Sha256Of(const std::string& path) {
  return RunShell("sha256sum < " + path).out.substr(0, 64);
}

void CheckManifest(const std::string& folder, const std::string& dump) {
  const std::string recordings = RecordingsFolder();
  if (recordings.empty()) return;
  const TemporaryDirectory directory;
  const std::string input = directory.WriteFile(
      "dump", ReadText(recordings + "/" + dump + "/page_owner.txt.xz"));
  const std::string output = directory.File("out");
  const std::string log = directory.File("log");
  const std::string manifest =
      ReadText(recordings + "/" + folder + "/manifest.tsv");
  int checked = 0;
  for (size_t at = 0; at < manifest.size();) {
    const size_t end = manifest.find('\n', at);
    const std::vector<std::string> columns =
        Columns(manifest.substr(at, end - at));
    at = end + 1;
    if (columns[0].substr(0, 1) == "#") continue;
    const std::string& arguments = columns[1] == "-" ? "" : columns[1];
    CAPTURE(folder, columns[0], arguments);
    const ProgramResult result =
        RunShell("\"$PAGELAB\" sort --compat 6.12 " + arguments + " " + input +
                 " " + output + " > " + log);
    CHECK(std::to_string(result.exit_code) == columns[2]);
    ++checked;
    if (columns[2] != "0") continue;
    CHECK(Sha256Of(output) == columns[5]);
    CHECK(Sha256Of(log) == columns[6]);
  }
  CHECK(checked > 40);
}

TEST_CASE("Sort: as the tool of 6.12, on the whole recorded dump",
          "[cli][sort][golden]") {
  CheckManifest("sort-golden", "mixed");
}

TEST_CASE("Sort: as the tool of 6.12, on the whole recorded dump with CMA",
          "[cli][sort][golden]") {
  CheckManifest("sort-golden-cma", "cma");
}

}  // namespace
}  // namespace pagelab
