// Allocator state made from the /proc files of a recorded machine, so that
// printing it must give the recorded bytes back.

#ifndef PAGELAB_TEST_SIM_RECORDED_FILES_H_
#define PAGELAB_TEST_SIM_RECORDED_FILES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/sim/files/file_inputs.h"
#include "pagelab/sim/files/pagetypeinfo.h"

namespace pagelab {

// test/data/proc/<machine>/<file>.txt
std::string RecordedText(const std::string& machine, const std::string& file);

std::vector<std::string> LinesOf(std::string_view text);
// Words between blanks.
std::vector<std::string> WordsOf(std::string_view line);

// A machine of one node. `present` are the sections' frames.
class RecordedMachine {
 public:
  RecordedMachine(std::string name, std::vector<PfnRange> present);

  AllocatorState& state() { return state_; }
  const FileInputs& inputs() const { return inputs_; }
  Zone& zone(std::string_view name);
  // Part 4 of the recorded pagetypeinfo.
  MixedBlocks mixed() const;
  // The number behind a name in the recorded meminfo or vmstat.
  uint64_t Number(const std::string& file, std::string_view name) const;

  // From the recorded file of that name.
  void ReadZoneinfo();
  void ReadBuddyinfo();
  void ReadPagetypeinfo();
  // What meminfo and vmstat print and zoneinfo does not know.
  void ReadMeminfoAndVmstat();

 private:
  void MakeZones(int nr_cpus);
  void ReadZoneLine(const std::vector<std::string>& words);
  void ReadCounter(std::string_view name, int64_t value);
  void FillList(Zone& zone, Migratetype type,
                const std::vector<std::string>& words);
  void FillPageblocks(Zone& zone, const std::vector<std::string>& words);

  std::string name_;
  Arena arena_;
  PhysicalMemory memory_;
  AllocatorState state_;
  FileInputs inputs_;
  Zone* current_ = nullptr;
  int current_cpu_ = 0;
  Pfn next_block_;
  std::map<const Zone*, BlockCounts> mixed_;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SIM_RECORDED_FILES_H_
