#ifndef PAGELAB_PAGEEXT_PAGE_EXT_H_
#define PAGELAB_PAGEEXT_PAGE_EXT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/kernel_log.h"
#include "pagelab/alloc/memory_hotplug.h"
#include "pagelab/alloc/page_source.h"
#include "pagelab/alloc/types.h"
#include "pagelab/pageext/page_ext_client.h"

namespace pagelab {

// What a kernel version and build decide about page_ext.
struct PageExtProfile {
  // sizeof(struct page_ext): one unsigned long.
  uint32_t shared_flags_size = 8;
  // Where frames and vmalloc areas appear in the kernel's address space.
  uint64_t direct_map_base = 0xffff888000000000;
  uint64_t vmalloc_base = 0xffffc90000000000;
};

// Extension data of pages: for each section of memory one table with an entry
// for each of its pages, shared by all clients, held in simulated frames that
// come from the page allocator after it has started. Pages allocated before
// that have no entry yet: a lookup gives nothing, and that is normal.
//
//  E1  A section has a table or none; entries of a table are contiguous.
//  E2  An entry that nobody looked up for writing is zero and costs no host
//      memory.
//  E3  nr_memmap_pages() is the sum over all tables of their size in pages.
//
// Thread-compatible: one machine, one thread.
//
// Kernel counterpart: mm/page_ext.c with SPARSEMEM (page-ext-owner-depot.md 1).
class PageExt final : public MemoryNotifier {
 public:
  using ClientId = size_t;

  // Where the tables' pages come from and whom it tells. All outlive it.
  struct Dependencies {
    AllocatorState& state;
    PageSource& pages;
    KernelLog& log;
  };

  explicit PageExt(const Dependencies& dependencies,
                   const PageExtProfile& profile = {});
  PageExt(const PageExt&) = delete;
  PageExt& operator=(const PageExt&) = delete;

  // In the order of the kernel's build-time list. REQUIRES: before Init().
  ClientId AddClient(PageExtClient client);
  absl::Span<const PageExtClient> clients() const { return clients_; }

  // Lays out the entry, allocates a table for each section of each node and
  // runs the clients' init. Does nothing at all when no client is needed.
  // ResourceExhausted, in the words of the kernel's panic, when memory is out.
  absl::Status Init(ExecutionContext& context);

  // Some client was needed at Init().
  bool active() const { return active_; }
  // Bytes of one entry; the next page's entry follows at once, inside one
  // section.
  uint32_t entry_size() const { return static_cast<uint32_t>(entry_size_); }
  // Of the client's data from the start of the entry; nothing if it was not
  // needed.
  std::optional<uint32_t> OffsetOf(ClientId client) const {
    return offsets_[client];
  }

  // The entry of `pfn`, to read or write; null where there is none.
  // REQUIRES: pfn < memory.end_pfn(). Kernel counterpart: page_ext_get().
  std::byte* Lookup(Pfn pfn) {
    const uintptr_t biased = host_[pfn.value() >> section_order_];
    if ((biased & kUnusable) != 0) [[unlikely]] {
      return LookupSlowly(pfn);
    }
    return reinterpret_cast<std::byte*>(biased + entry_size_ * pfn.value());
  }
  // As Lookup, where the entry was looked up for writing before; null does not
  // mean that there is none.
  std::byte* LookupMapped(Pfn pfn) const {
    const uintptr_t biased = host_[pfn.value() >> section_order_];
    if ((biased & kUnusable) != 0) [[unlikely]] {
      return nullptr;
    }
    return reinterpret_cast<std::byte*>(biased + entry_size_ * pfn.value());
  }
  // As Lookup, for walkers: leaves untouched tables untouched.
  const std::byte* Peek(Pfn pfn) const {
    const uintptr_t biased = host_[pfn.value() >> section_order_];
    if ((biased & kUnusable) != 0) [[unlikely]] {
      return PeekSlowly(pfn);
    }
    return reinterpret_cast<const std::byte*>(biased +
                                              entry_size_ * pfn.value());
  }

