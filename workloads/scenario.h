// A scenario as it was written: what the parser makes of a scenario file and
// what the runner executes. The words are those of the scenario reference.

#ifndef PAGELAB_WORKLOADS_SCENARIO_H_
#define PAGELAB_WORKLOADS_SCENARIO_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/migrate_reason.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/status.h"
#include "pagelab/pageext/page_table_check.h"
#include "pagelab/sim/machine_config.h"

namespace pagelab {

// Where in its file something was written; lines and columns count from 1.
struct TextPosition {
  int line = 1;
  int column = 1;
  friend bool operator==(TextPosition, TextPosition) = default;
};

enum class DistributionKind : uint8_t {
  kConstant,
  kUniform,
  kExponential,
  kNormal,
  kLogNormal,
  kPareto,
  kChoice,
};

// A named random variable of whole numbers: nanoseconds where it stands for a
// duration, plain numbers where it stands for an order or a count. Draw()
// (distribution.h) takes a value.
struct Distribution {
  struct Choice {
    uint64_t value = 0;
    uint64_t weight = 1;
  };

  std::string name = {};
  TextPosition position = {};
  DistributionKind kind = DistributionKind::kConstant;
  uint64_t value = 0;      // kConstant
  uint64_t mean = 0;       // kExponential, kNormal
  uint64_t deviation = 0;  // kNormal
  uint64_t median = 0;     // kLogNormal
  double sigma = 0;        // kLogNormal: deviation of the logarithm
  uint64_t scale = 0;      // kPareto: the smallest value
  double shape = 0;        // kPareto
  std::vector<Choice> choices = {};
  // What is drawn outside of [min, max] counts as the nearer end. For kUniform
  // they are the ends themselves.
  uint64_t min = 0;
  uint64_t max = UINT64_MAX;
};

// A number that is fixed, or drawn anew each time it is needed.
struct Quantity {
  uint64_t fixed = 0;
  // Index into Scenario::distributions, or -1: `fixed` is the value.
  int distribution = -1;

