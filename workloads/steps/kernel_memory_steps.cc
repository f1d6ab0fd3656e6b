// Steps of the kernel's own memory: kmalloc, kfree, cache, cache_free, vmalloc,
// vfree, thread, thread_exit.

#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/workloads/kernel/slab_ways.h"
#include "pagelab/workloads/steps/item_fields.h"
#include "pagelab/workloads/steps/page_sizes.h"

namespace pagelab {
namespace {

Order OrderFor(uint64_t bytes) {
  int order = 0;
  while (Order(order).pages() * kPageSize < bytes) ++order;
  return Order(order);
}

// The largest block there is, which is what kmalloc() goes up to.
constexpr uint64_t kKmallocMaxSize = kMaxOrderNrPages * kPageSize;

struct KmallocStep final : TakeStep {
  uint64_t bytes = 0;
  KmallocKind kind = KmallocKind::kNormal;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    if (bytes == 0 || bytes > kKmallocMaxSize) {
      return InvalidInput("kmalloc() takes 1 byte to " +
                          std::to_string(kKmallocMaxSize >> 20) +
                          "M; \"vmalloc\" makes more");
    }
    actor.world.kernel_memory().objects.Declare(as);
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    KernelMemory& memory = actor.world.kernel_memory();
    if (bytes > kKmallocMaxCacheSize) {
      memory.drivers.Alloc(actor.process, as,
                           {.path = &KmallocLargePath(),
                            .gfp = Mask(),
                            .order = OrderFor(bytes)});
      return absl::OkStatus();
    }
    const std::optional<SlabObject> object =
        memory.slab.Alloc(actor.process, KmallocCacheSpec(bytes, kind));
    if (object.has_value()) memory.objects.Add(as, *object);
    return absl::OkStatus();
  }

 private:
  Gfp Mask() const {
    const Gfp base = gfp::kKernel.With(gfp::kComp);
    switch (kind) {
      case KmallocKind::kReclaimable:
        return base.With(gfp::kReclaimable);
      case KmallocKind::kAccount:
        return base.With(gfp::kAccount);
      case KmallocKind::kDma:
        return base.With(gfp::kDma);
      case KmallocKind::kNormal:
        break;
    }
    return base;
  }
};

const ObjectTable<KmallocStep>& KmallocTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<KmallocStep>(ObjectInfo{
        .name = "kmalloc-step",
        .title = "Kmalloc step",
        .doc = "A driver allocates small memory. Up to 8 KiB it is an object "
               "of the kmalloc cache of the next larger size, and the page "
               "allocator is asked only for new slabs; beyond that it is a "
               "block of pages.",
        .example = R"({"size": 512, "count": 1000, "as": "objs"})"});
    result->Add(FieldText{.name = "size",
                          .doc = "Of each.",
                          .example = "512",
                          .required = true},
                &KmallocStep::bytes, SizeType());
    result->Add(
        FieldText{.name = "kind",
                  .doc = "`reclaimable` (__GFP_RECLAIMABLE), `account` "
                         "(GFP_KERNEL_ACCOUNT: the memory cgroup pays) and "
                         "`dma` (GFP_DMA) have caches of their own.",
                  .default_text = "\"normal\"",
                  .example = "\"account\""},
        &KmallocStep::kind,
        EnumType(
            EnumWords<KmallocKind>{{"normal", KmallocKind::kNormal},
                                   {"reclaimable", KmallocKind::kReclaimable},
                                   {"account", KmallocKind::kAccount},
                                   {"dma", KmallocKind::kDma}}));
    AddTake(*result, "Objects");
    return result;
  }();
  return *table;
}

struct CacheStep final : TakeStep {
  std::string cache;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    if (FindSlabCacheSpec(cache) == nullptr) {
      std::vector<std::string_view> names;
      for (const SlabCacheSpec& spec : SlabCacheSpecs()) {
        names.push_back(spec.name);
      }
      return InvalidInput("no cache \"" + cache + "\" in the simulated kernel" +
                          DidYouMean(cache, names) +
                          "; /proc/slabinfo lists them");
    }
    actor.world.kernel_memory().objects.Declare(as);
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    KernelMemory& memory = actor.world.kernel_memory();
    const std::optional<SlabObject> object =
        memory.slab.Alloc(actor.process, *FindSlabCacheSpec(cache));
    if (object.has_value()) memory.objects.Add(as, *object);
    return absl::OkStatus();
  }
};

const ObjectTable<CacheStep>& CacheTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<CacheStep>(ObjectInfo{
        .name = "cache-step",
        .title = "Cache step",
        .doc = "Allocates objects of a named slab cache, by the call chain "
               "that a real kernel has for it. Names and inodes of files "
               "(dentry, inode_cache, ext4_inode_cache, proc_inode_cache) are "
               "in use by nobody: a shrinker takes them when memory is short.",
        .example = R"({"cache": "dentry", "count": 5000})"});
    result->Add(FieldText{.name = "cache",
                          .doc = "Its name in /proc/slabinfo.",
                          .example = "\"dentry\"",
                          .required = true},
                &CacheStep::cache, TextType("the name of a cache"));
    AddTake(*result, "Objects");
    return result;
  }();
  return *table;
}

