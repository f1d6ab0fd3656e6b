// Steps of anonymous memory: mmap, fault, madvise, munmap, pin, swapon.

#include <algorithm>

#include "pagelab/alloc/stat_totals.h"
#include "pagelab/workloads/kernel/anonymous_memory.h"
#include "pagelab/workloads/steps/page_sizes.h"
#include "pagelab/workloads/steps/step_tables.h"

namespace pagelab {
namespace {

// FolioUse::index, and slots of swap, are numbers of 32 bits.
constexpr uint64_t kMostPages = uint64_t{1} << 32;

ValueType<std::string> AreaType() {
  return NameType("the name of a memory area");
}

struct MmapStep final : KernelStep {
  std::string as;
  uint64_t bytes = 0;
  ThpMode thp = ThpMode::kNever;

  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    if (actor.process.areas.count(as) > 0) {
      return InvalidInput("there is a memory area \"" + as + "\" already");
    }
    // What the kernel takes for an obvious overcommit.
    const PageCount most = TotalManaged(actor.world.machine().state()) +
                           actor.world.swap().capacity();
    if (bytes == 0 || PagesOf(bytes) > most ||
        PagesOf(bytes) > PageCount(kMostPages)) {
      return InvalidInput("memory area \"" + as + "\" of " +
                          std::to_string(bytes) +
                          " bytes: it must be larger than 0, and not larger "
                          "than memory and swap together, " +
                          std::to_string(most.bytes()) + " bytes");
    }
    MemoryArea& area =
        actor.world.anonymous().Map(actor.process, as, PagesOf(bytes).value());
    area.thp = thp;
    area.huge_advised = thp == ThpMode::kMadvise;
    return absl::OkStatus();
  }
};

const ObjectTable<MmapStep>& MmapTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MmapStep>(ObjectInfo{
        .name = "mmap-step",
        .title = "Mmap step",
        .doc = "Maps anonymous memory. No page is there before it is touched.",
        .example = R"({"as": "heap", "size": "64M", "thp": "madvise"})"});
    result->Add(FieldText{.name = "as",
                          .doc = "What the area is called.",
                          .example = "\"heap\"",
                          .required = true},
                &MmapStep::as, AreaType());
    result->Add(FieldText{.name = "size",
                          .doc = "How large it is.",
                          .example = "\"64M\"",
                          .required = true},
                &MmapStep::bytes, SizeType());
    result->Add(
        FieldText{.name = "thp",
                  .doc = "Huge pages: `always` takes one where it is at hand, "
                         "`madvise` (MADV_HUGEPAGE) waits for compaction.",
                  .default_text = "\"never\"",
                  .example = "\"madvise\""},
        &MmapStep::thp,
        EnumType(EnumWords<ThpMode>{{"never", ThpMode::kNever},
                                    {"always", ThpMode::kAlways},
                                    {"madvise", ThpMode::kMadvise}}));
    AddOf(*result);
    return result;
  }();
  return *table;
}

// A stretch of an area.
struct AreaStep : KernelStep {
  std::string area;
  uint64_t offset = 0;
  std::optional<uint64_t> bytes;

  // Pages [begin, end) of an area.
  struct Pages {
    MemoryArea* area = nullptr;
    uint64_t begin = 0;
    uint64_t end = 0;
    uint64_t size() const { return end - begin; }
  };
  // An error where it is not all in the area.
  absl::StatusOr<Pages> Stretch(const StepActor& actor) const {
    PAGELAB_ASSIGN_OR_RETURN(MemoryArea * found, FindArea(actor, area));
    const uint64_t size = PageCount(found->pages()).bytes();
    if (offset > size || bytes.value_or(0) > size - offset) {
      return InvalidInput("memory area \"" + area + "\" has " +
                          std::to_string(size) + " bytes, and " +
                          std::to_string(bytes.value_or(0)) + " from " +
                          std::to_string(offset) + " on are asked for");
    }
    const uint64_t end =
        bytes.has_value() ? PagesOf(offset + *bytes).value() : found->pages();
    return Pages{.area = found, .begin = offset / kPageSize, .end = end};
  }
};

template <class S>
void AddStretch(ObjectTable<S>& table) {
  table.AddStored(FieldText{.name = "area",
                            .doc = "The area, as `mmap` calls it.",
                            .example = "\"heap\"",
                            .required = true},
                  AreaType(), [](S& step, std::string area) {
                    step.area = std::move(area);
                  });
  table.AddStored(FieldText{.name = "offset",
                            .doc = "From where on.",
                            .default_text = "0",
                            .example = "\"1M\""},
                  SizeType(),
                  [](S& step, uint64_t offset) { step.offset = offset; });
  table.AddStored(FieldText{.name = "size",
                            .doc = "How much of it.",
                            .default_text = "all",
                            .example = "\"16M\""},
                  SizeType(),
                  [](S& step, uint64_t bytes) { step.bytes = bytes; });
}

