// The one file that knows ncurses.

#include "pagelab/cli/step_terminal.h"

#include <fcntl.h>
#include <ncurses.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr std::array<int, 8> kFatalSignals = {SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
                                              SIGABRT, SIGSEGV, SIGBUS, SIGFPE};

// What a signal handler needs to restore the terminal; only system calls are
// allowed there.
struct Rescue {
  int descriptor = -1;
  termios modes{};
  std::array<char, 256> sequence{};
  size_t size = 0;
  std::array<struct sigaction, kFatalSignals.size()> before{};
};
Rescue rescue;

extern "C" void RestoreAndGoOn(int signal) {
  if (rescue.descriptor >= 0) {
    // Nothing can be done where it fails.
    [[maybe_unused]] const ssize_t written =
        write(rescue.descriptor, rescue.sequence.data(), rescue.size);
    tcsetattr(rescue.descriptor, TCSANOW, &rescue.modes);
  }
  for (size_t i = 0; i < kFatalSignals.size(); ++i) {
    if (kFatalSignals[i] == signal) {
      sigaction(signal, &rescue.before[i], nullptr);
    }
  }
  // Delivered to the handler of before when this one returns.
  raise(signal);
}

void AddToRescue(const char* capability) {
  const char* text = tigetstr(capability);
  // Absent, or no string capability.
  if (text == nullptr || text == reinterpret_cast<const char*>(-1)) return;
  const size_t size = std::strlen(text);
  if (rescue.size + size > rescue.sequence.size()) return;
  std::memcpy(rescue.sequence.data() + rescue.size, text, size);
  rescue.size += size;
}

void InstallRescue(int descriptor, const termios& modes) {
  rescue.modes = modes;
  rescue.size = 0;
  for (const char* capability : {"sgr0", "rmkx", "cnorm", "rmcup"}) {
    AddToRescue(capability);
  }
  rescue.descriptor = descriptor;
  struct sigaction action {};
  action.sa_handler = RestoreAndGoOn;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < kFatalSignals.size(); ++i) {
    sigaction(kFatalSignals[i], &action, &rescue.before[i]);
  }
}

void RemoveRescue() {
  for (size_t i = 0; i < kFatalSignals.size(); ++i) {
    sigaction(kFatalSignals[i], &rescue.before[i], nullptr);
  }
  rescue.descriptor = -1;
}

std::string TerminalName() {
  const char* name = std::getenv("TERM");
  return name == nullptr ? "" : name;
}

absl::Status NoTerminal(const std::string& why) {
  return InvalidInput(why + "; pagelab step --plain prints the frames instead");
}

absl::Status BadTerminal() {
  const std::string name = TerminalName();
  return NoTerminal(
      name.empty() ? std::string("$TERM does not say what terminal this is")
                   : "the terminal \"" + name +
                         "\" ($TERM) is not known here, or cannot place "
                         "the cursor");
}

// Asked before ncurses begins: a newterm() that fails keeps memory.
bool CanPlaceCursor() {
  int error = 0;
  if (TerminalName().empty() ||
      setupterm(nullptr, STDOUT_FILENO, &error) == ERR) {
    return false;
  }
  const char* cup = tigetstr("cup");
  const bool can = cup != nullptr && cup != reinterpret_cast<const char*>(-1);
  del_curterm(cur_term);
  return can;
}

// The basic eight colours where there are no 256.
int BasicColor(StepStyle style) {
  switch (style) {
    case StepStyle::kUnmovable:
    case StepStyle::kUsed:
      return COLOR_RED;
    case StepStyle::kMovable:
      return COLOR_CYAN;
    case StepStyle::kReclaimable:
      return COLOR_GREEN;
    case StepStyle::kHighAtomic:
      return COLOR_MAGENTA;
    case StepStyle::kCma:
    case StepStyle::kIsolate:
    case StepStyle::kPcp:
    case StepStyle::kOnItsWay:
      return COLOR_YELLOW;
    default:
      return -1;
  }
}

void StartColors() {
  start_color();
  const bool has_default = use_default_colors() != ERR;
  for (int i = 0; i < kNrStepStyles; ++i) {
    const auto style = static_cast<StepStyle>(i);
    constexpr int kMany = 256;
    int color = COLORS >= kMany ? StepColor(style) : BasicColor(style);
    if (color < 0 && !has_default) color = COLOR_WHITE;
    init_pair(static_cast<short>(i + 1), static_cast<short>(color),
              has_default ? short{-1} : short{COLOR_BLACK});
  }
}

}  // namespace

struct StepTerminal::Impl {
  SCREEN* screen = nullptr;
  FILE* input = nullptr;
  bool owns_input = false;
  bool color = false;

  attr_t AttributesOf(const StepCell& cell) const {
    attr_t attributes = A_NORMAL;
    if (cell.style == StepStyle::kTitle || cell.style == StepStyle::kMessage) {
      attributes |= A_BOLD;
    }
    if (cell.style == StepStyle::kDim) attributes |= A_DIM;
    if (cell.changed) attributes |= A_REVERSE;
    if (color) {
      attributes |=
          static_cast<attr_t>(COLOR_PAIR(static_cast<int>(cell.style) + 1));
    }
    return attributes;
  }
};

