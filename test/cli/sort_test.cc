#include <filesystem>
#include <string>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

std::string Record(int pid, const std::string& name) {
  return "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid " +
         std::to_string(pid) + ", tgid 1 (" + name +
         "), ts 5 ns\nPFN 0x1 type Movable Block 0 type Movable Flags 0x0()\n"
         " f+0x1/0x2\n\n";
}

const std::string& Dump() {
  static const std::string text =
      Record(1, "init") + Record(20, "bash") + Record(1, "init");
  return text;
}

const char* const kUsage =
    "Usage: ./page_owner_sort [OPTIONS] <input> <output>";

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// The program under the name that makes it the kernel's tool.
ProgramResult RunTool(const std::string& arguments) {
  const std::string tool =
      std::filesystem::path(PAGELAB_PROGRAM).parent_path().string() +
      "/page_owner_sort";
  return RunShell("\"" + tool + "\" " + arguments);
}

TEST_CASE("Sort: writes to standard output, or to -o", "[cli][sort]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", Dump());
  const std::string expected =
      "2 times, 2 pages, PID 1\n1 times, 1 pages, PID 20\n";
  const ProgramResult result = RunProgram("sort --cull=pid " + dump);
  CHECK(result.exit_code == 0);
  CHECK(result.out == expected);
  CHECK(result.err.empty());
  CHECK(RunShell("\"$PAGELAB\" sort --cull p < " + dump).out == expected);
  CHECK(RunShell("cat " + dump + " | \"$PAGELAB\" sort --cull p -").out ==
        expected);
  const std::string out = directory.File("out.gz");
  CHECK(RunProgram("sort --cull=p -o " + out + " " + dump).out.empty());
  CHECK(RunShell("zcat " + out).out == expected);
  CHECK(RunProgram("sort --cull=p " + dump + " " + dump).out ==
        "4 times, 4 pages, PID 1\n2 times, 2 pages, PID 20\n");
  CHECK(RunShell("xz -k " + dump + " && \"$PAGELAB\" sort --cull=p " + dump +
                 ".xz")
            .out == expected);
}

TEST_CASE("Sort: options do what the documentation says", "[cli][sort]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", Dump());
  CHECK(FirstLine(RunProgram("sort --cull=n --sort=-pid " + dump).out) ==
        "1 times, 1 pages, task_comm_name: bash");
  CHECK(FirstLine(RunProgram("sort --cull=n --sort -pid,n " + dump).out) ==
        "1 times, 1 pages, task_comm_name: bash");
  CHECK(RunProgram("sort --name=bash,x --pid 20 --cull=f " + dump).out ==
        "1 times, 1 pages, PID 20, task_comm_name: bash (UNRELEASED)\n");
  CHECK(RunProgram("sort -c " + dump).out ==
        "3 times, 3 pages:\n f+0x1/0x2\n\n");
  CHECK(RunProgram("sort --cull=p --cull=n -p " + dump).out ==
        "2 times, 2 pages, PID 1, task_comm_name: init\n"
        "1 times, 1 pages, PID 20, task_comm_name: bash\n");
  for (const char* letter : {"-a", "-m", "-n", "-p", "-P", "-r", "-s", "-t"}) {
    CAPTURE(letter);
    CHECK(RunProgram(std::string("sort ") + letter + " -f " + dump).exit_code ==
          0);
  }
}

TEST_CASE("Sort: an empty value is none, not the next word", "[cli][sort]") {
  const TemporaryDirectory directory;
  const std::string dump =
      directory.WriteFile("dump", Dump() + Record(300, ""));
  const std::string nameless = "1 times, 1 pages, PID 300, task_comm_name: \n";
  CHECK(RunProgram("sort --name= --cull=p " + dump).out == nameless);
  CHECK(RunProgram("sort --cull=p " + dump + " --name=").out == nameless);
  CHECK(RunProgram("sort --name '' --cull=p " + dump).out == nameless);
  CHECK(RunProgram("sort --name=x --name=init, --cull=p " + dump).out ==
        "2 times, 2 pages, PID 1, task_comm_name: init\n" + nameless);
  for (const std::string option : {"sort", "cull", "pid", "tgid", "output"}) {
    CAPTURE(option);
    const ProgramResult result = RunProgram("sort --" + option + "= " + dump);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err == "pagelab: --" + option +
                            ": the value is missing\n"
                            "pagelab: try \"pagelab sort --help\"\n");
  }
}

TEST_CASE("Sort: what is wrong in the command line or a file is said",
          "[cli][sort]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", Dump());
  const ProgramResult two = RunProgram("sort -a --sort=pid " + dump);
  CHECK(two.exit_code == 2);
  CHECK_THAT(two.err, ContainsText("-a and --sort each say how to sort"));
  const ProgramResult key = RunProgram("sort --sort=size " + dump);
  CHECK(key.exit_code == 2);
  CHECK_THAT(key.err, ContainsText("stacktrace, txt, alloc_ts"));
  CHECK(RunProgram("sort --cull=txt " + dump).exit_code == 2);
  CHECK(RunProgram("sort --pid=1, " + dump).exit_code == 2);
  const ProgramResult twice = RunProgram("sort - -");
  CHECK(twice.exit_code == 2);
  CHECK_THAT(twice.err, ContainsText("- can be given only once"));
  const ProgramResult last =
      RunProgram("sort " + dump + " " + directory.File("out"));
  CHECK(last.exit_code == 3);
  CHECK_THAT(last.err, ContainsText("-o " + directory.File("out")));
  const std::string damaged =
      directory.WriteFile("damaged", Dump() + Dump().substr(0, 60));
  const ProgramResult noted = RunProgram("sort --cull=p " + damaged);
  CHECK(noted.exit_code == 0);
  CHECK_THAT(noted.err, ContainsText("1 damaged record left out"));
  CHECK(RunProgram("sort --strict " + damaged).exit_code == 3);
}

