#include "pagelab/sim/files/registry.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/mixed_blocks.h"
#include "pagelab/sim/files/alloc_tagging_files.h"
#include "pagelab/sim/files/buddyinfo.h"
#include "pagelab/sim/files/compact_memory_file.h"
#include "pagelab/sim/files/direct_map.h"
#include "pagelab/sim/files/drop_caches.h"
#include "pagelab/sim/files/extfrag.h"
#include "pagelab/sim/files/memcg_files.h"
#include "pagelab/sim/files/meminfo.h"
#include "pagelab/sim/files/memory_block_files.h"
#include "pagelab/sim/files/page_idle_file.h"
#include "pagelab/sim/files/page_owner_files.h"
#include "pagelab/sim/files/pagetypeinfo.h"
#include "pagelab/sim/files/rendered_file.h"
#include "pagelab/sim/files/vmstat.h"
#include "pagelab/sim/files/zoneinfo.h"

namespace pagelab {
namespace {

std::unique_ptr<SimFile> Rendered(RenderedFile::Renderer renderer) {
  return std::make_unique<RenderedFile>(std::move(renderer));
}

// A file that is a function of the allocator's state.
template <void (*Append)(const AllocatorState&, std::string&)>
std::unique_ptr<SimFile> OpenStateFile(Machine& machine) {
  return Rendered([&state = machine.state()](RenderFor) {
    std::string text;
    Append(state, text);
    return text;
  });
}

template <void (*Append)(const AllocatorState&, const FileInputs&,
                         std::string&)>
std::unique_ptr<SimFile> OpenInputsFile(Machine& machine) {
  return Rendered(
      [&state = machine.state(), page_ext = machine.page_ext(),
       &blocks = machine.memory_blocks(), &hugetlb = machine.hugetlb(),
       counts_page_ext = machine.profile().counts_page_ext,
       direct_map = DirectMapOf(machine.config().memory_map,
                                machine.debug_pagealloc() != nullptr
                                    ? DirectMapPages::kSmallOnly
                                    : DirectMapPages::kAllSizes)](RenderFor) {
        FileInputs inputs;
        inputs.direct_map = direct_map;
        inputs.vmalloc_used = PageCount(static_cast<uint64_t>(
            std::max<int64_t>(state.nr_vmalloc_pages, 0)));
        inputs.hugetlb = hugetlb;
        inputs.nr_memmap_pages = blocks.nr_memmap_pages();
        if (page_ext != nullptr && counts_page_ext) {
          inputs.nr_memmap_pages += page_ext->nr_memmap_pages();
        }
        inputs.nr_memmap_boot_pages = blocks.nr_memmap_boot_pages();
        std::string text;
        Append(state, inputs, text);
        return text;
      });
}

// What a process of the machine does to the per-cpu lists before the last part
// of pagetypeinfo (text-formats.md 6).
struct Drain {
  PageAllocator& allocator;
  const KernelClock& clock;
  Task& reader;

