#include <string>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_support.h"

namespace pagelab {
namespace {

// One line of a trace: context ("cpu pid flags"), then the text.
struct Where {
  const char* cpu;
  const char* pid;
  const char* flags;
};
constexpr Where kTask = {"000", "7", "....."};
constexpr Where kInterrupt = {"000", "7", "..s.."};
constexpr Where kOtherCpu = {"001", "8", "....."};

std::string Line(const Where& where, const std::string& text) {
  std::string pid = where.pid;
  pid.resize(7, ' ');
  return "            bash-" + pid + " [" + where.cpu + "] " + where.flags +
         "     1.000000: " + text + "\n";
}
std::string Event(const Where& where, const std::string& text) {
  return Line(where, "event: " + text);
}
std::string Stack(const Where& where, const std::string& function) {
  return Line(where, "<stack trace>") + " => " + function + "\n => caller\n";
}

// "text:innermost function" of every event.
std::string Pairs(const WholeTrace& trace) {
  std::string pairs;
  for (const KeptEvent& kept : trace.events) {
    if (!pairs.empty()) pairs += ' ';
    const std::string functions = Functions(kept.stack);
    pairs += kept.text + ":" + functions.substr(0, functions.find(' '));
  }
  return pairs;
}

TEST_CASE("Trace stack: an entry belongs to the event before it",
          "[workloads][trace]") {
  const WholeTrace trace =
      ReadTrace(Event(kTask, "a") + Stack(kTask, "fa") + Event(kTask, "b") +
                Event(kTask, "c") + Stack(kTask, "fc"));
  CHECK(Pairs(trace) == "a:fa b: c:fc");
  CHECK(trace.events[0].event.has_stack);
  CHECK_FALSE(trace.events[1].event.has_stack);
  CHECK(trace.stats.stacks == 2);
  CHECK(trace.stats.stacks_without_event == 0);
  CHECK(trace.stats.lines == 9);
  CHECK(trace.events[2].event.line == 6);
}

TEST_CASE("Trace stack: an interrupt between an event and its stack",
          "[workloads][trace]") {
  const WholeTrace trace = ReadTrace(
      Event(kTask, "a") + Event(kInterrupt, "i") + Stack(kInterrupt, "fi") +
      Event(kInterrupt, "j") + Stack(kInterrupt, "fj") + Stack(kTask, "fa") +
      Event(kTask, "b") + Stack(kTask, "fb"));
  CHECK(Pairs(trace) == "a:fa i:fi j:fj b:fb");
  CHECK(trace.stats.stacks == 4);
  CHECK(trace.stats.stacks_without_event == 0);
  CHECK(trace.stats.lines == 16);
}

TEST_CASE("Trace stack: other CPUs between an event and its stack",
          "[workloads][trace]") {
  const WholeTrace trace = ReadTrace(
      Event(kTask, "a") + Event(kOtherCpu, "x") + Stack(kTask, "fa") +
      Stack(kOtherCpu, "fx") + Event(kTask, "b") + Stack(kTask, "fb"));
  CHECK(Pairs(trace) == "a:fa x:fx b:fb");
}

TEST_CASE("Trace stack: an event without one does not take the next one's",
          "[workloads][trace]") {
  const WholeTrace trace =
      ReadTrace(Event(kTask, "a") + Stack(kTask, "fa") + Event(kTask, "b") +
                Event(kOtherCpu, "x") + Event(kTask, "c") + Stack(kTask, "fc") +
                Stack(kOtherCpu, "fx"));
  CHECK(Pairs(trace) == "a:fa b: x:fx c:fc");
}

TEST_CASE("Trace stack: an entry without its event is counted",
          "[workloads][trace]") {
  const WholeTrace trace = ReadTrace(" => cut_off\n" + Stack(kTask, "lost") +
                                     Event(kTask, "a") + Stack(kTask, "fa"));
  CHECK(Pairs(trace) == "a:fa");
  CHECK(trace.stats.stacks_without_event == 1);
  CHECK(trace.stats.unreadable_lines == 0);
}

TEST_CASE("Trace stack: user stacks are passed over", "[workloads][trace]") {
  const WholeTrace trace =
      ReadTrace(Event(kTask, "a") + Stack(kTask, "fa") +
                Line(kTask, "<user stack trace>") + " => <00007f0000001000>\n" +
                Event(kTask, "b") + Stack(kTask, "fb"));
  CHECK(Pairs(trace) == "a:fa b:fb");
  CHECK(trace.stats.stacks_without_event == 0);
}

TEST_CASE("Trace stack: frames may have offsets, addresses and modules",
          "[workloads][trace]") {
  TraceFrames frames(
      " => plain\n"
      " => mm_init.constprop.0+0x1f/0x90\n"
      " => probe+0x10/0x20 [virtio_net] <ffffffffc0001000>\n"
      "junk\n"
      " => \n"
      " => [FTRACE TRAMPOLINE]\n"
      " => 0\n"
      " => odd+0xzz/0x1");
  TraceFrame frame;
  REQUIRE(frames.Next(frame));
  CHECK(frame.function == "plain");
  CHECK_FALSE(frame.has_offset);
  CHECK(frame.module.empty());
  REQUIRE(frames.Next(frame));
  CHECK(frame.function == "mm_init.constprop.0");
  CHECK(frame.has_offset);
  CHECK(frame.offset == 0x1f);
  CHECK(frame.size == 0x90);
  REQUIRE(frames.Next(frame));
  CHECK(frame.function == "probe");
  CHECK(frame.offset == 0x10);
  CHECK(frame.module == "virtio_net");
  REQUIRE(frames.Next(frame));
  CHECK(frame.function == "[FTRACE TRAMPOLINE]");
  REQUIRE(frames.Next(frame));
  CHECK(frame.function == "0");
  REQUIRE(frames.Next(frame));
  CHECK(frame.function == "odd+0xzz/0x1");
  CHECK_FALSE(frame.has_offset);
  CHECK_FALSE(frames.Next(frame));
}

}  // namespace
}  // namespace pagelab
