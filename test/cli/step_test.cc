#include <string>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

size_t CountOf(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST_CASE("Step: frames go one after another where there is no terminal",
          "[cli][step]") {
  const ProgramResult all = RunProgram("step hello");
  CHECK(all.exit_code == 0);
  CHECK(all.err.empty());
  CHECK(CountOf(all.out, "of 18  zone DMA") == 19);
  // 24 rows each, and an empty one between.
  CHECK(CountOf(all.out, "\n") == 19 * 24 + 18);
  CHECK(RunProgram("step hello --plain").out == all.out);
  const ProgramResult two =
      RunProgram("step hello --plain --event 5 --count 2");
  CHECK(CountOf(two.out, "of 18  zone DMA") == 2);
  CHECK(two.out.find("hello: event 5 of 18") == 0);
  CHECK(all.out.find(two.out) != std::string::npos);
}

TEST_CASE("Step: only events where a condition holds", "[cli][step]") {
  const ProgramResult found =
      RunProgram("step hello --plain --until 'pfn==0x110 and not refill'");
  CHECK(found.exit_code == 0);
  CHECK(CountOf(found.out, "of 18  zone DMA") == 3);
  CHECK(found.out.find("hello: event 7 of 18") == 0);
  const ProgramResult later =
      RunProgram("step hello --plain --until 'pfn==0x110' --event 8 --count 1");
  CHECK(later.out.find("hello: event 14 of 18") == 0);
  CHECK(CountOf(later.out, "of 18  zone DMA") == 1);
  const ProgramResult none = RunProgram("step hello --plain --until steal");
  CHECK(none.exit_code == 1);
  CHECK(none.out.empty());
  CHECK_THAT(none.err, ContainsText("steal: no such event from 0 on"));
}

TEST_CASE("Step: size and colour of frames", "[cli][step]") {
  const ProgramResult small = RunProgram(
      "step hello --plain --event 6 --count 1 --width 60 --height "
      "16");
  CHECK(CountOf(small.out, "\n") == 16);
  CHECK(small.out.find('\033') == std::string::npos);
  CHECK_THAT(RunProgram("step hello --plain --event 6 --count 1 --color "
                        "always")
                 .out,
             ContainsText("\033[0;38;5;166;7m+118"));
  CHECK(RunShell("NO_COLOR=1 $PAGELAB step hello --plain").out.find('\033') ==
        std::string::npos);
  CHECK(RunProgram("step hello --plain --color always --no-color")
            .out.find('\033') == std::string::npos);
  CHECK_THAT(RunProgram("step hello --plain --count 1 --map types --zone 0 "
                        "--cpu 0")
                 .out,
             ContainsText("map of 0x100"));
}

TEST_CASE("Step: wrong arguments are refused with what would be right",
          "[cli][step]") {
  CHECK(RunProgram("step").exit_code == 2);
  CHECK(RunProgram("step hello --plain --width 10").exit_code == 2);
  CHECK(RunProgram("step hello --plain --count 0").exit_code == 2);
  const ProgramResult condition = RunProgram("step hello --until 'stael'");
  CHECK(condition.exit_code == 2);
  CHECK_THAT(condition.err, ContainsText("--until: column 1: expected") &&
                                ContainsText("did you mean \"steal\"?"));
  const ProgramResult event = RunProgram("step hello --event 19");
  CHECK(event.exit_code == 3);
  CHECK_THAT(event.err, ContainsText("--event 19: the run has 18 events"));
  CHECK(RunProgram("step no-such-scenario").exit_code == 3);
  const ProgramResult zone = RunProgram("step hello --plain --zone 1");
  CHECK(zone.exit_code == 3);
  CHECK(zone.out.empty());
  CHECK_THAT(zone.err, ContainsText("--zone 1: counted from 0, and there is 1 "
                                    "zone at event 0"));
  const ProgramResult cpu = RunProgram("step hello --plain --cpu 7");
  CHECK(cpu.exit_code == 3);
  CHECK_THAT(cpu.err,
             ContainsText("--cpu 7: counted from 0, and there is 1 CPU"));
  // The reader went away.
  CHECK(RunShell("$PAGELAB step hello | head -1").exit_code == 0);
}

// A terminal of 80 columns and 24 rows, held by tmux.
class Terminal {
 public:
  Terminal() : socket_(directory_.File("tmux")) {}
  ~Terminal() { Tmux("kill-server"); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  static bool IsThere() { return RunShell("command -v tmux").exit_code == 0; }
  // A shell without a prompt of its own, in which the program can end.
  void Start() {
    Tmux("-f /dev/null new-session -d -x 80 -y 24 'PS1=\"ready: \" PAGELAB=\"" +
         std::string(PAGELAB_PROGRAM) + "\" sh -i'");
    WaitFor("ready:");
  }
  void Type(const std::string& keys) { Tmux("send-keys " + keys); }
  std::string Screen() { return Tmux("capture-pane -p").out; }
  // The screen as soon as it has the text; what it is if that never comes.
  std::string WaitFor(const std::string& text) {
    std::string screen;
    for (int i = 0; i < 300; ++i) {
      screen = Screen();
      if (screen.find(text) != std::string::npos) return screen;
      RunShell("sleep 0.1");
    }
    FAIL_CHECK("never seen: " << text << "\n" << screen);
    return screen;
  }
  ProgramResult Tmux(const std::string& command) {
    return RunShell("tmux -S '" + socket_ + "' " + command);
  }

 private:
  TemporaryDirectory directory_;
  std::string socket_;
};

TEST_CASE("Step: on a real terminal, forwards, backwards and to a condition",
          "[cli][step]") {
  if (!Terminal::IsThere()) {
    WARN("SKIPPED: no tmux; the stepper was not tried on a terminal");
    return;
  }
  Terminal terminal;
  terminal.Start();
  terminal.Type("'$PAGELAB step hello' Enter");
  const std::string start = terminal.WaitFor("event 0 of 18");
  CHECK_THAT(start,
             ContainsText("map of 0x100 to 0x13f") && ContainsText("q quit"));
  terminal.Type("n");
  const std::string first = terminal.WaitFor("event 1 of 18");
  terminal.Type("Right Space PgDn");
  terminal.WaitFor("event 13 of 18");
  terminal.Type("PgUp p Left");
  CHECK(terminal.WaitFor("event 1 of 18") == first);
  terminal.Type("/ pfn==0x110 Enter");
  terminal.WaitFor("pfn==0x110: 1 of 4");
  terminal.Type("Enter");
  terminal.WaitFor("event 7 of 18");
  terminal.Type("N");
  terminal.WaitFor("event 6 of 18");
  terminal.Type("g 18 Enter");
  terminal.WaitFor("event 18 of 18");
  terminal.Type("'?'");
  terminal.WaitFor("run until a condition holds");
  terminal.Type("Home");
  CHECK(terminal.WaitFor("event 0 of 18") == start);
  // What is on the screen is what --plain prints, but for the last row.
  terminal.Type("g 6 Enter");
  const std::string screen = terminal.WaitFor("event 6 of 18");
  const std::string plain =
      RunProgram("step hello --plain --event 6 --count 1").out;
  CHECK(screen.substr(0, screen.find("\n3...")) ==
        plain.substr(0, plain.find("\n3...")));
  terminal.Type("q");
  terminal.WaitFor("ready:");
}

TEST_CASE("Step: another size of the terminal is drawn at once",
          "[cli][step]") {
  if (!Terminal::IsThere()) {
    WARN("SKIPPED: no tmux; the stepper was not tried on a terminal");
    return;
  }
  Terminal terminal;
  terminal.Start();
  terminal.Type("'$PAGELAB step hello --event 6' Enter");
  terminal.WaitFor("event 6 of 18");
  terminal.Tmux("resize-window -x 60 -y 16");
  terminal.WaitFor("n next  p back  / until  ? help  q quit");
  terminal.Tmux("resize-window -x 30 -y 5");
  terminal.WaitFor("is too small");
  terminal.Tmux("resize-window -x 120 -y 40");
  terminal.WaitFor("e why");
  terminal.Type("q");
  terminal.WaitFor("ready:");
}

TEST_CASE("Step: the terminal is restored when a signal ends the program",
          "[cli][step]") {
  if (!Terminal::IsThere()) {
    WARN("SKIPPED: no tmux; the stepper was not tried on a terminal");
    return;
  }
  Terminal terminal;
  terminal.Start();
  for (const std::string signal : {"C-c", "TERM"}) {
    terminal.Type(
        "'clear; $PAGELAB step hello; echo code $?; stty -a | grep "
        "-ow -e -echo -e echo' Enter");
    terminal.WaitFor("event 0 of 18");
    if (signal == "C-c") {
      terminal.Type("C-c");
    } else {
      const std::string pid = terminal.Tmux("list-panes -F '#{pane_pid}'").out;
      RunShell("kill -TERM $(ps -o pid= --ppid " +
               pid.substr(0, pid.find('\n')) + ")");
    }
    const std::string screen =
        terminal.WaitFor(signal == "C-c" ? "ready:" : "code 143");
    CHECK(screen.find("zone DMA") == std::string::npos);
    if (signal == "TERM") {
      CHECK_THAT(terminal.WaitFor("\necho"), !ContainsText("-echo"));
    }
    terminal.Type("Enter");
  }
}

TEST_CASE("Step: a terminal that cannot be used is refused", "[cli][step]") {
  if (!Terminal::IsThere()) {
    WARN("SKIPPED: no tmux; the stepper was not tried on a terminal");
    return;
  }
  Terminal terminal;
  terminal.Start();
  for (const std::string name : {"dumb", "no-such-terminal"}) {
    terminal.Type("'clear; TERM=" + name + " $PAGELAB step hello; echo " +
                  name + " gives $?' Enter");
    CHECK_THAT(terminal.WaitFor(name + " gives 3"),
               ContainsText("the terminal \"" + name + "\"") &&
                   ContainsText("--plain"));
  }
}

}  // namespace
}  // namespace pagelab