  void operator()() const {
    ExecutionContext context;
    context.task = &reader;
    context.now = clock.now();
    allocator.DrainAllPages(context);
  }
};

std::unique_ptr<SimFile> OpenPagetypeinfo(Machine& machine) {
  const Drain drain{machine.allocator(), machine.clock(), machine.boot_task()};
  return Rendered([&state = machine.state(), owner = machine.page_owner(),
                   drain](RenderFor why) {
    std::string text;
    if (owner == nullptr) {
      AppendPagetypeinfo(state, nullptr, text);
      return text;
    }
    MixedBlocks mixed;
    mixed.count = [owner](const Zone& zone) {
      return CountMixedBlocks(*owner, zone);
    };
    if (why == RenderFor::kRead) mixed.prepare = drain;
    AppendPagetypeinfo(state, &mixed, text);
    return text;
  });
}

std::unique_ptr<SimFile> OpenStackDepotStats(Machine& machine) {
  return Rendered([&depot = machine.stack_depot()](RenderFor) {
    return depot.StatsText();
  });
}

std::unique_ptr<SimFile> OpenDmesg(Machine& machine) {
  return Rendered([&lines = machine.dmesg()](RenderFor) {
    std::string text;
    for (const std::string& line : lines) {
      text += line;
      text += '\n';
    }
    return text;
  });
}

std::unique_ptr<SimFile> OpenOwnerDump(Machine& machine) {
  return OpenPageOwner(*machine.page_owner(), machine.config().page_flags,
                       machine.memcgs());
}

std::unique_ptr<SimFile> OpenOwnerStacks(Machine& machine) {
  return OpenShowStacks(*machine.page_owner());
}

std::unique_ptr<SimFile> OpenOwnerHandles(Machine& machine) {
  return OpenShowHandles(*machine.page_owner());
}

std::unique_ptr<SimFile> OpenOwnerStacksHandles(Machine& machine) {
  return OpenShowStacksHandles(*machine.page_owner());
}

std::unique_ptr<SimFile> OpenOwnerThreshold(Machine& machine) {
  return OpenCountThreshold(*machine.page_owner());
}

std::unique_ptr<SimFile> OpenTagCounts(Machine& machine) {
  return OpenAllocinfo(machine.alloc_tagging());
}

std::unique_ptr<SimFile> OpenTagSwitch(Machine& machine) {
  return OpenMemProfiling(machine.alloc_tagging());
}

std::unique_ptr<SimFile> OpenIdleBitmap(Machine& machine) {
  return OpenPageIdleBitmap(machine.page_idle());
}

// What must run for a file to exist.
enum class Needs : uint8_t {
  kNothing,
  kPageOwner,
  kCountedStacks,
  kStackDepotStats,
  kPageIdle,
  kMemProfiling,
};

struct KnownFile {
  std::string_view path;
  std::unique_ptr<SimFile> (*open)(Machine& machine);
  Needs needs = Needs::kNothing;
  // Set: no file of 6.12.
  std::optional<FileExtension> extension = std::nullopt;
  bool write_only = false;
};

// Sorted by path.
constexpr std::array kFiles = {
    KnownFile{"/proc/allocinfo", OpenTagCounts, Needs::kMemProfiling},
    KnownFile{"/proc/buddyinfo", OpenStateFile<AppendBuddyinfo>},
    KnownFile{"/proc/meminfo", OpenInputsFile<AppendMeminfo>},
    KnownFile{"/proc/pagetypeinfo", OpenPagetypeinfo},
    KnownFile{.path = "/proc/sys/vm/compact_memory",
              .open = OpenCompactMemory,
              .write_only = true},
    KnownFile{.path = "/proc/sys/vm/drop_caches",
              .open = OpenDropCaches,
              .write_only = true},
    KnownFile{"/proc/sys/vm/mem_profiling", OpenTagSwitch,
              Needs::kMemProfiling},
    KnownFile{"/proc/vmstat", OpenInputsFile<AppendVmstat>},
    KnownFile{"/proc/zoneinfo", OpenStateFile<AppendZoneinfo>},
    KnownFile{"/sys/devices/system/memory/block_size_bytes",
              OpenMemoryBlockSize},
    KnownFile{"/sys/kernel/debug/extfrag/extfrag_index",
              OpenStateFile<AppendExtfragIndex>},
    KnownFile{"/sys/kernel/debug/extfrag/unusable_index",
              OpenStateFile<AppendUnusableIndex>},
    KnownFile{"/sys/kernel/debug/page_owner", OpenOwnerDump, Needs::kPageOwner},
    KnownFile{"/sys/kernel/debug/page_owner_stacks/count_threshold",
              OpenOwnerThreshold, Needs::kCountedStacks},
    KnownFile{"/sys/kernel/debug/page_owner_stacks/show_handles",
              OpenOwnerHandles, Needs::kCountedStacks,
              FileExtension::kPageOwnerHandles},
    KnownFile{"/sys/kernel/debug/page_owner_stacks/show_stacks",
              OpenOwnerStacks, Needs::kCountedStacks},
    KnownFile{"/sys/kernel/debug/page_owner_stacks/show_stacks_handles",
              OpenOwnerStacksHandles, Needs::kCountedStacks,
              FileExtension::kPageOwnerHandles},
    KnownFile{"/sys/kernel/debug/stackdepot/stats", OpenStackDepotStats,
              Needs::kStackDepotStats},
    KnownFile{"/sys/kernel/mm/page_idle/bitmap", OpenIdleBitmap,
              Needs::kPageIdle},
    KnownFile{"dmesg", OpenDmesg},
};

// A block's state is a file for each block of the machine.
absl::StatusOr<std::unique_ptr<SimFile>> OpenBlockState(Machine& machine,
                                                        uint64_t block) {
  MemoryBlocks& blocks = machine.memory_blocks();
  if (blocks.Exists(block)) return OpenMemoryBlockState(machine, block);
  std::string known;
  for (const uint64_t other : blocks.blocks()) {
    if (blocks.Exists(other - 1) && blocks.Exists(other + 1)) continue;
    known += (known.empty() ? "" : ", ") + std::to_string(other);
  }
  return absl::NotFoundError(
      "no memory block " + std::to_string(block) +
      " in the simulated machine; stretches of blocks begin and end at " +
      known);
}

absl::Status NoSuchFile(Machine& machine, std::string_view path) {
  std::vector<std::string_view> paths;
  for (const auto& [known, open] : machine.kernel_files().openers()) {
    paths.push_back(known);
  }
  for (const KnownFile& file : kFiles) paths.push_back(file.path);
  return absl::NotFoundError("no file \"" + std::string(path) +
                             "\" in the simulated kernel" +
                             DidYouMean(path, paths));
}

absl::Status NotThere(const KnownFile& file, std::string_view why) {
  return absl::NotFoundError(std::string(file.path) +
                             " does not exist: " + std::string(why));
}

absl::Status CheckNeeds(Machine& machine, const KnownFile& file) {
  const std::vector<FileExtension>& extensions = machine.config().extensions;
  if (file.extension.has_value() &&
      std::find(extensions.begin(), extensions.end(), *file.extension) ==
          extensions.end()) {
    return absl::NotFoundError(
        std::string(file.path) +
        " does not exist in this kernel: it came in late 2025; give the "
        "machine \"extensions\": [\"page_owner_handles\"]");
  }
  const bool of_owner =
      file.needs == Needs::kPageOwner || file.needs == Needs::kCountedStacks;
  if (of_owner && machine.page_owner() == nullptr) {
    return NotThere(file, "page tracking is off; boot with page_owner=on");
  }
  const std::string other_kernel = "Linux " +
                                   std::string(machine.profile().version) +
                                   " does not have it; boot another kernel";
  if (file.needs == Needs::kCountedStacks &&
      !machine.profile().owner.rules.counts_stacks) {
    return NotThere(file, other_kernel);
  }
  if (file.needs == Needs::kMemProfiling &&
      !machine.profile().command_line.has_mem_profiling) {
    return NotThere(file, other_kernel);
  }
  if (file.needs == Needs::kPageIdle && !machine.profile().has_page_idle) {
    return NotThere(file, other_kernel);
  }
  if (file.needs != Needs::kStackDepotStats) return absl::OkStatus();
  if (!machine.profile().depot.has_value() ||
      !machine.profile().depot->has_stats) {
    return NotThere(file, other_kernel);
  }
  if (machine.stack_depot().disabled()) {
    return NotThere(file, "the machine was booted with stack_depot_disable=on");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SimFile>> OpenSimFile(Machine& machine,
                                                     std::string_view path) {
  if (const std::optional<uint64_t> block = MemoryBlockOfPath(path)) {
    return OpenBlockState(machine, *block);
  }
  const KernelFiles::Openers& openers = machine.kernel_files().openers();
  if (const auto found = openers.find(path); found != openers.end()) {
    return found->second();
  }
  if (path.substr(0, kCgroupFolder.size()) == kCgroupFolder) {
    return OpenMemcgFile(machine.memcgs(), path.substr(kCgroupFolder.size()));
  }
  const auto* file = std::find_if(
      kFiles.begin(), kFiles.end(),
      [path](const KnownFile& known) { return known.path == path; });
  if (file == kFiles.end()) return NoSuchFile(machine, path);
  PAGELAB_RETURN_IF_ERROR(CheckNeeds(machine, *file));
  return file->open(machine);
}

std::vector<std::string> SimFilePaths() {
  std::vector<std::string> paths;
  for (const KnownFile& file : kFiles) {
    if (file.extension.has_value() || file.write_only) continue;
    paths.emplace_back(file.path);
  }
  return paths;
}

}  // namespace pagelab
