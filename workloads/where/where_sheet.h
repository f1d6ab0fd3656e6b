#ifndef PAGELAB_WORKLOADS_WHERE_WHERE_SHEET_H_
#define PAGELAB_WORKLOADS_WHERE_WHERE_SHEET_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/where/memory_files.h"
#include "pagelab/workloads/where/owner_totals.h"

namespace pagelab {

// The kernel's files that say where memory is, as text. All of one moment, or
// as near to it as can be.
struct WhereFiles {
  struct Text {
    // For errors: a path.
    std::string name;
    std::string text;
  };
  Text meminfo;
  Text zoneinfo;
  // Without it the free pages are MemFree's.
  std::optional<Text> buddyinfo;
  // Without it, or its nr_memmap_pages (before 6.12), page_ext is among the
  // pages that nobody counts.
  std::optional<Text> vmstat;
};

// One part of memory.
struct WherePart {
  // "Slab", "taken by alloc_pages: nicdrv_alloc_rx_buffers [nicdrv]".
  std::string what;
  int64_t pages = 0;
  // What page_owner records of it; nothing where it records none or is not
  // there.
  std::optional<int64_t> recorded;
};

// MemTotal, part by part. The parts of all groups add up to it, to the page.
struct WhereSheet {
  int64_t total = 0;
  // Free blocks, per-cpu lists.
  std::vector<WherePart> free;
  // What meminfo and vmstat have a figure for, where it is not zero.
  std::vector<WherePart> accounted;
  // Taken by alloc_pages, by owner; early pages; the rest, which is what the
  // figures and the owners differ by and can be below zero.
  std::vector<WherePart> on_no_line;
  // How many owners there are; the sheet may show fewer, and the others in one
  // part.
  size_t owners = 0;
  bool has_owners = false;
  StackMemory stacks = StackMemory::kVmalloced;
  // U of text-formats.md 8.1: what meminfo alone leaves.
  int64_t unaccounted_kilobytes = 0;

  int64_t Sum() const;
};

struct WhereOptions {
  // Owners that get a part of their own.
  size_t top = 10;
  // Nothing: vmalloc'ed, unless page_owner has stacks that are not, or
  // VmallocUsed is smaller than they are.
  std::optional<StackMemory> stacks{};
};

// `owners` may be null: then nobody is named.
absl::StatusOr<WhereSheet> MakeWhereSheet(const WhereFiles& files,
                                          const OwnerTotals* owners,
                                          const WhereOptions& options);

// Of a machine as it is now, from its own files.
absl::StatusOr<WhereSheet> WhereOf(Machine& machine,
                                   const WhereOptions& options);

// A table for people, and the same for programs.
std::string WhereText(const WhereSheet& sheet);
std::string WhereJson(const WhereSheet& sheet);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_WHERE_WHERE_SHEET_H_
