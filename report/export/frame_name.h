#ifndef PAGELAB_REPORT_EXPORT_FRAME_NAME_H_
#define PAGELAB_REPORT_EXPORT_FRAME_NAME_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "pagelab/alloc/types.h"
#include "pagelab/owner/dump/group_counter.h"
#include "pagelab/owner/own_frame.h"
#include "pagelab/report/export/export_formats.h"
#include "pagelab/report/export/json_text.h"

namespace pagelab {

// Of records without a stack.
inline constexpr std::string_view kNoStack = "(no stack)";

// "drv_poll [drv]" of "drv_poll+0x61/0x110 [drv]"; "handle: 42" as it is.
inline std::string FrameName(std::string_view frame) {
  if (frame.starts_with("handle: ")) return Utf8Of(frame);
  return Utf8Of(FunctionOf(frame));
}

inline uint64_t AmountOf(const GroupCount& count, StackUnit unit) {
  switch (unit) {
    case StackUnit::kPages:
      return count.pages;
    case StackUnit::kAllocations:
      return count.records;
    case StackUnit::kBytes:
      return count.pages * kPageSize;
  }
  return 0;
}

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPORT_FRAME_NAME_H_
