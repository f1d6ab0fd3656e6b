#include "pagelab/sim/boot.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/memory_init.h"
#include "pagelab/base/status.h"
#include "pagelab/sim/boot_initial.h"
#include "pagelab/sim/boot_log.h"
#include "pagelab/sim/boot_reservations.h"

namespace pagelab {
namespace {

// When, in simulated time, the stages of boot happen.
constexpr Nanoseconds kCoreInit{100'000'000};
constexpr Nanoseconds kInitcalls{1'000'000'000};
constexpr Nanoseconds kInitSections{2'000'000'000};
constexpr Nanoseconds kReady{2'500'000'000};

// Boot may not sleep: requests lose the rights to reclaim, I/O and file
// systems (page-allocator.md 13.2 step 2).
constexpr Gfp kAllGfp{0xffffffff};
constexpr Gfp kBootGfpMask =
    kAllGfp.Without(gfp::kReclaim).Without(gfp::kIo).Without(gfp::kFs);

// The kernel never uses frame 0, nor the hole of the first megabyte, as RAM.
constexpr AddressRange kFirstFrame{0, kPageSize};
constexpr AddressRange kLowHole{0xa0000, 0x100000};

// Adds a usable range, cut where it goes from one node to another.
void AddUsable(Memblock& memblock, const MachineConfig& config,
               AddressRange range) {
  std::vector<uint64_t> cuts = {range.begin, range.end};
  for (const NodeConfig& node : config.nodes) {
    for (const AddressRange& part : node.ranges) {
      for (uint64_t cut : {part.begin, part.end}) {
        if (range.begin < cut && cut < range.end) cuts.push_back(cut);
      }
    }
  }
  std::sort(cuts.begin(), cuts.end());
  for (size_t i = 0; i + 1 < cuts.size(); ++i) {
    memblock.AddMemory({cuts[i], cuts[i + 1]}, NodeOf(config, cuts[i]));
  }
}

// Kernel counterpart: e820__memblock_setup(). page-allocator.md 5.1.
absl::Status SetUpMemblock(Machine::Impl& m) {
  for (const FirmwareRange& entry : m.config.memory_map) {
    if (entry.usable) AddUsable(m.memblock, m.config, entry.range);
  }
  m.memblock.RemoveMemory(kFirstFrame);
  m.memblock.RemoveMemory(kLowHole);
  if (m.memblock.memory().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "machine '", m.config.name,
        "': memory_map has no usable memory (frame 0 and 0xa0000-0xfffff do "
        "not count)"));
  }
  return absl::OkStatus();
}

std::vector<NodeTopology> TopologyOf(const MachineConfig& config) {
  constexpr int kLocal = 10;
  constexpr int kRemote = 20;
  if (config.nodes.empty())
    return {{.nr_cpus = config.cpus, .distances = {kLocal}}};
  std::vector<NodeTopology> nodes;
  for (size_t n = 0; n < config.nodes.size(); ++n) {
    NodeTopology node{.nr_cpus = config.nodes[n].cpus,
                      .distances = config.nodes[n].distances};
    if (node.distances.empty()) {
      node.distances.assign(config.nodes.size(), kRemote);
      node.distances[n] = kLocal;
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

// Descriptors, sections, nodes, zones. Kernel counterpart: paging_init().
absl::Status SetUpZones(Machine::Impl& m,
                        const std::vector<NodeTopology>& topology) {
  const Pfn max_pfn(m.memblock.memory().back().range.end >> kPageShift);
  int cpus = 0;
  for (const NodeTopology& node : topology) cpus += node.nr_cpus;
  if (cpus == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("machine '", m.config.name, "': no node has a CPU"));
  }
  Pfn max_possible_pfn = max_pfn;
  for (const AddressRange& range : m.config.hotplug) {
    max_possible_pfn = std::max(max_possible_pfn, Pfn(range.end >> kPageShift));
  }
  const uint64_t bytes = ArenaBytes(m.config.geometry, max_possible_pfn,
                                    static_cast<int>(topology.size()), cpus);
  PAGELAB_ASSIGN_OR_RETURN(HostMapping mapping, HostMapping::Create(bytes));
  m.arena.emplace(std::move(mapping));
  m.memory.emplace(*m.arena, m.config.geometry, max_pfn, max_possible_pfn);
  m.memory->set_min_low_pfn(
      Pfn(m.memblock.memory().front().range.begin >> kPageShift));
  for (const Memblock::Region& region : m.memblock.memory()) {
    m.memory->MarkPresent({Pfn(region.range.begin >> kPageShift),
                           Pfn(region.range.end >> kPageShift)});
  }
  AllocatorPolicy policy = m.config.policy;
  policy.user_min_free_kbytes = -1;
  m.state = &InitMemory(*m.arena, *m.memory, policy,
                        {.memblock = &m.memblock,
                         .nodes = topology,
                         .movablecore = m.command_line.movablecore,
                         .hotplug = !m.config.hotplug.empty()});
  m.state->page_flags = m.config.page_flags;
  m.state->log = &m.dmesg;
  m.state->gfp_allowed_mask = kBootGfpMask;
  m.allocator.emplace(*m.state);
  m.compactor.emplace(*m.allocator);
  if (m.config.initial != nullptr) {
    m.boot_pages.emplace(*m.state, *m.allocator);
  }
  return absl::OkStatus();
}

PageCount TotalPages(const AllocatorState& state) {
  PageCount total;
  for (const Zone& zone : state.all_zones()) total += zone.managed;
  return total;
}

// Where the depot's hash table is: boot memory, or, in versions that have it
// in the kernel image, memory that is taken whoever wants the depot.
absl::Status SetUpHashTable(Machine::Impl& m) {
  const uint64_t entries = m.depot->HashTableEntries(TotalPages(*m.state));
  const uint64_t bytes = m.depot->HashTableBytes(entries);
  const std::optional<uint64_t> place = m.memblock.Allocate(bytes, kBootAlign);
  if (!place.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "machine '", m.config.name, "': no room for the stack depot's ", bytes,
        " byte hash table; use more memory or another kernel than ",
        m.config.kernel));
  }
  m.depot->UseHashTable(*place, entries);
  m.depot->LogHashTable();
  return absl::OkStatus();
}

absl::Status SetUpStackDepot(Machine::Impl& m) {
  StackDepotOptions options;
  options.disabled =
      m.command_line.stack_depot_disable || !m.profile.depot.has_value();
  if (m.profile.depot.has_value()) options.profile = *m.profile.depot;
  if (m.command_line.stack_depot_max_pools.has_value()) {
    options.profile.max_pools = std::min(*m.command_line.stack_depot_max_pools,
                                         options.profile.max_pools);
  }
  m.depot.emplace(*m.memory, m.own_pages(), m.dmesg, options);
  if (!m.profile.depot.has_value()) return absl::OkStatus();
  const bool wanted = options.profile.hash_table == HashTableSource::kStatic ||
                      m.command_line.page_owner;
  if (!wanted || !m.depot->BeginEarlyInit()) return absl::OkStatus();
  return SetUpHashTable(m);
}

// The switches that kernels have for finding bugs: from the first page on, or
// with page_ext. Kernel counterpart: mem_debugging_and_hardening_init().
absl::Status StartDebugging(Machine::Impl& m) {
  m.hooks.emplace(*m.state);
  m.debug_pagealloc.emplace(
      *m.state, *m.hooks,
      DebugPagealloc::Options{
          .enabled = m.command_line.debug_pagealloc,
          .guard_minorder = m.command_line.debug_guardpage_minorder},
      m.profile.debug_pagealloc);
  m.page_poison.emplace(
      PagePoison::Dependencies{
          .state = *m.state, .hooks = *m.hooks, .log = m.dmesg},
      m.command_line.page_poison, m.profile.debug_pagealloc);
  PAGELAB_RETURN_IF_ERROR(m.debug_pagealloc->Start());
  return m.page_poison->Start();
}

void Tell(const BootObserver& observer, std::string_view step,
          const Machine::Impl& m) {
  if (observer) observer(step, *m.state);
}

absl::Status MakeEarlyAllocations(Machine::Impl& m,
                                  const BootObserver& observer) {
  // A teaching machine without any stays so.
  const bool by_profile = m.profile.early_allocations.has_value() &&
                          !m.config.early_allocations.empty();
  for (const EarlyAllocation& early :
       by_profile ? *m.profile.early_allocations : m.config.early_allocations) {
    for (uint64_t i = 0; i < early.count; ++i) {
      if (m.boot_pages.has_value() && m.boot_pages->TakePage()) continue;
      ExecutionContext context = m.BootContext();
      const Page* page = m.allocator->AllocPages(
          context, {.gfp = early.gfp, .order = early.order});
      if (page == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat("machine '", m.config.name,
                         "': no memory left for the early "
                         "allocation of '",
                         early.what, "'"));
      }
    }
    Tell(observer, early.what, m);
  }
  return absl::OkStatus();
}

// A build that keeps Idle and Young in page_ext is a 32-bit one.
absl::Status CheckPageIdleForm(const Machine::Impl& m) {
  const KernelCommandLine& line = m.command_line;
  if (m.config.page_idle != PageIdleForm::kPageExt) return absl::OkStatus();
  if (!m.profile.has_32bit_page_idle) {
    return absl::InvalidArgumentError(absl::StrCat(
        "machine '", m.config.name,
        "': page_idle \"page_ext\" is a 32-bit build, which kernel ",
        m.config.kernel,
        " does not have here; use kernel 5.10 or later, or "
        "page_idle \"page_flags\""));
  }
  if (!line.page_owner && !line.page_table_check &&
      line.mem_profiling == MemProfiling::kNever) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "machine '", m.config.name,
      "': page_idle \"page_ext\" is a 32-bit build, which has no page_owner, "
      "page_table_check or memory profiling here; boot with page_owner=off "
      "page_table_check=off sysctl.vm.mem_profiling=never, or use page_idle "
      "\"page_flags\""));
}

