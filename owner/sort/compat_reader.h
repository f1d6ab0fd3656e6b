#ifndef PAGELAB_OWNER_SORT_COMPAT_READER_H_
#define PAGELAB_OWNER_SORT_COMPAT_READER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pagelab/owner/dump/scan_dump.h"
#include "pagelab/owner/sort/compat_fields.h"
#include "pagelab/owner/sort/group_table.h"

namespace pagelab {

// What a reader has come across.
struct CompatCounts {
  // Blocks that the filters let through.
  uint64_t stored = 0;
  // Whether there was any, and where the last ones were.
  bool any = false;
  uint64_t last_position = 0;
  uint64_t last_stored_position = 0;

  void Add(uint64_t position, bool is_stored) {
    any = true;
    last_position = position;
    if (!is_stored) return;
    ++stored;
    last_stored_position = position;
  }
};

// Reads pieces of a dump as the kernel's tool reads a whole one
// (page-owner-sort.md 2.1), as long as that can be told from the piece: the
// tool's buffer is limited, and it takes the PFN line of the block before for
// that of a block which has none. Where it cannot, OrderedReader must read all
// of it. Thread-compatible.
class CompatReader : public PieceReader {
 public:
  // Once `*gave_up` is set, by this reader or another, nothing more is read.
  CompatReader(const SortPlan& plan, std::atomic<bool>& gave_up);

  size_t Take(std::string_view text, uint64_t offset, bool last) override;

  GroupTable& table() { return table_; }
  const CompatCounts& counts() const { return counts_; }

 private:
  // Reads the block at `at`, which begins `offset` bytes behind the beginning
  // of the input, and returns what is behind it; null if it does not end.
  const char* ReadBlock(const char* at, const char* end, uint64_t offset);
  const char* ReadOddBlock(const char* at, const char* end, uint64_t offset);
  // Where the lines behind the PFN line end; null for what ReadOddBlock() must
  // see. `whole` is false if that is behind `end`.
  const char* EndOfRest(const char* at, const char* end, bool& whole);
  void Add(const CompatBlock& block);
  size_t GiveUp(size_t taken);

  GroupTable table_;
  CompatFields fields_;
  CompatCounts counts_;
  std::atomic<bool>& gave_up_;
  uint64_t next_offset_ = 0;
  // What the last PFN line told; nothing if that is in another piece.
  std::optional<AllocatorBits> pfn_bits_ = 0;
  const bool reads_pfn_;
  // The lines of the last block that was as it should be.
  std::string last_rest_;
  std::string head_;
  std::string rest_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_COMPAT_READER_H_