enum class FaultOrder : uint8_t { kAscending, kRandom };

struct FaultStep final : AreaStep {
  bool write = true;
  FaultOrder order = FaultOrder::kAscending;
  std::optional<uint64_t> count;
  uint64_t stride = 1;

  // How many pages of the stretch are touched.
  uint64_t Touched(const Pages& stretch) const {
    return stretch.size() == 0 ? 0 : (stretch.size() - 1) / stride + 1;
  }

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    PAGELAB_ASSIGN_OR_RETURN(const auto stretch, Stretch(actor));
    return count.value_or(Touched(stretch));
  }
  absl::Status Do(StepActor& actor, uint64_t index) const override {
    PAGELAB_ASSIGN_OR_RETURN(const auto stretch, Stretch(actor));
    const uint64_t pages = Touched(stretch);
    if (pages == 0) return absl::OkStatus();
    const uint64_t page = order == FaultOrder::kRandom
                              ? actor.random.Uniform(pages)
                              : index % pages;
    actor.world.anonymous().Touch(actor.process, *stretch.area,
                                  stretch.begin + page * stride, write);
    return absl::OkStatus();
  }
};

const ObjectTable<FaultStep>& FaultTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<FaultStep>(ObjectInfo{
        .name = "fault-step",
        .title = "Fault step",
        .doc = "Touches the pages of an area, which come by page fault. A page "
               "that is shared after a fork is copied when it is written to, "
               "one that was swapped out comes back.",
        .example = R"({"area": "heap", "size": "16M", "order": "random"})"});
    AddStretch(*result);
    result->Add(FieldText{.name = "write",
                          .doc = "Writes; reading makes no page.",
                          .default_text = "true",
                          .example = "false"},
                &FaultStep::write, BoolType());
    result->Add(
        FieldText{.name = "order",
                  .doc = "Page after page, or each anywhere.",
                  .default_text = "\"ascending\"",
                  .example = "\"random\""},
        &FaultStep::order,
        EnumType(EnumWords<FaultOrder>{{"ascending", FaultOrder::kAscending},
                                       {"random", FaultOrder::kRandom}}));
    result->Add(FieldText{.name = "count",
                          .doc = "How many touches.",
                          .default_text = "one for each page",
                          .example = "10000"},
                &FaultStep::count, As<std::optional<uint64_t>>(CountType(1)));
    result->Add(FieldText{.name = "stride",
                          .doc = "Every so many pages one.",
                          .default_text = "1",
                          .example = "512"},
                &FaultStep::stride, CountType(1));
    AddPace(*result, "Touches");
    AddOf(*result);
    return result;
  }();
  return *table;
}

enum class Advice : uint8_t { kDontneed, kHugepage, kNohugepage };

struct MadviseStep final : AreaStep {
  Advice advice = Advice::kDontneed;
  uint64_t stride = 1;
  uint64_t keep_one_in = 0;

  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    PAGELAB_ASSIGN_OR_RETURN(const auto stretch, Stretch(actor));
    MemoryArea& found = *stretch.area;
    if (advice != Advice::kDontneed) {
      found.huge_advised = advice == Advice::kHugepage;
      found.thp = found.huge_advised ? ThpMode::kMadvise : ThpMode::kNever;
      return absl::OkStatus();
    }
    if (stride == 1 && keep_one_in == 0) {
      actor.world.anonymous().Zap(actor.process, found, stretch.begin,
                                  stretch.end);
      return absl::OkStatus();
    }
    for (uint64_t i = stretch.begin; i < stretch.end;
         i += std::min(stride, stretch.end)) {
      if (keep_one_in > 0 && i % keep_one_in == 0) continue;
      actor.world.anonymous().Zap(actor.process, found, i, i + 1);
    }
    return absl::OkStatus();
  }
};

const ObjectTable<MadviseStep>& MadviseTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MadviseStep>(ObjectInfo{
        .name = "madvise-step",
        .title = "Madvise step",
        .doc = "Says what becomes of an area's memory. `dontneed` frees the "
               "pages; a huge page that is freed in part is split.",
        .example = R"({"area": "heap", "advice": "dontneed", "stride": 2})"});
    AddStretch(*result);
    result->Add(
        FieldText{.name = "advice",
                  .doc = "As madvise(2) has it.",
                  .example = "\"dontneed\"",
                  .required = true},
        &MadviseStep::advice,
        EnumType(EnumWords<Advice>{{"dontneed", Advice::kDontneed},
                                   {"hugepage", Advice::kHugepage},
                                   {"nohugepage", Advice::kNohugepage}}));
    result->Add(FieldText{.name = "stride",
                          .doc = "Of every so many pages one.",
                          .default_text = "1",
                          .example = "2"},
                &MadviseStep::stride, CountType(1));
    result->Add(FieldText{.name = "keep_one_in",
                          .doc = "Every so many pages one stays.",
                          .default_text = "none stays",
                          .example = "4"},
                &MadviseStep::keep_one_in, CountType(1));
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct MunmapStep final : KernelStep {
  std::string area;

  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    PAGELAB_RETURN_IF_ERROR(FindArea(actor, area).status());
    actor.world.anonymous().Unmap(actor.process, area);
    return absl::OkStatus();
  }
};

