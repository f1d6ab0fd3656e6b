#ifndef PAGELAB_SIM_KERNEL_CLOCK_H_
#define PAGELAB_SIM_KERNEL_CLOCK_H_

#include "pagelab/alloc/types.h"

namespace pagelab {

// Simulated time since boot. Moves only when somebody moves it.
class KernelClock {
 public:
  Nanoseconds now() const { return now_; }
  void Advance(Nanoseconds by) { now_ += by; }
  // Never backwards: an earlier `when` changes nothing.
  void AdvanceTo(Nanoseconds when) {
    if (when > now_) now_ = when;
  }

 private:
  Nanoseconds now_;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_KERNEL_CLOCK_H_
