#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

TEST_CASE("Cost: the documented figures of the stack depot", "[cli][cost]") {
  const ProgramResult result =
      RunProgram("cost --machine qemu-4g --kernel 4.7,4.8");
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out,
             ContainsText("92,274,688") && ContainsText("25,165,824") &&
                 ContainsText("327,680") && ContainsText("25,493,504") &&
                 ContainsText("72 %"));
}

TEST_CASE("Cost: every kernel, on another machine, as JSON", "[cli][cost]") {
  const ProgramResult result =
      RunProgram("cost --machine qemu-2g --scenario hello --json");
  CHECK(result.exit_code == 0);
  for (const char* kernel :
       {"3.19", "4.5", "4.7", "4.8", "5.10", "6.3", "6.12"}) {
    CHECK_THAT(result.out,
               ContainsText(std::string("\"kernel\": \"") + kernel + "\""));
  }
  CHECK_THAT(result.out, ContainsText("\"page_ext_bytes\": 54525952"));
}

TEST_CASE("Cost: what is not there is refused", "[cli][cost]") {
  const ProgramResult kernel = RunProgram("cost --kernel 4.6");
  CHECK(kernel.exit_code == 3);
  CHECK_THAT(kernel.err, ContainsText("no kernel \"4.6\"; there are 3.19, "));
  CHECK(RunProgram("cost --machine qemu-3g").exit_code == 3);
  CHECK(RunProgram("cost --scenario nothing").exit_code == 3);
  CHECK(RunProgram("cost extra").exit_code == 2);
  // 256 KiB are less than a kernel image's table of 8 MiB.
  const ProgramResult small = RunProgram("cost --machine hello --kernel 4.8");
  CHECK(small.exit_code == 3);
  CHECK_THAT(small.err, ContainsText("no room for the stack depot's 8388608"));
}

TEST_CASE("Run: --kernel boots the profile", "[cli][run]") {
  const ProgramResult result =
      RunProgram("run --machine qemu-2g --kernel 3.19 --file dmesg");
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText("Linux version 3.19.0 ") &&
                             ContainsText("allocated 54525952 bytes of "
                                          "page_ext"));
  CHECK_THAT(RunProgram("run hello --set kernel=4.10").err,
             ContainsText("kernel: must be \"3.19\", \"4.5\", \"4.7\", "
                          "\"4.8\", \"5.10\", \"6.3\" or \"6.12\", got "
                          "\"4.10\""));
}

}  // namespace
}  // namespace pagelab
