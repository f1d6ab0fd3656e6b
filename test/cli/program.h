// Runs the pagelab program as a user would.

#ifndef PAGELAB_TEST_CLI_PROGRAM_H_
#define PAGELAB_TEST_CLI_PROGRAM_H_

#include <string>

namespace pagelab {

struct ProgramResult {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// `arguments` as a shell would have them, redirections and pipes included.
ProgramResult RunProgram(const std::string& arguments);

// A shell command in which $PAGELAB is the program.
ProgramResult RunShell(const std::string& command);

}  // namespace pagelab

#endif  // PAGELAB_TEST_CLI_PROGRAM_H_
