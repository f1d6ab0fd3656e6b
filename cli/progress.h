#ifndef PAGELAB_CLI_PROGRESS_H_
#define PAGELAB_CLI_PROGRESS_H_

#include <chrono>
#include <string_view>

namespace pagelab {

// One line on standard error that is rewritten in place, from the first second
// on, a few times a second. Does nothing where standard error is no terminal.
class Progress {
 public:
  explicit Progress(bool enabled);
  // Removes the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // True when it is time to call Show(). Cheap enough for every thousandth
  // step of a loop.
  bool due();
  // `text` is cut to the width of a small terminal.
  void Show(std::string_view text);
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  const bool enabled_;
  bool shown_ = false;
  Clock::time_point next_;
};

}  // namespace pagelab

#endif  // PAGELAB_CLI_PROGRESS_H_
