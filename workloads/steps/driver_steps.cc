// Steps of drivers and of limits: driver_alloc, driver_free, dma_alloc,
// dma_free, cma_alloc, cma_release, hugetlb, memcg.

#include "pagelab/workloads/kernel/driver_ways.h"
#include "pagelab/workloads/memcg_steps.h"
#include "pagelab/workloads/steps/item_fields.h"
#include "pagelab/workloads/steps/page_sizes.h"

namespace pagelab {
namespace {

Order OrderFor(PageCount pages) {
  int order = 0;
  while (Order(order).pages() < pages.value()) ++order;
  return Order(order);
}

absl::Status CheckBlock(uint64_t bytes) {
  if (bytes > 0 && PagesOf(bytes) <= PageCount(kMaxOrderNrPages)) {
    return absl::OkStatus();
  }
  return InvalidInput("a block has 1 byte to " +
                      std::to_string(kMaxOrderNrPages * kPageSize >> 20) +
                      "M; \"vmalloc\" makes more");
}

struct DriverAllocStep final : TakeStep {
  uint64_t order = 0;
  std::optional<uint64_t> exact;
  Gfp gfp = gfp::kKernel;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    if (exact.has_value()) PAGELAB_RETURN_IF_ERROR(CheckBlock(*exact));
    actor.world.kernel_memory().drivers.Declare(as);
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    DriverMemory::Wish wish{.path = &DriverPagesPath(),
                            .gfp = gfp,
                            .order = Order(static_cast<int>(order))};
    if (exact.has_value()) {
      wish.path = &DriverExactPath();
      wish.count = PagesOf(*exact);
    }
    actor.world.kernel_memory().drivers.Alloc(actor.process, as, wish);
    return absl::OkStatus();
  }
};

const ObjectTable<DriverAllocStep>& DriverAllocTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<DriverAllocStep>(ObjectInfo{
        .name = "driver_alloc-step",
        .title = "Driver_alloc step",
        .doc = "A driver allocates blocks with alloc_pages(), or single pages "
               "in a row with alloc_pages_exact(). No line of /proc/meminfo "
               "has them.",
        .example = R"({"order": 3, "count": 10, "as": "rings"})"});
    result->Add(FieldText{.name = "order",
                          .doc = "Of each block.",
                          .default_text = "0",
                          .example = "3"},
                &DriverAllocStep::order,
                As<uint64_t>(WholeType(0, kMaxPageOrder)));
    result->Add(
        FieldText{.name = "exact",
                  .doc = "Instead of `order`: alloc_pages_exact() of so "
                         "much; the rest of the block is freed.",
                  .default_text = "none",
                  .example = "\"20K\""},
        &DriverAllocStep::exact, As<std::optional<uint64_t>>(SizeType()));
    result->Add(FieldText{.name = "gfp",
                          .doc = "The mask.",
                          .default_text = "\"GFP_KERNEL\"",
                          .example = "\"GFP_ATOMIC\""},
                &DriverAllocStep::gfp, GfpType());
    AddTake(*result, "Blocks");
    return result;
  }();
  return *table;
}

struct GiveBlocksStep final : GiveStep {
  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    return AtMost(CountOf(actor.world.kernel_memory().drivers.pieces(), handle),
                  "\"driver_alloc\" or \"dma_alloc\"");
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.kernel_memory().drivers.Free(actor.process, handle, pick,
                                             actor.random);
    return absl::OkStatus();
  }
};

const ObjectTable<GiveBlocksStep>& DriverFreeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<GiveBlocksStep>(
        ObjectInfo{.name = "driver_free-step",
                   .title = "Driver_free step",
                   .doc = "Frees blocks of `driver_alloc`. Exact ones go page "
                          "by page.",
                   .example = R"({"handle": "rings"})"});
    AddGive(*result, "Blocks");
    return result;
  }();
  return *table;
}

const ObjectTable<GiveBlocksStep>& DmaFreeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<GiveBlocksStep>(
        ObjectInfo{.name = "dma_free-step",
                   .title = "Dma_free step",
                   .doc = "Frees buffers of `dma_alloc`. They go as the blocks "
                          "that they are.",
                   .example = R"({"handle": "buffers"})"});
    AddGive(*result, "Buffers");
    return result;
  }();
  return *table;
}

