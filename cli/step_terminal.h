#ifndef PAGELAB_CLI_STEP_TERMINAL_H_
#define PAGELAB_CLI_STEP_TERMINAL_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "pagelab/report/step/step_grid.h"

namespace pagelab {

// A key of the stepper's terminal: a character, or one of these.
enum StepKey : int {
  kKeyLeft = 0x10000,
  kKeyRight,
  kKeyPageUp,
  kKeyPageDown,
  kKeyHome,
  kKeyEnd,
  kKeyEnter,
  kKeyEscape,
  kKeyResize,
  kKeyOther,
};

// The whole terminal, from Open() until it is destroyed: then, and when a
// signal ends the program, the terminal is what it was before. One at a time.
class StepTerminal {
 public:
  // InvalidArgument where there is no terminal that can be addressed, with what
  // to do then.
  static absl::StatusOr<std::unique_ptr<StepTerminal>> Open(bool color);
  ~StepTerminal();
  StepTerminal(const StepTerminal&) = delete;
  StepTerminal& operator=(const StepTerminal&) = delete;

  int width() const;
  int height() const;
  void Show(const StepGrid& grid);
  // In the last row, at once.
  void ShowFooter(const std::string& text);
  // Waits for it. A StepKey, or a character.
  int ReadKey();
  // The Escape key was pressed; does not wait.
  bool EscapePressed();
  // Asks for a line in the last row; nothing if it was given up with Escape.
  std::optional<std::string> Ask(const std::string& question);

 private:
  struct Impl;
  explicit StepTerminal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagelab

#endif  // PAGELAB_CLI_STEP_TERMINAL_H_