PageExtProfile PageExtProfileOf(const Machine::Impl& m) {
  constexpr uint32_t kUnsignedLong32 = 4;
  PageExtProfile profile = m.profile.page_ext;
  if (m.config.page_idle == PageIdleForm::kPageExt) {
    profile.shared_flags_size = kUnsignedLong32;
  }
  return profile;
}

// page_ext, and its clients in the order of the kernel's list. Kernel
// counterpart: page_ext_init().
absl::Status SetUpPageExt(Machine::Impl& m) {
  PAGELAB_RETURN_IF_ERROR(CheckPageIdleForm(m));
  m.page_ext.emplace(
      PageExt::Dependencies{
          .state = *m.state, .pages = m.own_pages(), .log = m.dmesg},
      PageExtProfileOf(m));
  m.debug_pagealloc->AddClient(*m.page_ext);
  m.page_poison->AddClient(*m.page_ext);
  m.page_owner = PageOwner::Create({.state = *m.state,
                                    .hooks = *m.hooks,
                                    .page_ext = *m.page_ext,
                                    .depot = *m.depot,
                                    .symbols = m.symbols,
                                    .pages = m.own_pages(),
                                    .log = m.dmesg},
                                   m.command_line.page_owner, m.profile.owner);
  m.page_idle.emplace(
      PageIdle::Dependencies{
          .state = *m.state, .hooks = *m.hooks, .page_ext = *m.page_ext},
      m.config.page_idle);
  m.alloc_tagging.emplace(
      AllocTagging::Dependencies{.state = *m.state,
                                 .hooks = *m.hooks,
                                 .page_ext = *m.page_ext,
                                 .call_sites = m.call_sites},
      m.command_line.mem_profiling);
  m.page_table_check.emplace(
      PageTableCheck::Dependencies{.state = *m.state,
                                   .hooks = *m.hooks,
                                   .page_ext = *m.page_ext,
                                   .log = m.dmesg},
      m.command_line.page_table_check);
  PAGELAB_RETURN_IF_ERROR(m.alloc_tagging->Attach());
  ExecutionContext context = m.BootContext();
  if (m.profile.page_ext_place == PageExtBootPlace::kKernelInit) {
    Task& init = m.tasks.emplace_back();
    init.pid = init.tgid = 1;
    init.set_comm("swapper/0");
    context.task = &init;
  }
  return m.page_ext->Init(context);
}