StepTerminal::StepTerminal(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

absl::StatusOr<std::unique_ptr<StepTerminal>> StepTerminal::Open(bool color) {
  if (isatty(STDOUT_FILENO) == 0) {
    return NoTerminal("standard output is no terminal");
  }
  auto impl = std::make_unique<Impl>();
  impl->input = stdin;
  if (isatty(STDIN_FILENO) == 0) {
    // The scenario came that way, perhaps.
    impl->input = std::fopen("/dev/tty", "re");
    impl->owns_input = true;
    if (impl->input == nullptr) {
      return NoTerminal("standard input is no terminal, and there is none");
    }
  }
  termios modes{};
  tcgetattr(STDOUT_FILENO, &modes);
  if (CanPlaceCursor()) impl->screen = newterm(nullptr, stdout, impl->input);
  if (impl->screen == nullptr) {
    if (impl->owns_input) std::fclose(impl->input);
    return BadTerminal();
  }
  set_term(impl->screen);
  InstallRescue(STDOUT_FILENO, modes);
  std::unique_ptr<StepTerminal> terminal(new StepTerminal(std::move(impl)));
  cbreak();
  noecho();
  nonl();
  keypad(stdscr, true);
  curs_set(0);
  constexpr int kEscapeMilliseconds = 50;
  set_escdelay(kEscapeMilliseconds);
  terminal->impl_->color = color && has_colors();
  if (terminal->impl_->color) StartColors();
  return terminal;
}

StepTerminal::~StepTerminal() {
  endwin();
  RemoveRescue();
  delscreen(impl_->screen);
  if (impl_->owns_input) std::fclose(impl_->input);
}

int StepTerminal::width() const { return COLS; }
int StepTerminal::height() const { return LINES; }

void StepTerminal::Show(const StepGrid& grid) {
  erase();
  for (int row = 0; row < grid.height(); ++row) {
    for (int column = 0; column < grid.width(); ++column) {
      const StepCell& cell = grid.at(row, column);
      if (cell.glyph == ' ' && !cell.changed) continue;
      mvaddch(row, column,
              static_cast<chtype>(static_cast<unsigned char>(cell.glyph)) |
                  impl_->AttributesOf(cell));
    }
  }
  refresh();
}

void StepTerminal::ShowFooter(const std::string& text) {
  move(LINES - 1, 0);
  clrtoeol();
  mvaddnstr(LINES - 1, 0, text.c_str(), COLS - 1);
  refresh();
}

int StepTerminal::ReadKey() {
  timeout(-1);
  for (;;) {
    const int key = getch();
    switch (key) {
      case ERR:
        // The terminal has gone.
        if (std::feof(impl_->input) != 0 || isatty(fileno(impl_->input)) == 0) {
          return 'q';
        }
        continue;
      case KEY_LEFT:
        return kKeyLeft;
      case KEY_RIGHT:
        return kKeyRight;
      case KEY_PPAGE:
        return kKeyPageUp;
      case KEY_NPAGE:
        return kKeyPageDown;
      case KEY_HOME:
        return kKeyHome;
      case KEY_END:
        return kKeyEnd;
      case KEY_ENTER:
      case '\r':
      case '\n':
        return kKeyEnter;
      case KEY_RESIZE:
        return kKeyResize;
      case KEY_BACKSPACE:
      case '\b':
        return 127;
      case 27:
        return kKeyEscape;
      default:
        return key < 256 ? key : kKeyOther;
    }
  }
}

bool StepTerminal::EscapePressed() {
  timeout(0);
  const int key = getch();
  timeout(-1);
  return key == 27;
}

std::optional<std::string> StepTerminal::Ask(const std::string& question) {
  std::string answer;
  constexpr int kDelete = 127;
  constexpr int kKillLine = 'U' - '@';
  curs_set(1);
  std::optional<std::string> result;
  for (bool is_done = false; !is_done;) {
    // The end of what was typed is what one looks at.
    const auto room = static_cast<size_t>(
        std::max(8, COLS - 2 - static_cast<int>(question.size())));
    const std::string shown =
        answer.size() > room ? answer.substr(answer.size() - room) : answer;
    ShowFooter(question + shown);
    const int key = ReadKey();
    if (key == kKeyEnter) {
      result = answer;
      is_done = true;
    } else if (key == kKeyEscape) {
      is_done = true;
    } else if (key == kDelete) {
      if (answer.empty()) {
        is_done = true;
      } else {
        answer.pop_back();
      }
    } else if (key == kKillLine) {
      answer.clear();
    } else if (key >= ' ' && key < kDelete) {
      answer += static_cast<char>(key);
    }
  }
  curs_set(0);
  return result;
}

}  // namespace pagelab
