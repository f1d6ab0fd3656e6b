#ifndef PAGELAB_SIM_DMESG_H_
#define PAGELAB_SIM_DMESG_H_

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/kernel_log.h"
#include "pagelab/sim/kernel_clock.h"

namespace pagelab {

// The simulated kernel's log, as `dmesg` shows it: "[    1.234567] text".
class Dmesg final : public KernelLog {
 public:
  // The clock outlives the log.
  explicit Dmesg(const KernelClock& clock) : clock_(clock) {}

  void Printk(std::string_view line) override;

  // Oldest first, without newlines.
  const std::vector<std::string>& lines() const { return lines_; }
  // All lines, each with its newline.
  std::string text() const;

  // What was printed so far, to come back to.
  using Checkpoint = std::vector<std::string>;
  Checkpoint Save() const { return lines_; }
  void Restore(const Checkpoint& checkpoint) { lines_ = checkpoint; }

 private:
  const KernelClock& clock_;
  std::vector<std::string> lines_;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_DMESG_H_
