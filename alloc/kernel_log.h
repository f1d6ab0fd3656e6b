#ifndef PAGELAB_ALLOC_KERNEL_LOG_H_
#define PAGELAB_ALLOC_KERNEL_LOG_H_

#include <string_view>

namespace pagelab {

// Where the simulated kernel prints. The machine puts its time stamp in front.
class KernelLog {
 public:
  virtual ~KernelLog() = default;
  // One line, without a newline.
  virtual void Printk(std::string_view line) = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_KERNEL_LOG_H_
