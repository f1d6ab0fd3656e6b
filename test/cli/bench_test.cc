// Against programs that are shell scripts and print fixed documents.

#include <sys/stat.h>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/report/bench_documents.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

// A directory of measuring programs.
class FakePrograms {
 public:
  // Adds a program that runs this shell script.
  void AddScript(const std::string& name, const std::string& script) const {
    const std::string path =
        directory_.WriteFile(name, "#!/bin/sh\n" + script + "\n");
    REQUIRE(chmod(path.c_str(), 0755) == 0);
  }
  // Adds one that notes its arguments, says something on standard error and
  // prints `document`.
  void AddPrinter(const std::string& name, const std::string& document) const {
    const std::string file = directory_.WriteFile(name + ".json", document);
    AddScript(name, "echo \"$*\" > \"" + directory_.File("arguments") +
                        "\"; echo measuring >&2; cat \"" + file + "\"");
  }
  // Adds one of Google Benchmark with one benchmark.
  void AddGoogle(const std::string& name, const std::string& benchmark,
                 const std::vector<double>& times) const {
    const std::string file =
        directory_.WriteFile(name + ".json", GoogleText(benchmark, times));
    AddScript(name, "case \"$*\" in *list_tests*) echo " + benchmark +
                        ";; *) echo \"$*\" > \"" +
                        directory_.File("arguments") + "\"; cat \"" + file +
                        "\";; esac");
  }

  std::string arguments() const {
    return FileContents(directory_.File("arguments"));
  }
  std::string File(const std::string& name) const {
    return directory_.File(name);
  }
  const TemporaryDirectory& directory() const { return directory_; }

  // `pagelab bench` with these programs; PROGRAMS/ is their directory.
  ProgramResult Bench(const std::string& arguments) const {
    return RunShell("PROGRAMS='" + directory_.path() +
                    "'; export PAGELAB_BENCH_DIR=\"$PROGRAMS\"; \"$PAGELAB\" "
                    "bench " +
                    arguments);
  }

 private:
  TemporaryDirectory directory_;
};

std::string Hotpath() {
  return HotpathDocumentText(
      {HotpathRowText("order 0, per-cpu list", OffVariants())});
}

TEST_CASE("Bench: hotpath runs the program and answers", "[cli][bench]") {
  const FakePrograms programs;
  programs.AddPrinter("pagelab_hotpath_bench", Hotpath());
  const ProgramResult result = programs.Bench(
      "hotpath --rounds 8 --svg \"$PROGRAMS/p.svg\" --save \"$PROGRAMS/d\"");
  CHECK(result.exit_code == 0);
  CHECK(result.err == "measuring\n");
  CHECK_THAT(result.out, ContainsText("page_owner off costs an order-0 pair +3 "
                                      "instructions with branches"));
  CHECK(programs.arguments() == "--json --rounds 8\n");
  CHECK(FileContents(programs.File("d")) == Hotpath());
  CHECK_THAT(FileContents(programs.File("p.svg")), ContainsText("</svg>"));
  // The same of what was saved, without the program.
  const ProgramResult from =
      RunProgram("bench hotpath --from '" + programs.File("d") + "'");
  CHECK(from.exit_code == 0);
  CHECK(from.out == result.out);
  CHECK_THAT(
      RunProgram("bench hotpath --json --from '" + programs.File("d") + "'")
          .out,
      ContainsText("\"statistics\""));
  CHECK(RunProgram("bench hotpath --svg - --from '" + programs.File("d") + "'")
            .out == FileContents(programs.File("p.svg")));
}

TEST_CASE("Bench: quiet hides what the program says unless it fails",
          "[cli][bench]") {
  const FakePrograms programs;
  programs.AddPrinter("pagelab_hotpath_bench", Hotpath());
  CHECK(programs.Bench("hotpath -q").err.empty());
  programs.AddScript("pagelab_hotpath_bench", "echo why >&2; exit 7");
  const ProgramResult failed = programs.Bench("-q hotpath");
  CHECK(failed.exit_code == 4);
  CHECK_THAT(
      failed.err,
      ContainsText("why\n") &&
          ContainsText("pagelab_hotpath_bench: failed with exit code 7"));
}

