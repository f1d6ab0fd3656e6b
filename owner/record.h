#ifndef PAGELAB_OWNER_RECORD_H_
#define PAGELAB_OWNER_RECORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/migrate_reason.h"

namespace pagelab {

// What is kept of a page's last allocation and last free: the layout of 6.12,
// inside a page_ext entry. All zero: never allocated since tables exist.
// Kernel counterpart: struct page_owner (page-ext-owner-depot.md 3.1).
struct PageOwnerRecord {
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
  int32_t free_pid;
  int32_t free_tgid;

  // NUL-terminated in the record.
  std::string_view comm_text() const {
    return {comm.data(), ::strnlen(comm.data(), comm.size() - 1)};
  }
};

static_assert(sizeof(PageOwnerRecord) == 64);
static_assert(offsetof(PageOwnerRecord, order) == 0);
static_assert(offsetof(PageOwnerRecord, last_migrate_reason) == 2);
static_assert(offsetof(PageOwnerRecord, gfp_mask) == 4);
static_assert(offsetof(PageOwnerRecord, handle) == 8);
static_assert(offsetof(PageOwnerRecord, free_handle) == 12);
static_assert(offsetof(PageOwnerRecord, ts_nsec) == 16);
static_assert(offsetof(PageOwnerRecord, free_ts_nsec) == 24);
static_assert(offsetof(PageOwnerRecord, comm) == 32);
static_assert(offsetof(PageOwnerRecord, pid) == 48);
static_assert(offsetof(PageOwnerRecord, tgid) == 52);
static_assert(offsetof(PageOwnerRecord, free_pid) == 56);
static_assert(offsetof(PageOwnerRecord, free_tgid) == 60);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_RECORD_H_
