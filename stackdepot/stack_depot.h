// The store of call stacks: every distinct stack once, in simulated memory.

#ifndef PAGELAB_STACKDEPOT_STACK_DEPOT_H_
#define PAGELAB_STACKDEPOT_STACK_DEPOT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/kernel_log.h"
#include "pagelab/alloc/page_source.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/alloc/types.h"
#include "pagelab/stackdepot/handle.h"
#include "pagelab/stackdepot/stack_depot_profile.h"
#include "pagelab/stackdepot/stack_memo.h"
#include "pagelab/stackdepot/text_layout.h"

namespace pagelab {

struct StackDepotOptions {
  StackDepotProfile profile = kStackDepotProfile612;
  // stack_depot_disable=on: every save and fetch gives nothing.
  bool disabled = false;
  // A stack ends at its first frame in here.
  TextRange irq_entry_text = kIrqEntryText;
};

enum class SaveFlags : uint8_t { kNone = 0, kCanAlloc = 1 };

// What an allocation on behalf of one with mask `gfp` keeps of it.
constexpr Gfp NestedGfp(Gfp gfp) {
  return gfp.Masked(gfp::kKernel.With(gfp::kAtomic));
}

// Interns call stacks. Records, their hash table and the links between them
// lie in simulated frames; links are addresses of the simulated direct map.
// Records are never removed. Thread-compatible: one machine, one thread.
//
//  D1  A record lies inside one pool, and its handle names its place.
//  D2  A record is in the bucket that its hash selects, and in no other.
//  D3  Stacks of at most max_frames frames are stored once.
//  D4  persistent_count and persistent_bytes sum up the records.
//
// Verify() checks D1, D2 and D4.
//
// Kernel counterpart: lib/stackdepot.c. Sections are page-ext-owner-depot.md's.
// Older versions differ by their StackDepotProfile: section 11.
// Differs from Linux: records with STACK_DEPOT_FLAG_GET, and with them eviction
// and the free list, are not modelled (page_owner has none); warnings are their
// one line of text, without the banner and the registers around it.
class StackDepot {
 public:
  // Of a record whose owner does not count (INT_MIN / 2).
  static constexpr int32_t kRefcountSaturated = -1073741824;

  // Everything that changes and is not in simulated memory.
  struct State {
    uint64_t table_address = 0;
    uint64_t table_entries = 0;
    std::vector<Pfn> pools;
    // Allocated ahead for the time when the current pool is full.
    std::optional<Pfn> spare;
    // Where the current pool is free from; a whole pool before there is one.
    uint32_t pool_offset = 0;
    int64_t persistent_count = 0;
    int64_t persistent_bytes = 0;
    bool warned_limit = false;
    bool warned_nmi = false;
  };

  StackDepot(PhysicalMemory& memory, PageSource& source, KernelLog& log,
             const StackDepotOptions& options = {});
  StackDepot(const StackDepot&) = delete;
  StackDepot& operator=(const StackDepot&) = delete;

  // --- boot, in this order (section 10.4) ---

  // Buckets of the hash table of a kernel with that many pages.
  uint64_t HashTableEntries(PageCount kernel_pages) const;
  uint64_t HashTableBytes(uint64_t entries) const;
  // Announces the table in the log and says whether one is wanted.
  bool BeginEarlyInit();
  // Puts the table into boot memory at `physical_address`, which nobody wrote
  // to. REQUIRES: `entries` is a power of two, the address aligned to 16.
  void UseHashTable(uint64_t physical_address, uint64_t entries);
  // The line that ends early init.
  void LogHashTable() const;

  // --- saving and fetching ---

  // The handle of the stack `frames`, innermost frame first, cut off after the
  // first frame in interrupt entry text; invalid when it cannot be stored.
  // May allocate from the page source, with a nested mask. Section 10.5.
  // REQUIRES: disabled, or UseHashTable() was called.
  // Kernel counterpart: stack_depot_save_flags().
  StackHandle Save(ExecutionContext& context,
                   absl::Span<const SimAddress> frames, Gfp gfp,
                   SaveFlags flags = SaveFlags::kCanAlloc);

