#ifndef PAGELAB_OWNER_SORT_RECORD_BLOCKS_H_
#define PAGELAB_OWNER_SORT_RECORD_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pagelab/owner/dump/record_reader.h"
#include "pagelab/owner/sort/group_table.h"
#include "pagelab/owner/sort/sort_plan.h"

namespace pagelab {

// Puts the records of dumps into groups. Thread-compatible.
class RecordBlocks : public RecordReader {
 public:
  explicit RecordBlocks(const SortPlan& plan);

  // The next input begins so many bytes behind the beginning of the first.
  void StartInput(uint64_t base) { base_ = base; }
  size_t Take(std::string_view text, uint64_t offset, bool last) override;

  GroupTable& table() { return table_; }

 protected:
  void OnRecord(const DumpRecord& record) override;

 private:
  bool Passes(const SortBlock& block) const;
  void SetHead(const DumpRecord& record, SortBlock& block);
  void SetRest(const DumpRecord& record, SortBlock& block);

  GroupTable table_;
  const SortPlan& plan_;
  const bool needs_text_;
  const bool needs_rest_;
  const bool needs_allocator_;
  uint64_t base_ = 0;
  // The piece that is being read, and where it is in the input.
  const char* piece_ = nullptr;
  uint64_t piece_offset_ = 0;
  // Of a record that was put together from its lines.
  std::string head_;
  std::string rest_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_RECORD_BLOCKS_H_
