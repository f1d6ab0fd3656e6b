#include "pagelab/test/support/death.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace pagelab {

std::string DeathMessage(const std::function<void()>& body) {
  int ends[2];
  if (pipe(ends) != 0) return "cannot make a pipe";
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    // Without the test framework's report of the signal.
    signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    body();
    _exit(0);
  }
  close(ends[1]);
  std::string message;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
    message.append(buffer, static_cast<size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
    return "did not abort";
  }
  return message;
}

}  // namespace pagelab