TEST_CASE("Bench: a program that fails leaves nothing behind", "[cli][bench]") {
  const FakePrograms programs;
  programs.AddScript("pagelab_hotpath_bench", "echo '{\"ki'; exit 3");
  const std::string options =
      "hotpath --svg \"$PROGRAMS/p.svg\" --save \"$PROGRAMS/d\"";
  const ProgramResult failed = programs.Bench(options);
  CHECK(failed.exit_code == 3);
  CHECK(failed.out.empty());
  programs.AddScript("pagelab_hotpath_bench", "echo '{\"ki'; kill -9 $$");
  const ProgramResult killed = programs.Bench(options);
  CHECK(killed.exit_code == 4);
  CHECK_THAT(killed.err, ContainsText("was ended by signal 9"));
  programs.AddScript("pagelab_hotpath_bench", "echo '{\"ki'");
  const ProgramResult cut = programs.Bench(options);
  CHECK(cut.exit_code == 3);
  CHECK_THAT(cut.err, ContainsText("pagelab_hotpath_bench:1:"));
  CHECK(programs.directory().Names() ==
        std::vector<std::string>{"pagelab_hotpath_bench"});
}

TEST_CASE("Bench: a program that is not there is named, with how to build it",
          "[cli][bench]") {
  const FakePrograms programs;
  for (const char* command : {"hotpath", "scale", "run", "list"}) {
    const ProgramResult result = programs.Bench(command);
    CAPTURE(command);
    CHECK(result.exit_code == 3);
    CHECK(result.out.empty());
    CHECK_THAT(result.err, ContainsText("program") &&
                               ContainsText(programs.directory().path()) &&
                               ContainsText("ninja -C build"));
  }
  programs.directory().WriteFile("pagelab_scale_bench", "not executable");
  CHECK_THAT(programs.Bench("scale").err,
             ContainsText("pagelab_scale_bench: no such program in "));
  programs.AddScript("pagelab_scale_bench", "exit 0");
  CHECK_THAT(RunProgram("bench scale --programs /nowhere").err,
             ContainsText("no such program in /nowhere; "));
}

TEST_CASE("Bench: a program that cannot be started is an error",
          "[cli][bench]") {
  const FakePrograms programs;
  programs.AddScript("pagelab_scale_bench", "");
  programs.directory().WriteFile("pagelab_scale_bench", "#!/nowhere\n");
  const ProgramResult result = programs.Bench("scale");
  CHECK(result.exit_code != 0);
  CHECK_THAT(result.err, ContainsText("pagelab_scale_bench: cannot be "
                                      "started: No such file"));
}

TEST_CASE("Bench: the measuring program ends when pagelab is ended",
          "[cli][bench]") {
  const FakePrograms programs;
  programs.AddScript(
      "pagelab_hotpath_bench",
      "echo $$ > '" + programs.File("pid") + "'; exec sleep 300");
  const ProgramResult result = programs.Bench(
      "hotpath --save \"$PROGRAMS/d\" & CHILD=$!; "
      "until [ -s \"$PROGRAMS/pid\" ]; do sleep 0.05; done; "
      "kill -TERM $CHILD; wait $CHILD; echo ended $?; "
      // An orphan may stay a zombie where nobody reaps it.
      "until ! grep -q '^State:.[^Z]' /proc/$(cat \"$PROGRAMS/pid\")/status; "
      "do sleep 0.05; done 2>/dev/null; ls -A \"$PROGRAMS\"");
  CHECK(result.out == "ended 143\npagelab_hotpath_bench\npid\n");
}

TEST_CASE("Bench: scale passes its size on", "[cli][bench]") {
  const FakePrograms programs;
  programs.AddPrinter("pagelab_scale_bench", ScaleDocumentText());
  const ProgramResult result = programs.Bench("scale --up-to 64G --svg -");
  CHECK(result.exit_code == 0);
  CHECK(result.out.starts_with("<svg"));
  CHECK(programs.arguments() == "--json --up-to 64G\n");
  CHECK(programs.Bench("scale --up-to 64KB").exit_code == 2);
  CHECK_THAT(programs.Bench("scale").out,
             ContainsText("from 1.0 GiB to 1.0 TiB a pair costs at most"));
}

TEST_CASE("Bench: list names every benchmark by program", "[cli][bench]") {
  const FakePrograms programs;
  programs.AddGoogle("pagelab_b_bench", "BM_B/order:0", {1});
  programs.AddGoogle("pagelab_a_bench", "BM_A", {1});
  programs.AddPrinter("pagelab_hotpath_bench", Hotpath());
  const ProgramResult result = programs.Bench("list");
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText("pagelab_a_bench\n  BM_A\n"
                                      "pagelab_b_bench\n  BM_B/order:0\n"));
  CHECK_THAT(result.out, ContainsText("as static keys\n") &&
                             ContainsText("growing size (not built)\n"));
}

