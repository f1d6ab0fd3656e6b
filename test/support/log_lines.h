#ifndef PAGELAB_TEST_SUPPORT_LOG_LINES_H_
#define PAGELAB_TEST_SUPPORT_LOG_LINES_H_

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/kernel_log.h"

namespace pagelab {

// A kernel log that is kept.
class LogLines : public KernelLog {
 public:
  void Printk(std::string_view line) override { lines.emplace_back(line); }
  // How many lines contain `text`.
  size_t Count(std::string_view text) const {
    size_t count = 0;
    for (const std::string& line : lines) {
      count += line.find(text) != std::string::npos ? 1 : 0;
    }
    return count;
  }
  std::vector<std::string> lines;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_LOG_LINES_H_
