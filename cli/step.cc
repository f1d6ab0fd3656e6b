// pagelab step: a run, event by event, forwards and backwards.

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/boot_machine.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/scenario_arguments.h"
#include "pagelab/cli/step_terminal.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/report/step/step_history.h"
#include "pagelab/report/step/step_screen.h"
#include "pagelab/report/step/step_session.h"

namespace pagelab {
namespace {

constexpr int kMostColumns = 500;
constexpr int kMostRows = 500;
// Of --zone and --cpu, which are int.
constexpr int kMostIndex = std::numeric_limits<int>::max();

struct StepArguments {
  ScenarioArguments what;
  std::string until;
  std::optional<uint64_t> event;
  std::optional<uint64_t> count;
  bool plain = false;
  std::optional<int> width;
  std::optional<int> height;
  int zone = -1;
  int cpu = -1;
  std::string map = "use";
  std::string color = "auto";
  bool no_color = false;
};

bool WantsColor(const StepArguments& arguments) {
  if (arguments.no_color || arguments.color == "never") return false;
  if (arguments.color == "always") return true;
  // https://no-color.org: any value but the empty one turns colour off.
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  return isatty(STDOUT_FILENO) != 0;
}

std::string TitleOf(const Scenario& scenario, const MachineConfig& config) {
  return scenario.name.empty() ? config.name : scenario.name;
}

// "is 1 zone", "are 2 zones".
std::string IsCounted(uint64_t count, std::string_view what) {
  return (count == 1 ? "is " : "are ") + Counted(count, what);
}

absl::Status NoSuchEvent(uint64_t event, uint64_t nr_events) {
  return InvalidInput(fmt::format("--event {}: the run has {}", event,
                                  Counted(nr_events, "event")));
}

// Whether --zone and --cpu are there. Zones may come and go in a run.
absl::Status CheckPlace(const StepArguments& arguments,
                        const StepMoment& moment) {
  const auto nr_zones = static_cast<int>(moment.zones.size());
  if (arguments.zone >= nr_zones) {
    return InvalidInput(fmt::format(
        "--zone {}: counted from 0, and there {} at event {}", arguments.zone,
        IsCounted(moment.zones.size(), "zone"), moment.event.number));
  }
  if (moment.zones.empty()) return absl::OkStatus();
  const size_t nr_cpus = moment.zones.front()->pcps.size();
  if (arguments.cpu >= static_cast<int>(nr_cpus)) {
    return InvalidInput(fmt::format("--cpu {}: counted from 0, and there {}",
                                    arguments.cpu, IsCounted(nr_cpus, "CPU")));
  }
  return absl::OkStatus();
}

// --- frames, one after another ---

absl::StatusOr<int> PrintFrames(const StepArguments& arguments,
                                StepHistory& history, const std::string& title,
                                CommandContext& context) {
  StepScreenOptions options;
  options.width = arguments.width.value_or(options.width);
  options.height = arguments.height.value_or(options.height);
  options.title = title;
  options.nr_events = history.nr_events();
  options.zone = arguments.zone;
  options.cpu = arguments.cpu;
  options.map_of_types = arguments.map == "types";
  const uint64_t first = arguments.event.value_or(0);
  uint64_t left =
      arguments.count.value_or(std::numeric_limits<uint64_t>::max());
  const bool all = arguments.until.empty();
  const uint64_t last = all && left - 1 < history.nr_events() - first
                            ? first + left - 1
                            : history.nr_events();
  const bool color = WantsColor(arguments);
  bool is_first = true;
  absl::Status place;
  PAGELAB_RETURN_IF_ERROR(
      history.Stream(first, last, [&](const StepView& view) {
        place = CheckPlace(arguments, *view.moment);
        if (!place.ok()) return false;
        const StepGrid grid = StepScreen(view, options);
        context.progress.Clear();
        if (!is_first) context.out.Append("\n");
        is_first = false;
        context.out.Append(color ? grid.ColoredText() : grid.Text());
        return --left > 0 && context.out.ok();
      }));
  PAGELAB_RETURN_IF_ERROR(place);
  if (!is_first) return kExitFine;
  PrintNote(context, fmt::format("{}: no such event from {} on",
                                 arguments.until, first));
  return kExitFinding;
}

// --- full screen ---

StepCommand CommandOf(int key) {
  switch (key) {
    case kKeyRight:
    case ' ':
    case 'n':
      return StepCommand::kNext;
    case kKeyLeft:
    case 'p':
    case 'b':
      return StepCommand::kBack;
    case kKeyPageDown:
      return StepCommand::kPageNext;
    case kKeyPageUp:
      return StepCommand::kPageBack;
    case kKeyHome:
      return StepCommand::kStart;
    case kKeyEnd:
      return StepCommand::kEnd;
    case kKeyEnter:
      return StepCommand::kNextMatch;
    case 'N':
    case 'U':
      return StepCommand::kPreviousMatch;
    case 'z':
      return StepCommand::kNextZone;
    case 'c':
      return StepCommand::kNextCpu;
    case 't':
      return StepCommand::kMapKind;
    case 'e':
      return StepCommand::kReasons;
    case '?':
    case 'h':
      return StepCommand::kHelp;
    default:
      return StepCommand::kNone;
  }
}

// One key. False: it was the last.
absl::StatusOr<bool> Obey(int key, StepTerminal& terminal,
                          StepSession& session) {
  if (key == 'q') return false;
  if (key == 'g') {
    const std::optional<std::string> answer = terminal.Ask(
        fmt::format("go to event (0 to {}): ", session.history().nr_events()));
    if (answer.has_value()) PAGELAB_RETURN_IF_ERROR(session.GoTo(*answer));
    return true;
  }
  if (key == '/' || key == 'u') {
    const std::optional<std::string> answer = terminal.Ask("run until: ");
    if (answer.has_value()) PAGELAB_RETURN_IF_ERROR(session.RunUntil(*answer));
    return true;
  }
  if (key != kKeyResize) PAGELAB_RETURN_IF_ERROR(session.Do(CommandOf(key)));
  return true;
}

// Says how far a run is, from the first second on; Escape ends it.
class ScreenProgress {
 public:
  // The terminal may come later.
  void set_terminal(StepTerminal* terminal) { terminal_ = terminal; }
  void set_progress(Progress* progress) { progress_ = progress; }
  void Begin() { next_ = Clock::now() + std::chrono::seconds(1); }

