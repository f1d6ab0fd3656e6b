#include "pagelab/workloads/where/memory_class.h"

#include <algorithm>
#include <optional>

#include "pagelab/owner/dump/pfn_line.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {
namespace {

struct Rule {
  std::string_view name;
  MemoryClass memory;
  // Otherwise all names that begin so.
  bool whole = false;
};

// Functions that only one kind of memory comes through, old names and new.
// Of page tables those that the kernel counts: not the kernel's own, nor top
// levels.
constexpr Rule kRules[] = {
    {"register_early_stack", MemoryClass::kEarly},
    {"init_pages_in_zone", MemoryClass::kEarly},
    {"new_slab", MemoryClass::kSlab},
    {"allocate_slab", MemoryClass::kSlab},
    {"___slab_alloc", MemoryClass::kSlab},
    {"cache_grow", MemoryClass::kSlab},
    {"kmem_getpages", MemoryClass::kSlab},
    {"___kmalloc_large_node", MemoryClass::kSlab},
    {"__kmalloc_large_node", MemoryClass::kSlab},
    {"kmalloc_large", MemoryClass::kSlab},
    {"pcpu_", MemoryClass::kPercpu},
    {"__vmalloc", MemoryClass::kVmalloc},
    {"vmalloc", MemoryClass::kVmalloc},
    {"vm_area_alloc_pages", MemoryClass::kVmalloc},
    {"alloc_thread_stack_node", MemoryClass::kKernelStack},
    {"alloc_thread_info_node", MemoryClass::kKernelStack},
    {"init_section_page_ext", MemoryClass::kMemmap},
    {"vmemmap_alloc_block", MemoryClass::kMemmap},
    {"alloc_fresh_hugetlb_folio", MemoryClass::kHugetlb},
    {"alloc_fresh_huge_page", MemoryClass::kHugetlb},
    {"alloc_buddy_huge", MemoryClass::kHugetlb},
    {"alloc_pool_huge", MemoryClass::kHugetlb},
    {"alloc_surplus_hugetlb", MemoryClass::kHugetlb},
    {"only_alloc_fresh_hugetlb", MemoryClass::kHugetlb},
    {"pte_alloc_one", MemoryClass::kPageTables, true},
    {"__pte_alloc", MemoryClass::kPageTables, true},
    {"pmd_alloc_one", MemoryClass::kPageTables, true},
    {"__pmd_alloc", MemoryClass::kPageTables, true},
    {"pud_alloc_one", MemoryClass::kPageTables, true},
    {"__pud_alloc", MemoryClass::kPageTables, true},
    {"iommu_alloc_page", MemoryClass::kPageTables},
    {"filemap_alloc_folio", MemoryClass::kFiles},
    {"__filemap_get_folio", MemoryClass::kFiles},
    {"__page_cache_alloc", MemoryClass::kFiles},
    {"pagecache_get_page", MemoryClass::kFiles},
    {"page_cache_ra_", MemoryClass::kFiles},
    {"__do_page_cache_readahead", MemoryClass::kFiles},
    {"do_read_cache_folio", MemoryClass::kFiles},
    {"shmem_alloc_", MemoryClass::kFiles},
    {"__read_swap_cache_async", MemoryClass::kFiles},
    {"read_swap_cache_async", MemoryClass::kFiles},
    {"swap_cluster_readahead", MemoryClass::kFiles},
    {"vma_alloc_", MemoryClass::kAnon},
    {"alloc_pages_vma", MemoryClass::kAnon},
    {"alloc_anon_folio", MemoryClass::kAnon},
    {"folio_prealloc", MemoryClass::kAnon},
    {"do_anonymous_page", MemoryClass::kAnon},
    {"__handle_mm_fault", MemoryClass::kAnon},
    {"wp_page_copy", MemoryClass::kAnon},
    {"do_wp_page", MemoryClass::kAnon},
    {"do_huge_pmd_", MemoryClass::kAnon},
    {"alloc_charge_folio", MemoryClass::kAnon},
    {"collapse_huge_page", MemoryClass::kAnon},
};

std::optional<MemoryClass> ClassOfFunction(std::string_view name) {
  for (const Rule& rule : kRules) {
    const std::string_view begin = name.substr(0, rule.name.size());
    if (begin != rule.name) continue;
    if (!rule.whole || name == rule.name) return rule.memory;
  }
  return std::nullopt;
}

// Some versions of the compiler split a function.
std::string_view WithoutPart(std::string_view symbol) {
  return symbol.substr(0, symbol.find('.'));
}

}  // namespace

MemoryClass ClassOfStack(absl::Span<const std::string_view> frames) {
  for (const std::string_view frame : frames) {
    const std::optional<MemoryClass> memory =
        ClassOfFunction(WithoutPart(SymbolOf(frame)));
    if (memory.has_value()) return *memory;
  }
  return MemoryClass::kDirect;
}

MemoryClass ClassOfFlags(std::string_view flag_names) {
  bool lru = false;
  bool swapbacked = false;
  bool dirty = false;
  while (!flag_names.empty()) {
    const std::string_view name = TakeFlag(flag_names);
    lru |= name == "lru";
    swapbacked |= name == "swapbacked";
    dirty |= name == "dirty";
  }
  if (!lru) return MemoryClass::kDirect;
  // Dirty besides: tmpfs.
  return swapbacked && !dirty ? MemoryClass::kAnon : MemoryClass::kFiles;
}

}  // namespace pagelab
