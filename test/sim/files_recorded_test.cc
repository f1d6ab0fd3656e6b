// The /proc files of recorded machines, read into allocator state and printed
// again.

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/sim/files/buddyinfo.h"
#include "pagelab/sim/files/meminfo.h"
#include "pagelab/sim/files/pagetypeinfo.h"
#include "pagelab/sim/files/vmstat.h"
#include "pagelab/sim/files/zoneinfo.h"
#include "pagelab/test/sim/recorded_files.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

struct Recording {
  const char* name;
  std::vector<PfnRange> present;
  // Lines of meminfo that changed after zoneinfo was read, or speak of the
  // recorded machine's swap.
  std::set<std::string> other_meminfo;
};

std::vector<Recording> Recordings() {
  const std::vector<PfnRange> two_gib = {{Pfn(0), Pfn(0x80000)}};
  const std::vector<PfnRange> four_gib = {{Pfn(0), Pfn(0xc0000)},
                                          {Pfn(0x100000), Pfn(0x140000)}};
  return {{"boot", two_gib, {}},
          {"smp2", two_gib, {}},
          {"cma", two_gib, {"AnonPages:"}},
          {"pressure2", two_gib, {"SwapTotal:", "SwapFree:", "CommitLimit:"}},
          {"small4g", four_gib, {"AnonPages:"}}};
}

TEST_CASE("Zoneinfo: recorded files are printed byte for byte",
          "[sim][files]") {
  for (const Recording& recording : Recordings()) {
    CAPTURE(recording.name);
    RecordedMachine machine(recording.name, recording.present);
    machine.ReadZoneinfo();
    std::string text;
    AppendZoneinfo(machine.state(), text);
    CHECK(text == RecordedText(recording.name, "zoneinfo"));
  }
}

TEST_CASE("Buddyinfo: recorded files are printed byte for byte",
          "[sim][files]") {
  for (const Recording& recording : Recordings()) {
    CAPTURE(recording.name);
    RecordedMachine machine(recording.name, recording.present);
    machine.ReadZoneinfo();
    machine.ReadBuddyinfo();
    std::string text;
    AppendBuddyinfo(machine.state(), text);
    CHECK(text == RecordedText(recording.name, "buddyinfo"));
  }
}

TEST_CASE("Pagetypeinfo: recorded files are printed byte for byte",
          "[sim][files]") {
  for (const Recording& recording : Recordings()) {
    CAPTURE(recording.name);
    RecordedMachine machine(recording.name, recording.present);
    machine.ReadZoneinfo();
    machine.ReadPagetypeinfo();
    const MixedBlocks mixed = machine.mixed();
    std::string text;
    AppendPagetypeinfo(machine.state(), &mixed, text);
    CHECK(text == RecordedText(recording.name, "pagetypeinfo"));
  }
}

// Lines of the two texts that differ, but for the given names.
std::vector<std::string> Differences(std::string_view got,
                                     std::string_view want,
                                     const std::set<std::string>& except) {
  const std::vector<std::string> got_lines = LinesOf(got);
  const std::vector<std::string> want_lines = LinesOf(want);
  std::vector<std::string> differences;
  if (got_lines.size() != want_lines.size()) {
    differences.push_back("number of lines");
  }
  const size_t size = std::min(got_lines.size(), want_lines.size());
  for (size_t i = 0; i < size; ++i) {
    const std::string name = WordsOf(want_lines[i])[0];
    if (WordsOf(got_lines[i])[0] != name) {
      differences.push_back("name: " + got_lines[i]);
    } else if (got_lines[i] != want_lines[i] && !except.contains(name)) {
      differences.push_back(got_lines[i] + " | " + want_lines[i]);
    }
  }
  return differences;
}

TEST_CASE("Meminfo: recorded files are printed line for line", "[sim][files]") {
  for (const Recording& recording : Recordings()) {
    CAPTURE(recording.name);
    RecordedMachine machine(recording.name, recording.present);
    machine.ReadZoneinfo();
    machine.ReadMeminfoAndVmstat();
    std::string text;
    AppendMeminfo(machine.state(), machine.inputs(), text);
    CHECK(Differences(text, RecordedText(recording.name, "meminfo"),
                      recording.other_meminfo) == std::vector<std::string>{});
  }
}

TEST_CASE("Vmstat: recorded files are printed but for events of their own",
          "[sim][files]") {
  // Read at another moment than zoneinfo.
  const std::set<std::string> numa = {"numa_hit", "numa_local",
                                      "numa_interleave"};
  for (const Recording& recording : Recordings()) {
    CAPTURE(recording.name);
    RecordedMachine machine(recording.name, recording.present);
    machine.ReadZoneinfo();
    machine.ReadMeminfoAndVmstat();
    std::string text;
    AppendVmstat(machine.state(), machine.inputs(), text);
    std::set<std::string> except = numa;
    // Events after pgfree are those of parts that are not simulated: 0.
    bool quiet = false;
    for (const std::string& line : LinesOf(text)) {
      const std::vector<std::string> words = WordsOf(line);
      if (quiet) {
        CHECK(words[1] == "0");
        except.insert(words[0]);
      }
      quiet |= words[0] == "pgfree";
    }
    for (const char* name : {"pgpgin", "pgpgout", "pswpin", "pswpout"}) {
      except.insert(name);
    }
    CHECK(Differences(text, RecordedText(recording.name, "vmstat"), except) ==
          std::vector<std::string>{});
  }
}

}  // namespace
}  // namespace pagelab
