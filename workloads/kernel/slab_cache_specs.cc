#include "pagelab/workloads/kernel/slab_cache_specs.h"

#include <algorithm>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

constexpr Gfp kReclaimable = gfp::kKernel.With(gfp::kReclaimable);
constexpr Gfp kNofsReclaimable = gfp::kNofs.With(gfp::kReclaimable);
constexpr Gfp kDma = gfp::kKernel.With(gfp::kDma);
// Nodes of the page cache's trees are allocated under a lock.
constexpr Gfp kTreeNode = gfp::kNowait.With(gfp::kReclaimable);

constexpr SlabCacheSpec Kmalloc(std::string_view name, uint32_t size,
                                Gfp mask) {
  return {.name = name,
          .size = size,
          .gfp = mask,
          .way = SlabWay::kDriverKmalloc,
          .account = mask.Has(gfp::kAccount)};
}

constexpr SlabCacheSpec kSpecs[] = {
    {"jbd2_journal_head", 120, gfp::kNofs},
    {"ext4_inode_cache", 1112, kNofsReclaimable, SlabWay::kCreateExt4, true,
     true},
    {"sock_inode_cache", 832, kReclaimable, SlabWay::kDriver, true},
    {"skbuff_head_cache", 256, gfp::kKernel},
    {"buffer_head", 104, kNofsReclaimable, SlabWay::kWriteBuffers, true},
    {"proc_inode_cache", 680, kReclaimable, SlabWay::kListProc, true, true},
    // Reclaimable only together with its file.
    {"shmem_inode_cache", 736, gfp::kKernel, SlabWay::kCreateShmem, true},
    {"kernfs_node_cache", 136, gfp::kKernel},
    {"filp", 192, gfp::kKernel, SlabWay::kOpenFile, true},
    {"inode_cache", 608, kReclaimable, SlabWay::kLookupKernfs, true, true},
    {"dentry", 192, kReclaimable, SlabWay::kOpenDentry, true, true},
    {"vm_area_struct", 168, gfp::kKernel, SlabWay::kForkVma, true},
    {"files_cache", 704, gfp::kKernel, SlabWay::kForkOther, true},
    {"signal_cache", 1088, gfp::kKernel, SlabWay::kForkOther, true},
    {"sighand_cache", 2112, gfp::kKernel, SlabWay::kForkOther, true},
    {"task_struct", 5952, gfp::kKernel, SlabWay::kForkTask, true},
    {"anon_vma", 104, gfp::kKernel, SlabWay::kForkAnonVma, true},
    {"maple_node", 256, gfp::kKernel},
    {"radix_tree_node", 584, kTreeNode, SlabWay::kAddToPageCache, true},
    {"mm_struct", 1344, gfp::kKernel, SlabWay::kForkOther, true},
    Kmalloc("kmalloc-cg-8k", 8192, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-4k", 4096, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-2k", 2048, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-1k", 1024, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-512", 512, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-256", 256, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-128", 128, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-64", 64, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-32", 32, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-16", 16, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-8", 8, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-192", 192, gfp::kKernelAccount),
    Kmalloc("kmalloc-cg-96", 96, gfp::kKernelAccount),
    Kmalloc("dma-kmalloc-8k", 8192, kDma),
    Kmalloc("dma-kmalloc-4k", 4096, kDma),
    Kmalloc("dma-kmalloc-2k", 2048, kDma),
    Kmalloc("dma-kmalloc-1k", 1024, kDma),
    Kmalloc("dma-kmalloc-512", 512, kDma),
    Kmalloc("dma-kmalloc-256", 256, kDma),
    Kmalloc("dma-kmalloc-128", 128, kDma),
    Kmalloc("dma-kmalloc-64", 64, kDma),
    Kmalloc("dma-kmalloc-32", 32, kDma),
    Kmalloc("dma-kmalloc-16", 16, kDma),
    Kmalloc("dma-kmalloc-8", 8, kDma),
    Kmalloc("dma-kmalloc-192", 192, kDma),
    Kmalloc("dma-kmalloc-96", 96, kDma),
    Kmalloc("kmalloc-rcl-8k", 8192, kReclaimable),
    Kmalloc("kmalloc-rcl-4k", 4096, kReclaimable),
    Kmalloc("kmalloc-rcl-2k", 2048, kReclaimable),
    Kmalloc("kmalloc-rcl-1k", 1024, kReclaimable),
    Kmalloc("kmalloc-rcl-512", 512, kReclaimable),
    Kmalloc("kmalloc-rcl-256", 256, kReclaimable),
    Kmalloc("kmalloc-rcl-128", 128, kReclaimable),
    Kmalloc("kmalloc-rcl-64", 64, kReclaimable),
    Kmalloc("kmalloc-rcl-32", 32, kReclaimable),
    Kmalloc("kmalloc-rcl-16", 16, kReclaimable),
    Kmalloc("kmalloc-rcl-8", 8, kReclaimable),
    Kmalloc("kmalloc-rcl-192", 192, kReclaimable),
    Kmalloc("kmalloc-rcl-96", 96, kReclaimable),
    Kmalloc("kmalloc-8k", 8192, gfp::kKernel),
    Kmalloc("kmalloc-4k", 4096, gfp::kKernel),
    Kmalloc("kmalloc-2k", 2048, gfp::kKernel),
    Kmalloc("kmalloc-1k", 1024, gfp::kKernel),
    Kmalloc("kmalloc-512", 512, gfp::kKernel),
    Kmalloc("kmalloc-256", 256, gfp::kKernel),
    Kmalloc("kmalloc-128", 128, gfp::kKernel),
    Kmalloc("kmalloc-64", 64, gfp::kKernel),
    Kmalloc("kmalloc-32", 32, gfp::kKernel),
    Kmalloc("kmalloc-16", 16, gfp::kKernel),
    Kmalloc("kmalloc-8", 8, gfp::kKernel),
    Kmalloc("kmalloc-192", 192, gfp::kKernel),
    Kmalloc("kmalloc-96", 96, gfp::kKernel),
};

std::string_view PrefixOf(KmallocKind kind) {
  switch (kind) {
    case KmallocKind::kNormal:
      return "kmalloc-";
    case KmallocKind::kReclaimable:
      return "kmalloc-rcl-";
    case KmallocKind::kAccount:
      return "kmalloc-cg-";
    case KmallocKind::kDma:
      break;
  }
  return "dma-kmalloc-";
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

absl::Span<const SlabCacheSpec> SlabCacheSpecs() { return kSpecs; }

const SlabCacheSpec* FindSlabCacheSpec(std::string_view name) {
  const auto* found = std::find_if(
      std::begin(kSpecs), std::end(kSpecs),
      [name](const SlabCacheSpec& spec) { return spec.name == name; });
  return found != std::end(kSpecs) ? found : nullptr;
}

const SlabCacheSpec& KmallocCacheSpec(uint64_t bytes, KmallocKind kind) {
  PAGELAB_CHECK(bytes > 0 && bytes <= kKmallocMaxCacheSize);
  const std::string_view prefix = PrefixOf(kind);
  const SlabCacheSpec* best = nullptr;
  for (const SlabCacheSpec& spec : kSpecs) {
    if (spec.name.substr(0, prefix.size()) != prefix ||
        !IsDigit(spec.name[prefix.size()]) || spec.size < bytes) {
      continue;
    }
    if (best == nullptr || spec.size < best->size) best = &spec;
  }
  PAGELAB_CHECK(best != nullptr);
  return *best;
}

}  // namespace pagelab
