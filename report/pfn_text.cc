#include "pagelab/report/pfn_text.h"

#include "fmt/format.h"

namespace pagelab {

std::string PfnText(Pfn pfn) { return fmt::format("{:#x}", pfn.value()); }

std::string BlockText(Pfn pfn, Order order) {
  return fmt::format("{:#x} of order {}", pfn.value(), order.value());
}

}  // namespace pagelab