  bool random() const { return distribution >= 0; }
};

// "function+0xoffset/0xsize [module]"; all but the function may be absent.
struct StackFrame {
  TextPosition position;
  std::string function;
  std::optional<uint64_t> offset;
  std::optional<uint64_t> size;
  std::string module;
};

// The callers of the page allocator, innermost first.
struct ScriptedStack {
  std::string name;  // empty if written in place
  TextPosition position;
  std::vector<StackFrame> frames;
};

// A handle is a name for blocks of pages, shared by all tasks of the scenario:
// an allocation adds blocks to it, a free takes some away.
struct AllocStep {
  // Order of each block; `exact_pages` instead is alloc_pages_exact(), `bulk`
  // is alloc_pages_bulk() of `count` pages.
  Quantity order;
  std::optional<uint64_t> exact_pages;
  bool bulk = false;
  // Absent: GFP_KERNEL, or what `call` uses.
  std::optional<Gfp> gfp;
  NodeId node;
  // How many blocks: `count`, or as many as `duration` sees, or all until an
  // allocation fails.
  Quantity count{.fixed = 1};
  std::optional<Quantity> duration;
  bool until_failure = false;
  // Blocks a second of simulated time; 0: one right after the other.
  double rate = 0;
  // Each block frees itself that long after its allocation.
  std::optional<Quantity> lifetime;
  // The handle, or empty: nobody can free the blocks by name.
  std::string as;
  // Index into Scenario::stacks, or -1.
  int stack = -1;
  // Name of a simulated kernel function that allocates, or empty. Never
  // together with `stack`.
  std::string call;
  // The cgroup that pays, or empty: the task's.
  std::string memcg;
};

enum class FreePick : uint8_t { kOldest, kNewest, kRandom };

// Frees blocks of a handle: those that are at least `older_than` old, in the
// order of `pick`, each with `probability`, at most `count`.
struct FreeStep {
  std::string handle;
  // Absent: all.
  std::optional<Quantity> count;
  FreePick pick = FreePick::kOldest;
  std::optional<Quantity> older_than;
  double probability = 1;
  // Frees a second of simulated time; 0: one right after the other.
  double rate = 0;
  // The handle that still knows the blocks afterwards, or empty: addresses
  // that somebody forgot to forget.
  std::string dangling;
  // Index into Scenario::stacks, or -1: who freed them is not told.
  int stack = -1;
};

// Blocks of a handle that a step uses.
struct BlockChoice {
  std::string handle;
  // Absent: all.
  std::optional<Quantity> count;
  FreePick pick = FreePick::kOldest;
};

enum class TouchBy : uint8_t { kMapping, kSyscall };

// User space uses the blocks.
struct TouchStep {
  BlockChoice blocks;
  TouchBy by = TouchBy::kMapping;
};

// One pass of reclaim, oldest first: frees the blocks that were not used.
struct ShrinkStep {
  BlockChoice blocks;
};

// One mapping more, or less, of each block. Absent: as what the block is.
struct MapStep {
  BlockChoice blocks;
  std::optional<MappingKind> as;
  bool writable = false;
};
struct UnmapStep {
  BlockChoice blocks;
  std::optional<MappingKind> as;
};

// split_page() on every block of a handle: afterwards it has order-0 blocks.
struct SplitStep {
  std::string handle;
};

// Moves blocks of user memory; those that cannot be moved stay.
struct MigrateStep {
  std::string handle;
  MigrateReason reason = MigrateReason::kCompaction;
  // Absent: all.
  std::optional<uint64_t> count;
  NodeId node;
};

// Reads or writes bytes of the oldest `count` blocks of a handle, whether they
// are allocated or were freed since.
struct AccessStep {
  std::string handle;
  // Absent: one.
  std::optional<Quantity> count;
  bool write = false;
  // In bytes, from the start of each block.
  uint64_t offset = 0;
  uint64_t length = 1;
  // What each byte becomes.
  uint64_t value = 0;
};

struct WaitStep {
  Quantity duration;
};

struct Step;

// Runs `steps` again and again: `times` times, or until `duration` has passed
// since the start of the first round (the round that is under way ends).
struct RepeatStep {
  std::optional<Quantity> times;
  std::optional<Quantity> duration;
  std::vector<Step> steps;
};

// Writes all files as they are now, under a name. Disturbs nothing.
struct CaptureStep {
  std::string name;
};

// Reads a file of the simulated kernel to its end, with the kernel's side
// effects.
struct ReadStep {
  std::string path;
  uint64_t offset = 0;
  // Absent: to the end.
  std::optional<uint64_t> length;
};

struct WriteStep {
  std::string path;
  // The bytes, `times` in a row.
  std::string text;
  uint64_t times = 1;
  uint64_t offset = 0;
};

// Gives every CPU's per-cpu pages back to the buddy lists (drain_all_pages()).
struct DrainStep {};

// Removes a memory cgroup, to which pages may stay charged.
struct MemcgOfflineStep {
  std::string memcg;
};

// Steps of the kernel around the allocator (steps/kernel_step.h).
class KernelStep;

struct Step {
  TextPosition position;
  std::variant<AllocStep, FreeStep, SplitStep, MigrateStep, WaitStep,
               RepeatStep, CaptureStep, ReadStep, WriteStep, DrainStep,
               MemcgOfflineStep, AccessStep, TouchStep, ShrinkStep, MapStep,
               UnmapStep, std::shared_ptr<const KernelStep>>
      action;
};

struct ScenarioTask {
  TextPosition position;
  std::string name;
  // At most 15 bytes; `name`, shortened, if the file has none.
  std::string comm;
  // Absent: the next free one, from 100 on, in the order of the file.
  std::optional<int32_t> pid;
  // Absent: its pid.
  std::optional<int32_t> tgid;
  CpuId cpu;
  // The cgroup that pays for its memory; empty: the root, which nobody sees.
  std::string memcg;
  Quantity start;
  std::vector<Step> steps;
};

// "key=value" on a machine, as --set has it.
struct Setting {
  TextPosition position;
  std::string key;
  std::string value;
};

enum class StartKind : uint8_t { kSnapshot, kPageOwner };

// A file of another machine that says what is in memory at the start.
struct ScenarioStart {
  TextPosition position = {};
  std::string path;
  // Absent: the file itself tells.
  std::optional<StartKind> kind = {};
  // The handle of the blocks that a page_owner dump names.
  std::string as = "initial";
};

struct Scenario {
  // As given on the command line, for messages; a built-in has "driver-leak".
  std::string file;
  std::string name;
  std::string description;

  // The machine as the file names it, and as it is, before `settings` and
  // `command_line`. MachineFor() (library.h) puts everything together.
  std::string machine_name;
  MachineConfig machine;
  // The file says which machine; otherwise it is the default one, or what
  // `from` needs.
  bool names_machine = false;
  std::optional<ScenarioStart> from;
  std::vector<Setting> settings;
  // Appended to the machine's own; the kernel takes the last of equals.
  std::string command_line;

  // The sentence that the run ends with (conclusion/conclusion.h); empty: none.
  std::string conclusion;
  TextPosition conclusion_position;

  uint64_t seed = 1;
  std::vector<Distribution> distributions;
  std::vector<ScriptedStack> stacks;
  std::vector<ScenarioTask> tasks;

  // For errors at run time: InvalidInputAt(scenario.At(step.position), ...).
  SourcePosition At(TextPosition position) const {
    return SourcePosition{file, position.line, position.column};
  }
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SCENARIO_H_
