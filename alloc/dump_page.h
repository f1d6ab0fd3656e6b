#ifndef PAGELAB_ALLOC_DUMP_PAGE_H_
#define PAGELAB_ALLOC_DUMP_PAGE_H_

#include <string>
#include <string_view>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// Why a free was refused, in the words of the kernel's checks
// (text-formats.md 13).
namespace bad_page_reason {
// The frame is free already, or is not the first one of its block: nobody
// holds a reference to it, and the free took one.
inline constexpr std::string_view kNonzeroRefcount = "nonzero _refcount";
// A flag that no page may have when it is freed, such as reserved.
inline constexpr std::string_view kFlagsAtFree =
    "PAGE_FLAGS_CHECK_AT_FREE flag(s) set";
// Differs from Linux: a debug build of the kernel finds a wrong order of a
// compound page, in these words; here it is found for every block.
inline constexpr std::string_view kWrongOrder =
    "VM_BUG_ON_PAGE(compound && compound_order(page) != order)";
}  // namespace bad_page_reason

// What the descriptor of a frame says: whole lines, each ending in a newline.
// Without "page dumped because" when `reason` is empty. What attached hooks
// know of the frame comes last.
//
// Differs from Linux: the simulation has no list pointers that a kernel could
// have; free frames show the poison that a frame off all lists has.
//
// Kernel counterpart: dump_page().
std::string DumpPage(const AllocatorState& state, Pfn pfn,
                     std::string_view reason);

// Prints whole lines, such as those of DumpPage().
void PrintLines(KernelLog& log, std::string_view text);
// Prints it to the kernel log; nothing where there is none.
void LogPage(AllocatorState& state, Pfn pfn, std::string_view reason);

// Prints "BUG: Bad page state" and the dump to the kernel log: `context` freed
// `pfn`, and the free was refused. Called before the block changes. At most 60
// reports a minute.
//
// Differs from Linux: no call trace, the allocator knows no symbols.
//
// Kernel counterpart: bad_page().
void ReportBadPage(AllocatorState& state, const ExecutionContext& context,
                   Pfn pfn, std::string_view reason);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_DUMP_PAGE_H_