  // Where the count of a record is, for those who change it often; null when
  // there is no such record. Good until the next RestoreState().
  // REQUIRES: profile().doubly_linked.
  int32_t* CountOf(StackHandle handle) const {
    const uint32_t pool = kCountedHandles.PoolIndex(handle);
    if (pool >= pool_contents_.size()) [[unlikely]] {
      return nullptr;
    }
    std::byte* record = pool_contents_[pool] + kCountedHandles.Offset(handle);
    return reinterpret_cast<int32_t*>(record + kRefcountOffset);
  }

  // The stored frames, innermost first, in place; they stay until the next
  // RestoreState(). Empty, with a warning in the log unless the handle is
  // invalid, when there is no such record. Section 10.6.
  // Kernel counterpart: stack_depot_fetch().
  absl::Span<const SimAddress> Fetch(StackHandle handle) const;

  // The count that a user of the depot may keep in a record, saturated at
  // first; 0 when there is no such record. Sums out of range saturate.
  // Kernel counterpart: __stack_depot_get_stack_record() and its count.
  int32_t Refcount(StackHandle handle) const;
  void SetRefcount(StackHandle handle, int32_t value);
  // Returns the sum.
  int32_t AddRefcount(StackHandle handle, int64_t change);

  // --- what it holds ---

  bool disabled() const { return options_.disabled; }
  const StackDepotProfile& profile() const { return options_.profile; }
  const State& state() const { return state_; }
  // Pools and spare, without the hash table.
  PageCount pages_held() const;
  // The file stackdepot/stats. Section 10.7.
  std::string StatsText() const;
  // Walks all of it.
  absl::Status Verify() const;

  // --- checkpoints ---

  // The simulated memory is saved and restored by its owner.
  State SaveState() const { return state_; }
  void RestoreState(const State& state);

 private:
  // A record in a pool: links, hash, number of frames, handle, count, frames.
  class Record;
  // Records with a count have handles of this layout.
  static constexpr HandleLayout kCountedHandles = kHandleLayout612;
  static constexpr size_t kRefcountOffset = 28;

  Record RecordAt(uint64_t address) const;
  // What the memo knows of a stack with that hash; invalid: nothing.
  StackHandle Recall(uint32_t key, absl::Span<const SimAddress> frames) const;
  absl::Span<const SimAddress> CutAtIrqEntry(
      absl::Span<const SimAddress> frames) const;
  std::byte* FindOrInsert(ExecutionContext& context,
                          absl::Span<const SimAddress> frames, Gfp gfp,
                          SaveFlags flags);
  std::byte* FindInBucket(uint32_t hash,
                          absl::Span<const SimAddress> frames) const;
  std::byte* Insert(uint32_t hash, absl::Span<const SimAddress> frames,
                    std::optional<Pfn>& preallocated);
  bool AdvanceToNextPool(std::optional<Pfn>& preallocated);
  // Adds at the head of the bucket.
  void Link(uint64_t bucket_address, uint64_t record_address);
  absl::Status VerifyBucket(uint64_t bucket, int64_t& count,
                            int64_t& bytes) const;
  absl::Status VerifyRecord(const Record& record, uint64_t address) const;

  // Null, and a warning where the kernel has one, when there is none.
  std::byte* RecordOf(StackHandle handle) const;
  uint32_t RecordBytes(size_t nr_frames) const;
  uint32_t PoolBytes() const;
  // Of a list head: one link or two.
  uint32_t BucketBytes() const {
    return options_.profile.doubly_linked ? 16 : 8;
  }
  uint64_t BucketAddress(uint32_t hash) const;
  // The host's address of a direct-map address.
  std::byte* Host(uint64_t address) const;
  uint64_t& LinkAt(uint64_t address) const {
    return *reinterpret_cast<uint64_t*>(Host(address));
  }

  PhysicalMemory& memory_;
  PageSource& source_;
  KernelLog& log_;
  StackDepotOptions options_;
  State state_;
  // Host addresses of the pools. A pure cache.
  std::vector<std::byte*> pool_contents_;
  // What FindInBucket() would find, by a faster hash of the frames. A pure
  // cache: every hit is compared with the record.
  StackMemo memo_;
};

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_STACK_DEPOT_H_
