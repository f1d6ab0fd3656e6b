#include "pagelab/sim/dmesg.h"

#include <utility>

#include "pagelab/base/text.h"

namespace pagelab {

void Dmesg::Printk(std::string_view line) {
  const uint64_t now = clock_.now().value();
  std::string text = "[";
  AppendPadded(text, now / 1'000'000'000, 5);
  text += '.';
  AppendZeroPadded(text, now % 1'000'000'000 / 1000, 6);
  text += "] ";
  text += line;
  lines_.push_back(std::move(text));
}

std::string Dmesg::text() const {
  std::string text;
  for (const std::string& line : lines_) {
    text += line;
    text += '\n';
  }
  return text;
}

}  // namespace pagelab