  // What the kernel keeps in its section array: the address of the table less
  // entry_size() times the section's first pfn; bit 0 means being taken away;
  // 0 is no table.
  uint64_t SectionPointer(uint64_t section) const { return page_ext_[section]; }
  // The tables' bytes at boot, which hotplug does not change, and the pages
  // they occupy now (nr_memmap_pages of /proc/vmstat).
  uint64_t total_bytes() const { return total_bytes_; }
  PageCount nr_memmap_pages() const { return nr_memmap_pages_; }

  // The notifier's actions (1.7); nothing where no client was needed. A table
  // for each section of the range, rounded to whole sections; false when
  // memory is out, and the tables made by this call are gone again.
  bool GoingOnline(ExecutionContext& context, PfnRange range,
                   NodeId node) override;
  // Both: InvalidateSections(), a grace period, FreeSections().
  void CancelOnline(ExecutionContext& context, PfnRange range) override;
  void Offline(ExecutionContext& context, PfnRange range) override;

  // Memory offline: first every section of the range becomes invalid, then,
  // after readers are gone, its tables are freed (1.7).
  void InvalidateSections(PfnRange range);
  void FreeSections(ExecutionContext& context, PfnRange range);

  // Everything outside the frames and the arena, to come back to.
  struct Checkpoint;
  Checkpoint Save() const;
  // REQUIRES: the machine's memory was restored before.
  void Restore(const Checkpoint& checkpoint);

 private:
  // A table made of single pages. Differs from Linux: the bytes lie beside
  // the frames, because the host cannot map scattered frames in one piece.
  struct VmallocTable {
    uint64_t address = 0;
    std::vector<Pfn> frames;
    HostMapping contents;
  };

  static constexpr uintptr_t kUnusable = 1;
  static constexpr uint64_t kInvalid = 1;

  bool LayOutEntry();
  uint64_t table_bytes() const;
  PageCount table_pages() const;
  Pfn FirstPfn(uint64_t section) const {
    return Pfn(section << section_order_);
  }
  uint64_t TableAddress(uint64_t section) const;
  bool IsVmalloc(uint64_t address) const;

  absl::Status InitNode(ExecutionContext& context, const Node& node);
  absl::Status InitSection(ExecutionContext& context, uint64_t section,
                           NodeId node);
  bool AllocVmallocTable(ExecutionContext& context, uint64_t section,
                         NodeId node);
  void FreeTable(ExecutionContext& context, uint64_t section);
  // The host address of a table, biased; kUnusable when it is not mapped.
  uintptr_t HostBias(uint64_t section, const std::byte* table) const;
  std::byte* LookupSlowly(Pfn pfn);
  const std::byte* PeekSlowly(Pfn pfn) const;

  AllocatorState& state_;
  PageSource& pages_;
  KernelLog& log_;
  PageExtProfile profile_;
  int section_order_;

  std::vector<PageExtClient> clients_;
  std::vector<std::optional<uint32_t>> offsets_;
  bool active_ = false;
  uint64_t entry_size_ = 0;

  // By section: the kernel's biased pointer, and the host's.
  std::vector<uint64_t> page_ext_;
  std::vector<uintptr_t> host_;
  std::map<uint64_t, VmallocTable> vmalloc_tables_;
  uint64_t next_vmalloc_ = 0;
  uint64_t total_bytes_ = 0;
  PageCount nr_memmap_pages_;
};

struct PageExt::Checkpoint {
  struct Vmalloc {
    uint64_t section = 0;
    uint64_t address = 0;
    std::vector<Pfn> frames;
    HostPageImage contents;
  };
  bool active = false;
  uint64_t entry_size = 0;
  std::vector<std::optional<uint32_t>> offsets;
  std::vector<uint64_t> page_ext;
  std::vector<Vmalloc> vmalloc_tables;
  uint64_t next_vmalloc = 0;
  uint64_t total_bytes = 0;
  PageCount nr_memmap_pages;
};

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_PAGE_EXT_H_