TEST_CASE("Sort: by its name the program is the tool of 6.12", "[cli][sort]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", Dump());
  const std::string out = directory.File("out");
  const ProgramResult result = RunTool("--cu=pid " + dump + " " + out + " -p");
  CHECK(result.exit_code == 0);
  CHECK(result.out == "loaded 3\nsorting ....\nculling\n");
  CHECK(result.err.empty());
  CHECK(FileContents(out) ==
        "2 times, 2 pages, PID 1\n1 times, 1 pages, PID 20\n");
  // --sort is checked and then without effect.
  CHECK(RunTool("--sort=-pid --cull=n " + dump + " " + out).exit_code == 0);
  CHECK(FirstLine(FileContents(out)) ==
        "2 times, 2 pages, task_comm_name: init");
  CHECK(RunTool("--compat 3.19 " + dump + " " + out).exit_code == 0);
  CHECK(FirstLine(FileContents(out)) == "2 times:");
}

TEST_CASE("Sort: --compat fails as the tool does", "[cli][sort]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", Dump());
  const std::string files = dump + " " + directory.File("out");
  for (const std::string& arguments :
       {"-r " + files, "-f " + files, "-a -m " + files, "--frob " + files, dump,
        std::string("-h"), files + " --pid"}) {
    CAPTURE(arguments);
    const ProgramResult result = RunProgram("sort --compat 6.12 " + arguments);
    CHECK(result.exit_code == 1);
    CHECK(FirstLine(result.out) == kUsage);
  }
  CHECK(RunProgram("sort --compat 6.12 -r " + files).err ==
        "page_owner_sort: invalid option -- 'r'\n");
  const ProgramResult cull =
      RunProgram("sort --compat=6.12 --cull=pid,comm " + files);
  CHECK(cull.exit_code == 1);
  CHECK(cull.out.empty());
  CHECK(cull.err == "wrong argument after --cull option:pid,comm\n");
  CHECK(RunProgram("sort --compat 6.12 --sort=num " + files).err ==
        "wrong argument after --sort option:num\n");
  CHECK(RunProgram("sort --compat 6.12 --pid=1,x " + files).err ==
        "wrong/invalid pid in from the command line:1,x\n");
  CHECK(RunProgram("sort --compat 6.12 --tgid= " + files).err ==
        "wrong/invalid tgid in from the command line:\n");
  CHECK(RunProgram("sort --compat 6.3 -r -f -a " + files).exit_code == 0);
}

TEST_CASE("Sort: --compat empties the output before it reads", "[cli][sort]") {
  const TemporaryDirectory directory;
  const std::string out = directory.WriteFile("out", "old");
  const ProgramResult missing =
      RunProgram("sort --compat 6.12 " + directory.File("none") + " " + out);
  CHECK(missing.exit_code == 1);
  CHECK(FirstLine(missing.out) == kUsage);
  CHECK(missing.err == "open: : No such file or directory\n");
  CHECK(FileContents(out).empty());
  // One block of 38 bytes: there is room for none.
  const std::string small =
      directory.WriteFile("small", "Page allocated via order 0, mask 0x\n\n");
  const ProgramResult full =
      RunProgram("sort --compat 6.12 " + small + " " + out);
  CHECK(full.exit_code == 0);
  CHECK(full.out.empty());
  CHECK(full.err == "max_size too small??\n");
  CHECK(RunProgram("sort --compat 6.3 " + small + " " + out).exit_code == 1);
  const ProgramResult oldest =
      RunProgram("sort --compat 3.19 " + small + " " + out);
  CHECK(oldest.exit_code == 1);
  CHECK(oldest.out == "max_size too small??\n");
}

TEST_CASE("Sort: --compat tells its progress and, with -d, what it misses",
          "[cli][sort]") {
  const TemporaryDirectory directory;
  std::string many;
  for (int i = 0; i < 2500; ++i) many += Record(i % 7, "init");
  const std::string dump = directory.WriteFile("many", many);
  CHECK(RunProgram("sort --compat 6.12 " + dump + " " + directory.File("out"))
            .out ==
        "loaded 1000\rloaded 2000\rloaded 2500\nsorting ....\nculling\n");
  const std::string text = "order x, pid 1, tgid 2 (a), ts 3 ns\nPFN 1\n " +
                           std::string(100, 'p') + "\n";
  const std::string odd = directory.WriteFile("odd", text + "\n");
  const std::string kept =
      text.substr(0, text.find("PFN")) + text.substr(text.find(" ppp")) + "\n";
  CHECK(RunProgram("sort --compat 6.12 -d " + odd + " " + directory.File("out"))
            .err == "no matching pattern in " + kept +
                        "\nwrong order in follow buf:\n" + kept + "\n");
}

TEST_CASE("Sort: only known generations can be asked for", "[cli][sort]") {
  const ProgramResult unknown = RunProgram("sort --compat 6.6 a b");
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err,
             ContainsText("--compat 6.6: expected one of 6.12, 6.3, 5.17, "
                          "3.19"));
  CHECK(RunProgram("sort --compat").exit_code == 2);
}

}  // namespace
}  // namespace pagelab
