#include "pagelab/alloc/execution_context.h"

#include <algorithm>
#include <cstring>

namespace pagelab {

std::string_view Task::comm_text() const {
  return {comm.data(), ::strnlen(comm.data(), kCommSize - 1)};
}

void Task::set_comm(std::string_view text) {
  const size_t length = std::min(text.size(), kCommSize - 1);
  comm.fill('\0');
  std::copy_n(text.begin(), length, comm.begin());
}

}  // namespace pagelab
