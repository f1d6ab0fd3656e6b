#ifndef PAGELAB_OWNER_DUMP_WRITER_H_
#define PAGELAB_OWNER_DUMP_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/owner/memcg_line.h"
#include "pagelab/owner/owner_walk.h"
#include "pagelab/owner/page_owner.h"
#include "pagelab/owner/record_formatter.h"

namespace pagelab {

// The page_owner file of a machine, in the text of its kernel version: record
// by record as the kernel's read() gives it, or all of it at once. The text of
// a stack is made once.
//
// The text that is cached belongs to the stack depot's handles: a writer must
// not outlive a restored checkpoint. Thread-compatible.
//
// Kernel counterpart: read_page_owner() (page-ext-owner-depot.md 6).
class DumpWriter {
 public:
  // All outlive it. Without `memcgs`, records say nothing of charges.
  DumpWriter(const PageOwner& owner, const PageFlagsLayout& flags_layout,
             const MemcgSource* memcgs = nullptr);

  // One read() at `position`, a pfn: the bytes of the first record at or after
  // it, 0 when there is none. Position 0 is the first pfn of memory, from
  // which on versions that cannot seek count. Moves `position` past the
  // record's first page, also when the record does not fit, and leaves it at
  // the end. InvalidArgument, as EINVAL: tracking is off. ResourceExhausted,
  // as ENOMEM: the buffer, or a page, has not room for the record and one
  // byte.
  absl::StatusOr<size_t> ReadRecord(uint64_t& position,
                                    absl::Span<char> buffer);

  // What reads into a large buffer give, one after the other, leaving out
  // records that no buffer can hold.
  absl::Status Write(OutputStream& out);

 private:
  struct TextRange {
    size_t begin = 0;
    size_t size = 0;
  };

  absl::Status CheckInited() const;
  Pfn StartOf(uint64_t position) const;
  uint64_t PositionOf(Pfn pfn) const;
  uint64_t FlagsWordOf(const Page& page, const Zone& zone) const;
  RecordText TextOf(const OwnerWalk::Item& item);
  std::string_view StackText(const OwnerWalk::Item& item);

  const PageOwner& owner_;
  const OwnerTextProfile& profile_;
  const MemcgSource* memcgs_;
  PageFlagsLayout flags_layout_;
  RecordFormatter formatter_;
  std::string stack_text_;
  // Of one record that holds its frames itself.
  std::string inline_text_;
  // Of the record at hand.
  std::string memcg_line_;
  absl::flat_hash_map<uint32_t, TextRange> stacks_;
};

// page_owner_stacks/show_stacks: the stacks with at least the threshold's
// number of base pages, latest first (7.2).
absl::Status WriteShowStacks(const PageOwner& owner, OutputStream& out);

// page_owner_stacks/show_handles and show_stacks_handles, of mainline from late
// 2025 on: the pages by handle, and what each handle stands for.
absl::Status WriteShowHandles(const PageOwner& owner, OutputStream& out);
absl::Status WriteShowStacksHandles(const PageOwner& owner, OutputStream& out);

// page_owner_stacks/count_threshold (7.3). Reading gives no newline. Writing
// takes the first 23 bytes as the kernel reads a number: decimal, octal after
// 0, hexadecimal after 0x, perhaps a plus before it and a newline behind;
// InvalidArgument, as EINVAL, for anything else, and as ERANGE for what has
// more than 64 bits.
// Kernel counterpart: simple_attr_write().
std::string ReadCountThreshold(const PageOwner& owner);
absl::Status WriteCountThreshold(PageOwner& owner, std::string_view text);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_WRITER_H_
