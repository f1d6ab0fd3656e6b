#ifndef PAGELAB_PAGEEXT_CODE_TAG_H_
#define PAGELAB_PAGEEXT_CODE_TAG_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"

namespace pagelab {

// A place in the source that allocates. Kernel counterpart: struct codetag.
struct CodeTag {
  std::string file;
  uint32_t line = 0;
  // Empty: the kernel itself.
  std::string module;
  std::string function;
};

// Who knows the calls by which memory is asked for, and where in the source
// they are.
class CallSites {
 public:
  virtual ~CallSites() = default;
  // The calls that lead to the allocator, innermost first; how many of them.
  virtual size_t CallsOf(const ExecutionContext& context,
                         absl::Span<SimAddress> calls) const = 0;
  // Nothing where the call is inside a helper that is counted for its caller.
  virtual std::optional<CodeTag> TagOf(SimAddress call) const = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_CODE_TAG_H_
