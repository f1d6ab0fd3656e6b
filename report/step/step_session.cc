#include "pagelab/report/step/step_session.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/step/screen_parts.h"

namespace pagelab {
namespace {

constexpr int64_t kPage = 10;

constexpr std::string_view kKeys =
    "n next  p back  / until  N reverse  g go  z zone  c cpu  e why  ? help  q "
    "quit";
constexpr std::string_view kFewKeys = "n next  p back  / until  ? help  q quit";

constexpr std::string_view kHelp =
    "Keys\n"
    "\n"
    "  n, Space, Right     next event            p, b, Left   the one before\n"
    "  PgDn, PgUp          ten events            Home, End    start, end\n"
    "  g                   go to an event by its number\n"
    "  /, u                run until a condition holds; Enter: the next time\n"
    "  N, U                backwards to where it held the last time\n"
    "  z, c                next zone, next CPU; after the last, the event's\n"
    "  t                   map: what is in use, or types of pageblocks\n"
    "  e                   why: the whole explanation\n"
    "  q                   quit\n"
    "\n"
    "Marks: +118 came onto the list, -118 left it, ^ the frame changed,\n"
    "* the event's block. Lists are from their head, pfns in hex, as 400*8 "
    "for\n"
    "8 blocks that nobody has touched.\n"
    "\n"
    "Conditions: steal, fallback, failure, alloc, free, split, merge, refill,\n"
    "drain, migrate, oom, pfn==0x400, order>=4, pid==100, comm==alice, "
    "cpu==0,\n"
    "zone==Normal, type==Movable, event==17, event mm_page_free, "
    "free_pages<100;\n"
    "with and, or, not and parentheses.\n";

}  // namespace

void StepSession::MoveBy(int64_t events) {
  const auto last = static_cast<int64_t>(history_->nr_events());
  const auto here = static_cast<int64_t>(position_);
  const int64_t there = std::clamp<int64_t>(here + events, 0, last);
  if (there == here) {
    message_ = events > 0 ? "this is the last event" : "this is the start";
  }
  MoveTo(static_cast<uint64_t>(there));
}

void StepSession::MoveToMatch(bool forward) {
  if (!history_->condition().has_value()) {
    message_ = "no condition yet: / asks for one";
    return;
  }
  const EventSet& matches = history_->matches();
  const std::optional<uint64_t> number =
      forward ? matches.After(position_) : matches.Before(position_);
  const std::string& text = history_->condition()->text();
  if (!number.has_value()) {
    message_ =
        fmt::format("{}: no event {} this one, {} in all", text,
                    forward ? "after" : "before", Grouped(matches.size()));
    return;
  }
  MoveTo(*number);
  message_ =
      fmt::format("{}: {} of {}", text, Grouped(matches.CountUpTo(*number)),
                  Grouped(matches.size()));
}

absl::Status StepSession::ChangeZone() {
  PAGELAB_ASSIGN_OR_RETURN(const StepView view, history_->At(position_));
  const auto nr = static_cast<int>(view.moment->zones.size());
  zone_ = zone_ + 1 < nr ? zone_ + 1 : -1;
  message_ = zone_ < 0 ? "the event's zone" : "";
  return absl::OkStatus();
}

absl::Status StepSession::ChangeCpu() {
  const int nr = history_->machine().state().nr_cpus;
  cpu_ = cpu_ + 1 < nr ? cpu_ + 1 : -1;
  message_ = cpu_ < 0 ? "the event's CPU" : "";
  return absl::OkStatus();
}

absl::Status StepSession::Do(StepCommand command) {
  message_.clear();
  const bool again = page_ == command;
  page_ = StepCommand::kNone;
  switch (command) {
    case StepCommand::kNone:
      break;
    case StepCommand::kNext:
      MoveBy(1);
      break;
    case StepCommand::kBack:
      MoveBy(-1);
      break;
    case StepCommand::kPageNext:
      MoveBy(kPage);
      break;
    case StepCommand::kPageBack:
      MoveBy(-kPage);
      break;
    case StepCommand::kStart:
      MoveTo(0);
      break;
    case StepCommand::kEnd:
      MoveTo(history_->nr_events());
      break;
    case StepCommand::kNextMatch:
      MoveToMatch(true);
      break;
    case StepCommand::kPreviousMatch:
      MoveToMatch(false);
      break;
    case StepCommand::kNextZone:
      return ChangeZone();
    case StepCommand::kNextCpu:
      return ChangeCpu();
    case StepCommand::kMapKind:
      map_of_types_ = !map_of_types_;
      break;
    case StepCommand::kReasons:
    case StepCommand::kHelp:
      if (!again) page_ = command;
      break;
  }
  return absl::OkStatus();
}

absl::Status StepSession::GoTo(std::string_view text) {
  message_.clear();
  page_ = StepCommand::kNone;
  if (text.empty()) return absl::OkStatus();
  const absl::StatusOr<uint64_t> number = ParseUint64(text);
  if (!number.ok()) {
    message_ =
        fmt::format("an event is a number from 0 to {}", history_->nr_events());
    return absl::OkStatus();
  }
  if (*number > history_->nr_events()) {
    message_ = fmt::format("there are {} events", history_->nr_events());
    return absl::OkStatus();
  }
  MoveTo(*number);
  return absl::OkStatus();
}

absl::Status StepSession::RunUntil(std::string_view text) {
  message_.clear();
  page_ = StepCommand::kNone;
  const bool is_new = !text.empty() && !(history_->condition().has_value() &&
                                         history_->condition()->text() == text);
  if (is_new) {
    absl::StatusOr<StepCondition> condition = StepCondition::Parse(text);
    if (!condition.ok()) {
      message_ = std::string(FromAbsl(condition.status().message()));
      return absl::OkStatus();
    }
    const absl::Status status = history_->SetCondition(*std::move(condition));
    if (absl::IsCancelled(status)) {
      message_ = "interrupted";
      return absl::OkStatus();
    }
    PAGELAB_RETURN_IF_ERROR(status);
  }
  MoveToMatch(true);
  return absl::OkStatus();
}

StepGrid StepSession::DrawText(std::string_view text, int width,
                               int height) const {
  StepGrid grid(width, height);
  int row = 0;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    const std::vector<std::string> wrapped = WrapText(FromAbsl(line), width);
    if (wrapped.empty()) ++row;
    for (const std::string& part : wrapped) {
      if (row < height - 1) grid.Put(row, 0, part);
      ++row;
    }
  }
  grid.Put(height - 1, 0,
           row > height - 1 ? "cut; any key: back" : "any key: back",
           StepStyle::kDim);
  return grid;
}

absl::StatusOr<StepGrid> StepSession::Draw(int width, int height) {
  if (page_ == StepCommand::kHelp) return DrawText(kHelp, width, height);
  PAGELAB_ASSIGN_OR_RETURN(const StepView view, history_->At(position_));
  if (page_ == StepCommand::kReasons) {
    return DrawText(view.explanation.reasons.empty()
                        ? "Nothing has happened yet."
                        : view.explanation.reasons,
                    width, height);
  }
  StepScreenOptions options;
  options.width = width;
  options.height = height;
  options.title = title_;
  options.nr_events = history_->nr_events();
  options.zone = zone_;
  options.cpu = cpu_;
  options.map_of_types = map_of_types_;
  options.footer_is_message = !message_.empty();
  options.footer = options.footer_is_message ? message_
                   : width >= static_cast<int>(kKeys.size())
                       ? std::string(kKeys)
                       : std::string(kFewKeys);
  return StepScreen(view, options);
}

}  // namespace pagelab