enum class DmaZone : uint8_t { kAny, kDma32, kDma };

struct DmaAllocStep final : TakeStep {
  uint64_t bytes = 0;
  DmaZone zone = DmaZone::kDma32;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    PAGELAB_RETURN_IF_ERROR(CheckBlock(bytes));
    actor.world.kernel_memory().drivers.Declare(as);
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    Gfp gfp = gfp::kKernel;
    if (zone == DmaZone::kDma32) gfp = gfp.With(gfp::kDma32);
    if (zone == DmaZone::kDma) gfp = gfp.With(gfp::kDma);
    actor.world.kernel_memory().drivers.Alloc(
        actor.process, as,
        {.path = &DmaPath(), .gfp = gfp, .order = OrderFor(PagesOf(bytes))});
    return absl::OkStatus();
  }
};

const ObjectTable<DmaAllocStep>& DmaAllocTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<DmaAllocStep>(ObjectInfo{
        .name = "dma_alloc-step",
        .title = "Dma_alloc step",
        .doc = "A driver allocates buffers that its device can reach "
               "(dma_alloc_coherent). Sizes are rounded up to a power of two "
               "of pages.",
        .example = R"({"size": "64K", "zone": "DMA32", "as": "buffers"})"});
    result->Add(FieldText{.name = "size",
                          .doc = "Of each.",
                          .example = "\"64K\"",
                          .required = true},
                &DmaAllocStep::bytes, SizeType());
    result->Add(FieldText{.name = "zone",
                          .doc = "How high the device's addresses go: `DMA32` "
                                 "is 4 GiB, `DMA` is 16 MiB.",
                          .default_text = "\"DMA32\"",
                          .example = "\"DMA\""},
                &DmaAllocStep::zone,
                EnumType(EnumWords<DmaZone>{{"any", DmaZone::kAny},
                                            {"DMA32", DmaZone::kDma32},
                                            {"DMA", DmaZone::kDma}}));
    AddTake(*result, "Buffers");
    return result;
  }();
  return *table;
}

absl::Status CheckCma(const StepActor& actor) {
  if (actor.world.kernel_memory().cma.connected()) return absl::OkStatus();
  return InvalidInput(
      "this machine has no CMA area: \"cma=64M\" on its kernel command line "
      "makes one");
}

struct CmaAllocStep final : TakeStep {
  uint64_t bytes = 0;
  uint64_t align = 0;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    PAGELAB_RETURN_IF_ERROR(CheckCma(actor));
    if (bytes == 0) return InvalidInput("cma_alloc() takes 1 byte or more");
    actor.world.kernel_memory().cma.Declare(as);
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.kernel_memory().cma.Alloc(
        actor.process, as,
        {.pages = PagesOf(bytes),
         .align = Order(static_cast<int>(align)),
         .gfp = gfp::kKernel});
    return absl::OkStatus();
  }
};

const ObjectTable<CmaAllocStep>& CmaAllocTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<CmaAllocStep>(ObjectInfo{
        .name = "cma_alloc-step",
        .title = "Cma_alloc step",
        .doc = "A driver takes contiguous memory from the CMA area; movable "
               "pages there move away. Where that fails, the log names the "
               "page in the way, and who holds it.",
        .example = R"({"size": "4M", "as": "frames"})"});
    result->Add(FieldText{.name = "size",
                          .doc = "Of each stretch.",
                          .example = "\"4M\"",
                          .required = true},
                &CmaAllocStep::bytes, SizeType());
    result->Add(FieldText{.name = "align",
                          .doc = "It starts at a multiple of 2^align pages.",
                          .default_text = "0",
                          .example = "9"},
                &CmaAllocStep::align,
                As<uint64_t>(WholeType(0, kMaxPageOrder)));
    AddTake(*result, "Stretches");
    return result;
  }();
  return *table;
}

