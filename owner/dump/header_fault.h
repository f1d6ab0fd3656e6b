#ifndef PAGELAB_OWNER_DUMP_HEADER_FAULT_H_
#define PAGELAB_OWNER_DUMP_HEADER_FAULT_H_

#include <string>
#include <string_view>

namespace pagelab {

// Why ParseRecordHeader() or ParseReportHeader() refuses a line, where a number
// is too large: "order 255 is above 20", "pid 4294967295 is no 32-bit number";
// empty if it is anything else.
std::string HeaderFault(std::string_view line);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_HEADER_FAULT_H_
