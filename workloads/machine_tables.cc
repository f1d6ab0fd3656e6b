#include "pagelab/workloads/machine_tables.h"

#include "pagelab/sim/kernel_profile.h"
#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/machine_base.h"
#include "pagelab/workloads/machine_parts.h"

namespace pagelab {
namespace {

// The fields that say what the machine is made of.
void AddMemoryFields(ObjectTable<MachineConfig>& table) {
  table.Add(FieldText{.name = "memory_map",
                      .doc = "The firmware's memory map.",
                      .default_text = "the base's"},
            &MachineConfig::memory_map,
            ListType(ObjectType("memory-range", "a memory range",
                                &FirmwareRangeTable),
                     "memory ranges", ListLimits{.min = 1}));
  table.Add(FieldText{.name = "hotplug",
                      .doc = "Slots for memory that is not there at boot. A "
                             "write of \"online\" to "
                             "/sys/devices/system/memory/memoryN/state "
                             "plugs in block N, \"offline\" takes it away.",
                      .default_text = "[]"},
            &MachineConfig::hotplug,
            ListType(ObjectType("hotplug-range", "a slot for memory",
                                &HotplugRangeTable),
                     "slots for memory"));
  table.Add(FieldText{.name = "nodes",
                      .doc = "NUMA nodes. Without any, everything is node 0.",
                      .default_text = "[]"},
            &MachineConfig::nodes,
            ListType(ObjectType("node", "a node", &NodeTable), "nodes",
                     ListLimits{.max = kMaxMachineNodes}));
  table.Add(FieldText{.name = "cpus",
                      .doc = "Simulated CPUs, all online.",
                      .default_text = "1",
                      .example = "2"},
            &MachineConfig::cpus, As<int>(WholeType(1, kMaxMachineCpus)));
  table.Add(FieldText{.name = "geometry",
                      .doc = "Sections and pageblocks.",
                      .default_text = "those of x86-64"},
            &MachineConfig::geometry,
            ObjectType("geometry", "a geometry", &GeometryTable));
  table.Add(FieldText{.name = "policy",
                      .doc = "The knobs of the allocator.",
                      .default_text = "the kernel's"},
            &MachineConfig::policy,
            ObjectType("policy", "a policy", &PolicyTable));
  table.Add(FieldText{.name = "page_flags",
                      .doc = "Layout of a page's flags word.",
                      .default_text = "that of the recorded kernel"},
            &MachineConfig::page_flags,
            ObjectType("page-flags", "page flags", &PageFlagsTable));
  table.Add(
      FieldText{.name = "page_idle",
                .doc = "Where the kernel keeps Idle and Young of a page: in "
                       "its flags, or, on 32 bits, in 4 bytes of page_ext. "
                       "The latter build has no page_owner, page_table_check "
                       "or memory profiling.",
                .default_text = "\"page_flags\"",
                .example = "\"page_ext\""},
      &MachineConfig::page_idle,
      EnumType(EnumWords<PageIdleForm>{{"page_flags", PageIdleForm::kPageFlags},
                                       {"page_ext", PageIdleForm::kPageExt}}));
}

ValueType<std::string> KernelType() {
  EnumWords<std::string> words;
  for (const KernelProfile& profile : KernelProfiles()) {
    words.emplace_back(profile.version, std::string(profile.version));
  }
  return EnumType(words);
}

// The fields that say how it boots.
void AddBootFields(ObjectTable<MachineConfig>& table) {
  table.Add(FieldText{.name = "kernel",
                      .doc = "The version whose page_ext, page_owner, stack "
                             "depot and text formats the machine has. How "
                             "pages are chosen is 6.12's in all of them.",
                      .default_text = "\"6.12\"",
                      .example = "\"4.8\""},
            &MachineConfig::kernel, KernelType());
  table.Add(
      FieldText{.name = "reserved",
                .doc = "Memory that is taken before the page allocator "
                       "starts.",
                .default_text = "[]"},
      &MachineConfig::reserved,
      ListType(ObjectType("reservation", "a reservation", &ReservationTable),
               "reservations"));
  table.Add(
      FieldText{.name = "reserve_memmap",
                .doc = "Book-keeping that grows with memory is reserved too: "
                       "64 bytes of struct page per frame, hash tables, "
                       "per-cpu areas. false where `reserved` has them.",
                .default_text = "true",
                .example = "false"},
      &MachineConfig::reserve_memmap, BoolType());
  table.Add(FieldText{.name = "early_allocations",
                      .doc = "Pages taken before page_ext exists.",
                      .default_text = "[]"},
            &MachineConfig::early_allocations,
            ListType(ObjectType("early-allocation", "an early allocation",
                                &EarlyAllocationTable),
                     "early allocations"));
  table.Add(FieldText{.name = "boot_frees",
                      .doc = "Reserved memory that is freed during boot.",
                      .default_text = "[]"},
            &MachineConfig::boot_frees,
            ListType(ObjectType("boot-free", "a boot free", &BootFreeTable),
                     "boot frees"));
  table.Add(
      FieldText{.name = "extensions",
                .doc = "Files of kernels after 6.12 to have as well: "
                       "page_owner_stacks/show_handles and "
                       "show_stacks_handles.",
                .default_text = "[]",
                .example = "[\"page_owner_handles\"]"},
      &MachineConfig::extensions,
      ListType(EnumType<FileExtension>(
                   {{"page_owner_handles", FileExtension::kPageOwnerHandles}}),
               "extensions"));
  table.Add(FieldText{.name = "command_line",
                      .doc = "The kernel's command line.",
                      .default_text = "\"\"",
                      .example = "\"page_owner=on\""},
            &MachineConfig::command_line, TextType());
  table.Add(FieldText{.name = "call_duration",
                      .doc = "Simulated time that one allocator call takes.",
                      .default_text = "\"1us\"",
                      .example = "\"500ns\""},
            &MachineConfig::call_duration, As<Nanoseconds>(DurationType()));
}

void AddMachineFields(ObjectTable<MachineConfig>& table) {
  table.AddStored(FieldText{.name = "$schema",
                            .doc = "For editors; has no effect.",
                            .default_text = "none"},
                  TextType(), [](MachineConfig&, const std::string&) {});
  // First of all: what comes later changes it.
  table.AddRead(
      FieldText{.name = "base",
                .doc = "A machine to start from: a built-in name, or the path "
                       "of a machine file, seen from this file. Keys here "
                       "replace the base's, lists as a whole.",
                .default_text = "a machine without memory",
                .example = "\"qemu-2g\""},
      TextType("the name of a machine, or the path of a machine file").info,
      ReadMachineBase);
  table.Add(FieldText{.name = "description",
                      .doc = "What the machine is. The first sentence shows in "
                             "`pagelab list`.",
                      .default_text = "\"\"",
                      .example = "\"A PC with 2 GiB.\""},
            &MachineConfig::description, TextType());
  table.Add(
      FieldText{.name = "differs_from_linux",
                .doc = "What the machine forces that Linux would not choose; "
                       "shown as \"Differs from Linux\".",
                .default_text = "\"\"",
                .example = "\"Pageblocks of 8 pages.\""},
      &MachineConfig::differs_from_linux, TextType());
  AddMemoryFields(table);
  AddBootFields(table);
}

}  // namespace

const ObjectTable<MachineConfig>& MachineTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MachineConfig>(ObjectInfo{
        .name = "machine",
        .title = "Machine",
        .doc = "Everything that makes a machine: its memory, its kernel "
               "build, its boot.",
        .example = R"({
  "description": "The recorded 2 GiB PC with wider gaps between watermarks.",
  "base": "qemu-2g",
  "cpus": 2,
  "policy": {"watermark_scale_factor": 100}
})"});
    AddMachineFields(*result);
    return result;
  }();
  return *table;
}