// kfree() and kmem_cache_free(): an object knows its cache.
struct FreeObjectsStep final : GiveStep {
  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    const KernelMemory& memory = actor.world.kernel_memory();
    std::optional<uint64_t> there = CountOf(memory.objects, handle);
    if (there.has_value()) *there += memory.drivers.pieces().size(handle);
    return AtMost(there, "\"kmalloc\" or \"cache\"");
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    KernelMemory& memory = actor.world.kernel_memory();
    const std::optional<SlabObject> object =
        memory.objects.Take(handle, pick, actor.random);
    if (object.has_value()) {
      memory.slab.Free(actor.process, *object);
    } else {
      memory.drivers.Free(actor.process, handle, pick, actor.random);
    }
    return absl::OkStatus();
  }
};

const ObjectTable<FreeObjectsStep>& KfreeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<FreeObjectsStep>(ObjectInfo{
        .name = "kfree-step",
        .title = "Kfree step",
        .doc = "Frees what `kmalloc` allocated. Pages come back only with the "
               "last object of a slab, and some empty slabs are kept.",
        .example = R"({"handle": "objs", "count": 500, "pick": "random"})"});
    AddGive(*result, "Objects");
    return result;
  }();
  return *table;
}

const ObjectTable<FreeObjectsStep>& CacheFreeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<FreeObjectsStep>(ObjectInfo{
        .name = "cache_free-step",
        .title = "Cache_free step",
        .doc = "Frees objects that `cache` allocated. Those that a shrinker "
               "took before are gone already.",
        .example = R"({"handle": "names"})"});
    AddGive(*result, "Objects");
    return result;
  }();
  return *table;
}

struct VmallocStep final : TakeStep {
  uint64_t bytes = 0;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    if (bytes == 0) return InvalidInput("vmalloc() takes 1 byte or more");
    actor.world.kernel_memory().vmalloc.Declare(as);
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    const PageCount pages = PagesOf(bytes);
    actor.world.kernel_memory().vmalloc.Alloc(actor.process, as, pages);
    return absl::OkStatus();
  }
};

const ObjectTable<VmallocStep>& VmallocTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<VmallocStep>(ObjectInfo{
        .name = "vmalloc-step",
        .title = "Vmalloc step",
        .doc = "A driver allocates memory that is contiguous for the kernel "
               "and single pages for the page allocator. An area of over 2 MiB "
               "needs pages for the list of its pages besides. What does not "
               "fit as a whole is given back.",
        .example = R"({"size": "16M", "as": "area"})"});
    result->Add(FieldText{.name = "size",
                          .doc = "Of each.",
                          .example = "\"16M\"",
                          .required = true},
                &VmallocStep::bytes, SizeType());
    AddTake(*result, "Areas");
    return result;
  }();
  return *table;
}

struct VfreeStep final : GiveStep {
  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    return AtMost(CountOf(actor.world.kernel_memory().vmalloc.areas(), handle),
                  "\"vmalloc\"");
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.kernel_memory().vmalloc.Free(actor.process, handle, pick,
                                             actor.random);
    return absl::OkStatus();
  }
};

const ObjectTable<VfreeStep>& VfreeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<VfreeStep>(
        ObjectInfo{.name = "vfree-step",
                   .title = "Vfree step",
                   .doc = "Frees areas of `vmalloc`. It does so page by page.",
                   .example = R"({"handle": "area"})"});
    AddGive(*result, "Areas");
    return result;
  }();
  return *table;
}

struct ThreadStep final : TakeStep {
  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    actor.world.kernel_memory().stacks.Declare(as);
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.kernel_memory().stacks.Create(actor.process, as);
    return absl::OkStatus();
  }
};

const ObjectTable<ThreadStep>& ThreadTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ThreadStep>(ObjectInfo{
        .name = "thread-step",
        .title = "Thread step",
        .doc = "Starts threads of the process. Each costs the kernel a stack "
               "of four pages and a task_struct.",
        .example = R"({"count": 100, "as": "workers"})"});
    AddTake(*result, "Threads");
    return result;
  }();
  return *table;
}

struct ThreadExitStep final : GiveStep {
  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    return AtMost(CountOf(actor.world.kernel_memory().stacks.threads(), handle),
                  "\"thread\"");
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.kernel_memory().stacks.End(actor.process, handle, pick,
                                           actor.random);
    return absl::OkStatus();
  }
};

const ObjectTable<ThreadExitStep>& ThreadExitTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ThreadExitStep>(ObjectInfo{
        .name = "thread_exit-step",
        .title = "Thread_exit step",
        .doc = "Ends threads of `thread`. Each CPU keeps two of their stacks "
               "for the next.",
        .example = R"({"handle": "workers", "count": 50})"});
    AddGive(*result, "Threads");
    return result;
  }();
  return *table;
}

}  // namespace

void AddKernelMemorySteps(ObjectTable<Step>& table,
                          std::vector<const ObjectInfo*>& objects) {
  AddKernelStep(table, objects, &KmallocTable);
  AddKernelStep(table, objects, &KfreeTable);
  AddKernelStep(table, objects, &CacheTable);
  AddKernelStep(table, objects, &CacheFreeTable);
  AddKernelStep(table, objects, &VmallocTable);
  AddKernelStep(table, objects, &VfreeTable);
  AddKernelStep(table, objects, &ThreadTable);
  AddKernelStep(table, objects, &ThreadExitTable);
}

}  // namespace pagelab
