#ifndef PAGELAB_ALLOC_RECLAIM_SCAN_CONTROL_H_
#define PAGELAB_ALLOC_RECLAIM_SCAN_CONTROL_H_

#include <array>
#include <cstdint>

#include "pagelab/alloc/types.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

// Where a scan begins: it looks at 1/2^priority of a list.
inline constexpr int kDefPriority = 12;
// How many pages are taken off a list at a time, and what a direct reclaim
// wants.
inline constexpr PageCount kSwapClusterMax{32};

// The two kinds of lists, as an index.
enum class LruSide : uint8_t { kAnon = 0, kFile };
inline constexpr int kNrLruSides = 2;
constexpr size_t Index(LruSide side) { return static_cast<size_t>(side); }

// Who scans: which counters it goes into.
enum class Scanner : uint8_t { kKswapd, kDirect };

// What one reclaim wants, may do and has done.
// Kernel counterpart: struct scan_control.
struct ScanControl {
  Scanner scanner = Scanner::kDirect;
  PageCount nr_to_reclaim = kSwapClusterMax;
  Order order;
  int priority = kDefPriority;
  // Zones above it cannot help.
  int reclaim_idx = kMaxNrZones - 1;
  // The request may start I/O (__GFP_IO), and so reclaim and compact.
  bool may_io = true;
  bool may_writepage = true;
  bool may_swap = true;

  // Decided anew for each node.
  std::array<bool, kNrLruSides> may_deactivate{};
  bool cache_trim_mode = false;
  bool file_is_tiny = false;

  // Sparing anonymous memory for files brought nothing: not again.
  bool cache_trim_mode_failed = false;
  bool no_cache_trim_mode = false;

  // What is left when the ordinary way brought nothing: active lists whose
  // balance would spare them.
  bool force_deactivate = false;
  bool skipped_deactivate = false;
  // Compaction could begin now, which is what the request waits for.
  bool compaction_ready = false;

  uint64_t nr_scanned = 0;
  uint64_t nr_reclaimed = 0;
  // Met under writeback for the second time: reclaim is faster than the disk.
  uint64_t nr_immediate = 0;
  // Met under writeback, or put there.
  uint64_t nr_writeback = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_SCAN_CONTROL_H_
