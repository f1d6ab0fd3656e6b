#ifndef PAGELAB_BENCH_PROGRESS_LINE_H_
#define PAGELAB_BENCH_PROGRESS_LINE_H_

#include <unistd.h>

#include <cstdio>
#include <string>

namespace pagelab {

// One line on a terminal that is rewritten in place; nothing elsewhere.
class ProgressLine {
 public:
  ~ProgressLine() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  void Show(const std::string& text) {
    if (isatty(STDERR_FILENO) == 0) return;
    std::fputs(("\r\033[K" + text).c_str(), stderr);
    std::fflush(stderr);
    shown_ = true;
  }

 private:
  bool shown_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_BENCH_PROGRESS_LINE_H_