  bool OnEvents(uint64_t nr_events) {
    const std::string text =
        fmt::format("running the scenario: event {}", Grouped(nr_events));
    if (terminal_ == nullptr) {
      if (progress_->due()) progress_->Show(text);
      return true;
    }
    if (Clock::now() < next_) return true;
    next_ = Clock::now() + std::chrono::milliseconds(200);
    terminal_->ShowFooter(text + "; Escape stops");
    return !terminal_->EscapePressed();
  }

 private:
  using Clock = std::chrono::steady_clock;
  StepTerminal* terminal_ = nullptr;
  Progress* progress_ = nullptr;
  Clock::time_point next_ = {};
};

absl::StatusOr<int> StepOnScreen(const StepArguments& arguments,
                                 std::unique_ptr<StepHistory> history,
                                 const std::string& title,
                                 ScreenProgress& progress) {
  StepSession session(std::move(history), title);
  if (arguments.event.has_value()) {
    PAGELAB_RETURN_IF_ERROR(session.GoTo(std::to_string(*arguments.event)));
  }
  if (!arguments.until.empty()) {
    PAGELAB_RETURN_IF_ERROR(session.RunUntil({}));
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<StepTerminal> terminal,
                           StepTerminal::Open(WantsColor(arguments)));
  progress.set_terminal(terminal.get());
  uint64_t drawn_at = 0;
  for (;;) {
    progress.Begin();
    absl::StatusOr<StepGrid> grid =
        session.Draw(terminal->width(), terminal->height());
    if (absl::IsCancelled(grid.status())) {
      // Back to where it was, which may be outside the window too.
      PAGELAB_RETURN_IF_ERROR(session.GoTo(std::to_string(drawn_at)));
    } else {
      PAGELAB_RETURN_IF_ERROR(grid.status());
      drawn_at = session.position();
      terminal->Show(*grid);
    }
    const int key = terminal->ReadKey();
    progress.Begin();
    PAGELAB_ASSIGN_OR_RETURN(const bool goes_on, Obey(key, *terminal, session));
    if (!goes_on) return kExitFine;
  }
}

absl::StatusOr<int> StepThrough(const StepArguments& arguments,
                                CommandContext& context) {
  const bool plain = arguments.plain || isatty(STDOUT_FILENO) == 0;
  if (arguments.what.scenario.empty()) {
    return UsageError(
        "step needs a scenario; pagelab list names the built-in "
        "ones");
  }
  if (!plain && (arguments.count.has_value() || arguments.width.has_value() ||
                 arguments.height.has_value() || arguments.zone >= 0 ||
                 arguments.cpu >= 0)) {
    return UsageError(
        "--count, --width, --height, --zone and --cpu are for --plain");
  }
  std::optional<StepCondition> condition;
  if (!arguments.until.empty()) {
    absl::StatusOr<StepCondition> parsed =
        StepCondition::Parse(arguments.until);
    if (!parsed.ok()) {
      return UsageError("--until: " +
                        std::string(FromAbsl(parsed.status().message())));
    }
    condition = *std::move(parsed);
  }
  PAGELAB_ASSIGN_OR_RETURN(LoadedScenario loaded, LoadScenario(arguments.what));
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config,
                           ConfigureMachine(arguments.what, loaded.scenario));
  const std::string title = TitleOf(loaded.scenario, config);
  ScreenProgress progress;
  progress.set_progress(&context.progress);
  StepHistoryOptions options;
  options.on_progress = [&progress](uint64_t nr_events) {
    return progress.OnEvents(nr_events);
  };
  PAGELAB_ASSIGN_OR_RETURN(
      std::unique_ptr<StepHistory> history,
      StepHistory::Open(config, std::move(loaded.scenario),
                        std::move(condition), std::move(options)));
  context.progress.Clear();
  if (arguments.event.value_or(0) > history->nr_events()) {
    return NoSuchEvent(*arguments.event, history->nr_events());
  }
  if (plain) return PrintFrames(arguments, *history, title, context);
  return StepOnScreen(arguments, std::move(history), title, progress);
}

void AddPlainArguments(CLI::App& app, StepArguments& arguments) {
  app.add_flag("--plain", arguments.plain,
               "Print frames one after another instead of taking the whole "
               "terminal; also where standard output is none");
  app.add_option("--count", arguments.count, "With --plain: frames to print")
      ->transform(UnsignedOption(1));
  app.add_option("--width", arguments.width,
                 "With --plain: columns of a frame; 80 unless told")
      ->check(CLI::Range(kLeastStepWidth, kMostColumns));
  app.add_option("--height", arguments.height,
                 "With --plain: rows of a frame; 24 unless told")
      ->check(CLI::Range(kLeastStepHeight, kMostRows));
  app.add_option("--zone", arguments.zone,
                 "With --plain: the zone to show, counted from 0, instead of "
                 "the event's")
      ->transform(UnsignedOption(0, kMostIndex));
  app.add_option("--cpu", arguments.cpu,
                 "With --plain: the CPU whose lists to show, instead of the "
                 "event's")
      ->transform(UnsignedOption(0, kMostIndex));
  app.add_option("--map", arguments.map,
                 "With --plain: what cells of many frames show, how much is in "
                 "use or the types of pageblocks")
      ->check(CLI::IsMember({"use", "types"}))
      ->capture_default_str();
}

}  // namespace

