#include "pagelab/cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace pagelab {
namespace {

constexpr auto kFirst = std::chrono::seconds(1);
constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr size_t kWidth = 79;
constexpr char kClearLine[] = "\r\033[K";

bool TerminalTakesLines() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && term != nullptr &&
         std::string_view(term) != "dumb";
}

}  // namespace

Progress::Progress(bool enabled)
    : enabled_(enabled && TerminalTakesLines()), next_(Clock::now() + kFirst) {}

Progress::~Progress() { Clear(); }

bool Progress::due() { return enabled_ && Clock::now() >= next_; }

void Progress::Show(std::string_view text) {
  if (!enabled_) return;
  next_ = Clock::now() + kInterval;
  shown_ = true;
  std::string line = kClearLine;
  line += text.substr(0, kWidth);
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
}

void Progress::Clear() {
  if (!shown_) return;
  std::fputs(kClearLine, stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace pagelab