absl::Status SetUpMemoryBlocks(Machine::Impl& m,
                               std::vector<NodeTopology> topology) {
  PAGELAB_ASSIGN_OR_RETURN(
      m.memory_blocks, MemoryBlocks::Create({.config = m.config,
                                             .allocator = *m.allocator,
                                             .page_ext = *m.page_ext,
                                             .symbols = m.symbols,
                                             .log = m.dmesg,
                                             .topology = std::move(topology)}));
  return absl::OkStatus();
}

// Page-allocator.md 5.5: order-0 frees in ascending order, then the log line.
absl::Status FreeBootMemory(Machine::Impl& m, BootStage stage) {
  for (const BootFree& boot_free : m.config.boot_frees) {
    if (boot_free.stage != stage) continue;
    if (m.config.initial != nullptr) {
      CountLateFrees(m, boot_free);
      continue;
    }
    const Pfn end(boot_free.range.end >> kPageShift);
    for (Pfn pfn(boot_free.range.begin >> kPageShift); pfn < end; ++pfn) {
      if (!m.memory->IsValid(pfn) || m.state->FindZone(pfn) == nullptr ||
          !m.memory->IsReserved(pfn)) {
        return absl::InvalidArgumentError(
            absl::StrCat("machine '", m.config.name, "': boot_frees '",
                         boot_free.what, "': frame 0x", absl::Hex(pfn.value()),
                         " is not reserved boot memory"));
      }
      ExecutionContext context = m.BootContext();
      FreeReservedPage(*m.state, *m.allocator, context, pfn);
    }
    m.dmesg.Printk(fmt::format("Freeing {} memory: {}K", boot_free.what,
                               boot_free.range.size() / 1024));
  }
  return absl::OkStatus();
}