TEST_CASE("Bench: run those that match, write them as one document, compare",
          "[cli][bench]") {
  const FakePrograms programs;
  programs.AddGoogle("pagelab_a_bench", "BM_A", {1, 2, 3, 4, 5, 6, 7, 8});
  programs.AddGoogle("pagelab_b_bench", "BM_B/order:0", {100});
  const ProgramResult one =
      programs.Bench("run 'B/order:[0-9]$' --repetitions 3");
  CHECK(one.exit_code == 0);
  CHECK_THAT(one.out, ContainsText("BM_B/order:0") && ContainsText("100.0 ns"));
  CHECK_THAT(one.out, !ContainsText("BM_A"));
  CHECK(one.err ==
        "pagelab: pagelab_b_bench: 1 benchmark, 3 repetitions each\n");
  CHECK(programs.arguments() ==
        "--benchmark_repetitions=3 --benchmark_enable_random_interleaving=true "
        "--benchmark_format=json --benchmark_filter=B/order:[0-9]$\n");
  const ProgramResult all = programs.Bench("-q run -o \"$PROGRAMS/a.json\"");
  CHECK(all.exit_code == 0);
  CHECK(all.err.empty());
  CHECK_THAT(all.out,
             ContainsText("pagelab_a_bench") && ContainsText("4.50 ns"));
  programs.AddGoogle("pagelab_a_bench", "BM_A", {11, 12, 13, 14, 15, 16, 17});
  CHECK(programs.Bench("-q run BM_A -o \"$PROGRAMS/b.json\"").exit_code == 0);
  const ProgramResult slower =
      programs.Bench("compare \"$PROGRAMS/a.json\" \"$PROGRAMS/b.json\"");
  CHECK(slower.exit_code == 1);
  CHECK_THAT(slower.out, ContainsText("1 slower, 0 faster, of 1 benchmark") &&
                             ContainsText("a.json: BM_B/order:0\n"));
  const ProgramResult same = programs.Bench(
      "compare --json \"$PROGRAMS/a.json\" \"$PROGRAMS/a.json\"");
  CHECK(same.exit_code == 0);
  CHECK_THAT(same.out, ContainsText("\"verdict\": \"no difference shown\""));
}

TEST_CASE("Bench: wrong command lines", "[cli][bench]") {
  const FakePrograms programs;
  programs.AddGoogle("pagelab_a_bench", "BM_A", {1});
  const ProgramResult none = programs.Bench("");
  CHECK(none.exit_code == 2);
  CHECK(none.err ==
        "pagelab: a command is required\n"
        "pagelab: try \"pagelab bench --help\"\n");
  CHECK_THAT(programs.Bench("hotpth").err,
             ContainsText("unknown command \"hotpth\" (did you mean "
                          "\"hotpath\"?)"));
  CHECK_THAT(
      programs.Bench("hotpath --ronds 3").err,
      ContainsText("unknown option --ronds (did you mean \"--rounds\"?)") &&
          ContainsText("try \"pagelab bench hotpath --help\""));
  CHECK(programs.Bench("hotpath --rounds 0").exit_code == 2);
  CHECK(programs.Bench("hotpath --rounds 3 --from x").exit_code == 2);
  CHECK(programs.Bench("hotpath --svg - --json").exit_code == 2);
  CHECK(programs.Bench("hotpath --svg=").exit_code == 2);
  CHECK(programs.Bench("compare a").exit_code == 2);
  CHECK(programs.Bench("compare --alpha 1 a b").exit_code == 2);
  CHECK_THAT(programs.Bench("run '('").err,
             ContainsText("\"(\" is no regular expression"));
  const ProgramResult nothing = programs.Bench("run nothing");
  CHECK(nothing.exit_code == 3);
  CHECK_THAT(nothing.err, ContainsText("no benchmark matches \"nothing\""));
  // A name of a command is a pattern here.
  CHECK_THAT(programs.Bench("run hotpath").err,
             ContainsText("no benchmark matches \"hotpath\""));
}

TEST_CASE("Bench: help for the group and for each command", "[cli][bench]") {
  const ProgramResult group = RunProgram("bench --help");
  CHECK(group.exit_code == 0);
  CHECK_THAT(group.out, ContainsText("pagelab bench") &&
                            ContainsText("hotpath") && ContainsText("compare"));
  for (const char* command : {"hotpath", "scale", "list", "run", "compare"}) {
    const ProgramResult help =
        RunProgram(std::string("bench ") + command + " --help");
    CAPTURE(command);
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.out,
               ContainsText(std::string("pagelab bench ") + command) &&
                   ContainsText("Examples:\n  pagelab bench "));
  }
}

}  // namespace
}  // namespace pagelab
