#ifndef PAGELAB_REPORT_PFN_TEXT_H_
#define PAGELAB_REPORT_PFN_TEXT_H_

#include <string>

#include "pagelab/alloc/types.h"

namespace pagelab {

// "0x40".
std::string PfnText(Pfn pfn);
// "0x40 of order 3".
std::string BlockText(Pfn pfn, Order order);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PFN_TEXT_H_
