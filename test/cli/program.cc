#include "pagelab/test/cli/program.h"

#include <sys/wait.h>

#include <cstdlib>

#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {

ProgramResult RunProgram(const std::string& arguments) {
  return RunShell("\"$PAGELAB\" " + arguments);
}

ProgramResult RunShell(const std::string& command) {
  const TemporaryDirectory directory;
  const std::string whole = "PAGELAB=\"" PAGELAB_PROGRAM "\"; { " + command +
                            "; } >\"" + directory.File("out") + "\" 2>\"" +
                            directory.File("err") + "\"";
  const int status = std::system(whole.c_str());
  ProgramResult result;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  result.out = FileContents(directory.File("out"));
  result.err = FileContents(directory.File("err"));
  return result;
}

}  // namespace pagelab