void AddStepCommand(CommandSet& commands) {
  auto arguments = std::make_shared<StepArguments>();
  CLI::App& app = commands.Add(
      {.name = "step",
       .summary = "Step through a run event by event, forwards and backwards",
       .examples =
           "  pagelab step hello                     # arrow keys; ? for help\n"
           "  pagelab step fragmentation --until 'steal and order>=4'\n"
           "  pagelab step hello --until 'pfn==0x110' --plain\n"
           "  pagelab step hello --plain --event 5 --count 2 > slides.txt\n"
           "  pagelab step hello --plain --color always | less -R\n"},
      [arguments](CommandContext& context) {
        return StepThrough(*arguments, context);
      });
  AddScenarioArguments(app, arguments->what);
  app.add_option("--until", arguments->until,
                 "Start at the first event where this holds; with --plain, "
                 "only such events. steal, fallback, failure, split, "
                 "pfn==0x400, order>=4 ... with and, or, not");
  app.add_option("--event", arguments->event,
                 "Start after the event of this number; 0: before the first")
      ->transform(UnsignedOption());
  AddPlainArguments(app, *arguments);
  app.add_option("--color", arguments->color,
                 "auto: on a terminal, unless NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  app.add_flag("--no-color", arguments->no_color, "The same as --color never");
}

}  // namespace pagelab