struct CmaReleaseStep final : GiveStep {
  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    PAGELAB_RETURN_IF_ERROR(CheckCma(actor));
    return AtMost(CountOf(actor.world.kernel_memory().cma.stretches(), handle),
                  "\"cma_alloc\"");
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.kernel_memory().cma.Release(actor.process, handle, pick,
                                            actor.random);
    return absl::OkStatus();
  }
};

const ObjectTable<CmaReleaseStep>& CmaReleaseTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<CmaReleaseStep>(
        ObjectInfo{.name = "cma_release-step",
                   .title = "Cma_release step",
                   .doc = "Gives stretches of `cma_alloc` back. They are "
                          "single pages of the area then.",
                   .example = R"({"handle": "frames"})"});
    AddGive(*result, "Stretches");
    return result;
  }();
  return *table;
}

struct HugetlbStep final : KernelStep {
  uint64_t pages = 0;

  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.kernel_memory().hugetlb.Resize(actor.process, pages);
    return absl::OkStatus();
  }
};

const ObjectTable<HugetlbStep>& HugetlbTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<HugetlbStep>(ObjectInfo{
        .name = "hugetlb-step",
        .title = "Hugetlb step",
        .doc = "Writes vm.nr_hugepages. The pool grows as far as blocks of "
               "2 MiB are to be had; HugePages_Total of /proc/meminfo says how "
               "far that was.",
        .example = R"({"pages": 150})"});
    result->Add(FieldText{.name = "pages",
                          .doc = "How many huge pages there are to be.",
                          .example = "150",
                          .required = true},
                &HugetlbStep::pages, CountType(0));
    return result;
  }();
  return *table;
}

struct MemcgStep final : KernelStep {
  std::string name;
  std::optional<uint64_t> max;
  std::optional<uint64_t> high;

  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    if (name == MemcgTable::kRoot) {
      return InvalidInput("the root cgroup has no limits");
    }
    ExecutionContext context = actor.world.ContextOf(actor.process);
    MemcgLimits::Limits limits;
    // The kernel rounds limits down to pages.
    if (max.has_value()) limits.max = PageCount(*max / kPageSize);
    if (high.has_value()) limits.high = PageCount(*high / kPageSize);
    actor.world.kernel_memory().memcg_limits.Set(context, name, limits);
    return absl::OkStatus();
  }
};

const ObjectTable<MemcgStep>& MemcgTableOfFields() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MemcgStep>(ObjectInfo{
        .name = "memcg-step",
        .title = "Memcg step",
        .doc = "Sets the limits of a memory cgroup. Who is over them has its "
               "own memory reclaimed, and at `max`, where that does not help, "
               "a process killed.",
        .example = R"({"name": "app.slice", "max": "64M", "high": "48M"})"});
    result->Add(FieldText{.name = "name",
                          .doc = "As `memcg` of a task has it.",
                          .example = "\"app.slice\"",
                          .required = true},
                &MemcgStep::name, MemcgNameType());
    result->Add(FieldText{.name = "max",
                          .doc = "memory.max.",
                          .default_text = "none",
                          .example = "\"64M\""},
                &MemcgStep::max, As<std::optional<uint64_t>>(SizeType()));
    result->Add(FieldText{.name = "high",
                          .doc = "memory.high.",
                          .default_text = "none",
                          .example = "\"48M\""},
                &MemcgStep::high, As<std::optional<uint64_t>>(SizeType()));
    return result;
  }();
  return *table;
}

}  // namespace

void AddDriverSteps(ObjectTable<Step>& table,
                    std::vector<const ObjectInfo*>& objects) {
  AddKernelStep(table, objects, &DriverAllocTable);
  AddKernelStep(table, objects, &DriverFreeTable);
  AddKernelStep(table, objects, &DmaAllocTable);
  AddKernelStep(table, objects, &DmaFreeTable);
  AddKernelStep(table, objects, &CmaAllocTable);
  AddKernelStep(table, objects, &CmaReleaseTable);
  AddKernelStep(table, objects, &HugetlbTable);
  AddKernelStep(table, objects, &MemcgTableOfFields);
}

}  // namespace pagelab
