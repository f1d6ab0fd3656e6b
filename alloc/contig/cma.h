#ifndef PAGELAB_ALLOC_CONTIG_CMA_H_
#define PAGELAB_ALLOC_CONTIG_CMA_H_

#include <string>
#include <vector>

#include "pagelab/alloc/contig/contig_range.h"
#include "pagelab/alloc/report_limits.h"

namespace pagelab {

// The outcome of CmaArea::Alloc().
struct CmaResult {
  // kNoMemory: no hole was large enough.
  ContigError error = ContigError::kNone;
  // Of the frames, where there is no error.
  Pfn begin{};
  // The frame that stayed at the last place that was tried, if one did.
  std::optional<Pfn> blocker{};

  bool ok() const { return error == ContigError::kNone; }
};

// Memory that was set apart at boot for those who need it in one piece. Until
// they come, movable pages have it: page-allocator.md 16.4.
//
//  C1  The frames that a bit is set for belong to whoever asked the area.
//
// Thread-compatible. Kernel counterpart: struct cma, mm/cma.c.
class CmaArea {
 public:
  struct Description {
    std::string name;
    // Whole pageblocks of one zone.
    PfnRange frames;
  };

  CmaArea(PageAllocator& allocator, Description description);

  // Gives the reserved frames to the page allocator, a pageblock at a time, as
  // pageblocks of CMA. Kernel counterpart: cma_activate_area(),
  // init_cma_reserved_pageblock().
  void Activate(ExecutionContext& context);

  // Takes `count` frames at the first place of the alignment that is not taken
  // and can be emptied. Counts cma_alloc_success or cma_alloc_fail; a failure
  // goes to the kernel's log. Kernel counterpart: cma_alloc().
  CmaResult Alloc(ExecutionContext& context, PageCount count,
                  Order align = Order(0));

  // Gives frames of Alloc() back. False, and nothing happens, where not all of
  // them are taken. Kernel counterpart: cma_release().
  bool Release(ExecutionContext& context, PfnRange frames);

  const std::string& name() const { return description_.name; }
  PfnRange frames() const { return description_.frames; }
  PageCount used() const;

  // What running changes.
  struct State {
    // A bit for each frame.
    std::vector<bool> taken;
    ReportLimit report_limit;
  };
  const State& Save() const { return state_; }
  void Restore(const State& state) { state_ = state; }

 private:
  // The first hole of the size from bit `start` on, or the number of bits.
  size_t FindHole(size_t start, size_t count, size_t align) const;
  void Mark(size_t begin, size_t count, bool taken);
  void ReportFailure(const ExecutionContext& context, PageCount count,
                     ContigError error);

  PageAllocator& allocator_;
  Description description_;
  State state_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_CONTIG_CMA_H_
