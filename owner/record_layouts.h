// How kernel versions lay out what page_owner keeps of a page. Fields that a
// version does not have are absent from its layout, and the code that fills
// and reads records asks for fields, never for versions
// (page-ext-owner-depot.md 3.1; DESIGN.md decision 6).

#ifndef PAGELAB_OWNER_RECORD_LAYOUTS_H_
#define PAGELAB_OWNER_RECORD_LAYOUTS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/owner/record.h"

namespace pagelab {

// Frames that a record holds itself, before there was a stack depot.
inline constexpr size_t kInlineFrames = 8;

// 3.19: part of struct page_ext, behind its flags, with a whole struct
// stack_trace in it.
struct PageOwnerRecord319 {
  uint32_t order;
  uint32_t gfp_mask;
  uint32_t nr_entries;
  uint32_t max_entries;
  uint64_t entries;
  uint32_t skip;
  uint32_t unused;
  std::array<SimAddress, kInlineFrames> trace_entries;
};
static_assert(sizeof(PageOwnerRecord319) == 96);
static_assert(offsetof(PageOwnerRecord319, trace_entries) == 32);

// Without the embedded struct stack_trace.
struct PageOwnerRecord45 {
  uint32_t order;
  uint32_t gfp_mask;
  uint32_t nr_entries;
  uint32_t unused;
  std::array<SimAddress, kInlineFrames> trace_entries;
};
static_assert(sizeof(PageOwnerRecord45) == 80);

// 4.6: the reason of the last migration where the padding was.
struct PageOwnerRecord47 {
  uint32_t order;
  uint32_t gfp_mask;
  uint32_t nr_entries;
  int32_t last_migrate_reason;
  std::array<SimAddress, kInlineFrames> trace_entries;
};
static_assert(sizeof(PageOwnerRecord47) == 80);

// 4.8: the frames are in the stack depot.
struct PageOwnerRecord48 {
  uint32_t order;
  uint32_t gfp_mask;
  int32_t last_migrate_reason;
  uint32_t handle;
};
static_assert(sizeof(PageOwnerRecord48) == 16);

// 5.10: a record of its own behind struct page_ext; the stack of the free.
struct PageOwnerRecord510 {
  uint16_t order;
  int16_t last_migrate_reason;
  uint32_t gfp_mask;
  uint32_t handle;
  uint32_t free_handle;
};
static_assert(sizeof(PageOwnerRecord510) == 16);

// 5.18 to 6.7: times and tasks.
struct PageOwnerRecord63 {
  uint16_t order;
  int16_t last_migrate_reason;
  uint32_t gfp_mask;
  uint32_t handle;
  uint32_t free_handle;
  uint64_t ts_nsec;
  uint64_t free_ts_nsec;
  std::array<char, Task::kCommSize> comm;
  int32_t pid;
  int32_t tgid;
};
static_assert(sizeof(PageOwnerRecord63) == 56);

// 6.8: the task of the free.
using PageOwnerRecord612 = PageOwnerRecord;
static_assert(sizeof(PageOwnerRecord612) == 64);

template <class Record>
concept HoldsFrames = requires(Record record) {
  record.trace_entries;
};
template <class Record>
concept HasHandle = requires(Record record) {
  record.handle;
};
template <class Record>
concept HasFreeHandle = requires(Record record) {
  record.free_handle;
};
template <class Record>
concept HasMigrateReason = requires(Record record) {
  record.last_migrate_reason;
};
template <class Record>
concept HasTimes = requires(Record record) {
  record.free_ts_nsec;
};
template <class Record>
concept HasTask = requires(Record record) {
  record.comm;
};
template <class Record>
concept HasFreeTask = requires(Record record) {
  record.free_pid;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_RECORD_LAYOUTS_H_