// The limits, each computed from what is managed at its moment
// (page-allocator.md 25.8).
absl::Status SetUpLimits(Machine::Impl& m) {
  m.clock.AdvanceTo(kInitcalls);
  PAGELAB_RETURN_IF_ERROR(FreeBootMemory(m, BootStage::kBeforeWatermarks));
  if (m.cma.has_value()) {
    ExecutionContext context = m.BootContext();
    m.cma->Activate(context);
  }
  InitPerZoneWatermarks(*m.state);
  PAGELAB_RETURN_IF_ERROR(FreeBootMemory(m, BootStage::kBeforeKhugepaged));
  RaiseMinFreeForHugePages(*m.state);
  ApplyCacheInfo(*m.state);
  m.clock.AdvanceTo(kInitSections);
  PAGELAB_RETURN_IF_ERROR(FreeBootMemory(m, BootStage::kLate));
  if (m.config.policy.user_min_free_kbytes >= 0) {
    SetMinFreeKbytes(*m.state, m.config.policy.user_min_free_kbytes);
  }
  return absl::OkStatus();
}

}  // namespace

PageSource& Machine::Impl::own_pages() {
  if (boot_pages.has_value()) return *boot_pages;
  return *allocator;
}

ExecutionContext Machine::Impl::BootContext() {
  ExecutionContext context;
  context.task = &tasks.front();
  context.now = clock.now();
  return context;
}

absl::Status BootMachine(Machine::Impl& m, const BootObserver& observer) {
  m.tasks.emplace_back().set_comm("swapper");
  LogFirmware(m.config, m.profile.release, m.command_line, m.dmesg);
  PAGELAB_RETURN_IF_ERROR(SetUpMemblock(m));
  const std::vector<NodeTopology> topology = TopologyOf(m.config);
  m.clock.AdvanceTo(kCoreInit);
  PAGELAB_RETURN_IF_ERROR(SetUpZones(m, topology));
  PAGELAB_RETURN_IF_ERROR(ReserveBootMemory(m));
  LogZones(m, topology);
  PAGELAB_RETURN_IF_ERROR(SetUpStackDepot(m));

  SettleInitialMemory(m);
  ExecutionContext context = m.BootContext();
  MemblockFreeAll(*m.state, m.memblock, *m.allocator, context);
  ClaimInitialMemory(m);
  PAGELAB_RETURN_IF_ERROR(StartDebugging(m));
  Tell(observer, "memblock", m);
  PAGELAB_RETURN_IF_ERROR(MakeEarlyAllocations(m, observer));
  const bool late = m.profile.page_ext_place == PageExtBootPlace::kKernelInit;
  if (!late) PAGELAB_RETURN_IF_ERROR(SetUpPageExt(m));
  SetupPerCpuPagesets(*m.state);
  m.state->gfp_allowed_mask = kAllGfp;
  if (late) PAGELAB_RETURN_IF_ERROR(SetUpPageExt(m));
  PAGELAB_RETURN_IF_ERROR(SetUpMemoryBlocks(m, topology));
  Tell(observer, "page_ext", m);
  PAGELAB_RETURN_IF_ERROR(SetUpLimits(m));
  m.page_owner->LateInit();
  if (m.boot_pages.has_value()) m.boot_pages->Close();
  m.clock.AdvanceTo(kReady);
  Tell(observer, "ready", m);
  return absl::OkStatus();
}

}  // namespace pagelab