const ObjectTable<MunmapStep>& MunmapTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MunmapStep>(ObjectInfo{
        .name = "munmap-step",
        .title = "Munmap step",
        .doc = "Unmaps an area. Its pages and page tables are freed, "
               "but for those that others share.",
        .example = R"({"area": "heap"})"});
    result->Add(FieldText{.name = "area",
                          .doc = "Which one.",
                          .example = "\"heap\"",
                          .required = true},
                &MunmapStep::area, AreaType());
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct PinStep final : AreaStep {
  bool release = false;
  bool longterm = true;

  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    PAGELAB_ASSIGN_OR_RETURN(const auto stretch, Stretch(actor));
    MemoryArea& found = *stretch.area;
    for (uint64_t i = stretch.begin; i < stretch.end; ++i) {
      if (release) {
        actor.world.anonymous().Unpin(found, i);
      } else {
        actor.world.anonymous().Pin(
            actor.process, found, i,
            longterm ? AnonymousMemory::PinFor::kLong
                     : AnonymousMemory::PinFor::kOneTransfer);
      }
    }
    return absl::OkStatus();
  }
};

const ObjectTable<PinStep>& PinTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<PinStep>(ObjectInfo{
        .name = "pin-step",
        .title = "Pin step",
        .doc = "Holds pages where they are, for a device. They can neither be "
               "moved nor reclaimed; those that are not there come first.",
        .example = R"({"area": "heap", "size": "4K"})"});
    AddStretch(*result);
    result->Add(FieldText{.name = "longterm",
                          .doc = "For long (FOLL_LONGTERM): pages in CMA or "
                                 "movable-only memory are moved out before "
                                 "(longterm_pin). Otherwise for one transfer.",
                          .default_text = "true",
                          .example = "false"},
                &PinStep::longterm, BoolType());
    result->Add(FieldText{.name = "release",
                          .doc = "Lets them go again.",
                          .default_text = "false",
                          .example = "true"},
                &PinStep::release, BoolType());
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct MlockStep final : AreaStep {
  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    PAGELAB_ASSIGN_OR_RETURN(const auto stretch, Stretch(actor));
    return stretch.size();
  }
  absl::Status Do(StepActor& actor, uint64_t index) const override {
    PAGELAB_ASSIGN_OR_RETURN(const auto stretch, Stretch(actor));
    actor.world.anonymous().Lock(actor.process, *stretch.area,
                                 stretch.begin + index);
    return absl::OkStatus();
  }
};

const ObjectTable<MlockStep>& MlockTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MlockStep>(ObjectInfo{
        .name = "mlock-step",
        .title = "Mlock step",
        .doc = "Faults an area in and keeps it in memory (mlock(2)): its pages "
               "are on the unevictable list, where reclaim does not look; "
               "compaction may still move them.",
        .example = R"({"area": "heap", "size": "4M"})"});
    AddStretch(*result);
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct SwaponStep final : KernelStep {
  uint64_t bytes = 0;
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    const PageCount all = actor.world.swap().capacity() + PagesOf(bytes);
    if (all > PageCount(kMostPages)) {
      return InvalidInput("swap space of " + std::to_string(all.value()) +
                          " pages: it may have " + std::to_string(kMostPages));
    }
    actor.world.swap().Grow(PagesOf(bytes));
    return absl::OkStatus();
  }
};

const ObjectTable<SwaponStep>& SwaponTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<SwaponStep>(ObjectInfo{
        .name = "swapon-step",
        .title = "Swapon step",
        .doc = "Adds swap space. Without any, anonymous memory is never "
               "reclaimed.",
        .example = R"({"size": "512M"})"});
    result->Add(FieldText{.name = "size",
                          .doc = "How much.",
                          .example = "\"512M\"",
                          .required = true},
                &SwaponStep::bytes, SizeType());
    return result;
  }();
  return *table;
}

}  // namespace

void AddAnonymousSteps(ObjectTable<Step>& table,
                       std::vector<const ObjectInfo*>& objects) {
  AddKernelStep(table, objects, &MmapTable);
  AddKernelStep(table, objects, &FaultTable);
  AddKernelStep(table, objects, &MadviseTable);
  AddKernelStep(table, objects, &MunmapTable);
  AddKernelStep(table, objects, &PinTable);
  AddKernelStep(table, objects, &MlockTable);
  AddKernelStep(table, objects, &SwaponTable);
}

}  // namespace pagelab
