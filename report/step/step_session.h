#ifndef PAGELAB_REPORT_STEP_STEP_SESSION_H_
#define PAGELAB_REPORT_STEP_STEP_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/report/step/step_history.h"
#include "pagelab/report/step/step_screen.h"

namespace pagelab {

// What somebody in front of the stepper can ask for.
enum class StepCommand : uint8_t {
  kNone,
  kNext,
  kBack,
  kPageNext,
  kPageBack,
  kStart,
  kEnd,
  // Where the condition holds.
  kNextMatch,
  kPreviousMatch,
  kNextZone,
  kNextCpu,
  kMapKind,
  // Whole screens of text, until the next command.
  kReasons,
  kHelp,
};

// Where somebody is in a run, and what they look at. Wishes that cannot be met
// leave a message and change nothing.
class StepSession {
 public:
  StepSession(std::unique_ptr<StepHistory> history, std::string title)
      : history_(std::move(history)), title_(std::move(title)) {}

  // An error only where the scenario cannot be run again.
  absl::Status Do(StepCommand command);
  // "17": the event of that number.
  absl::Status GoTo(std::string_view text);
  // Sets the condition and goes to the next event where it holds; with an empty
  // text, the condition stays.
  absl::Status RunUntil(std::string_view text);

  uint64_t position() const { return position_; }
  const std::string& message() const { return message_; }
  const StepHistory& history() const { return *history_; }

  absl::StatusOr<StepGrid> Draw(int width, int height);

 private:
  void MoveTo(uint64_t number) { position_ = number; }
  void MoveBy(int64_t events);
  void MoveToMatch(bool forward);
  absl::Status ChangeZone();
  absl::Status ChangeCpu();
  StepGrid DrawText(std::string_view text, int width, int height) const;

  std::unique_ptr<StepHistory> history_;
  std::string title_;
  uint64_t position_ = 0;
  int zone_ = -1;
  int cpu_ = -1;
  bool map_of_types_ = false;
  // kReasons, kHelp or kNone.
  StepCommand page_ = StepCommand::kNone;
  std::string message_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_STEP_SESSION_H_