const LanguageInfo& MachineLanguage() {
  static const auto* const language = new LanguageInfo{
      .title = "Machine files",
      .introduction =
          "A machine file is JSON. It says what memory a machine has, how its "
          "kernel was\nbuilt, and what its boot takes from memory. The "
          "built-in machines\n(`pagelab list`) are such files, in "
          "`workloads/machines/`.\n\nUse one with `pagelab run --machine "
          "my-machine.json`, check it with\n`pagelab validate "
          "my-machine.json`, get a schema for your editor with\n`pagelab "
          "schema machine`. On the command line, `--set key=value` sets any of "
          "the\nkeys: `--set policy.watermark_scale_factor=200`. Keys of "
          "the policy, the geometry and\nthe page flags need no path, and "
          "sysctls have their own names:\n`--set "
          "vm.watermark_scale_factor=200`.\n\n"
          "Sizes, addresses and durations are numbers (bytes, nanoseconds) or "
          "text:\n`\"2GiB\"`, `\"0x7fd3a000\"`, `\"10ms\"`.\n",
      .objects = {&MachineTable().info(), &FirmwareRangeTable().info(),
                  &HotplugRangeTable().info(), &NodeTable().info(),
                  &NodeRangeTable().info(), &GeometryTable().info(),
                  &PolicyTable().info(), &PageFlagsTable().info(),
                  &ReservationTable().info(), &EarlyAllocationTable().info(),
                  &BootFreeTable().info()}};
  return *language;
}

}  // namespace pagelab
