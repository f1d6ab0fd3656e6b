#ifndef PAGELAB_REPORT_SOURCE_EVENT_STACKS_H_
#define PAGELAB_REPORT_SOURCE_EVENT_STACKS_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/report/source/event_source.h"
#include "pagelab/sim/machine.h"
#include "pagelab/stackdepot/host_stack.h"
#include "pagelab/stackdepot/symbol_table.h"

namespace pagelab {

// Addresses by name, each looked up once.
class FrameNames {
 public:
  // `symbols` outlives it and only grows.
  explicit FrameNames(const SymbolTable& symbols) : symbols_(symbols) {}

  // Good until the next call.
  EventFrames NamesOf(absl::Span<const SimAddress> frames);

 private:
  const SymbolTable& symbols_;
  // Values stay where they are. Looked up, never walked.
  absl::flat_hash_map<SimAddress, std::unique_ptr<std::string>> names_;
  std::vector<std::string_view> stack_;
};

// Who asked, at an event of a running machine. For one pass: a machine that is
// put back may give its addresses to others.
class EventStacks {
 public:
  explicit EventStacks(Machine& machine)
      : machine_(machine), names_(machine.symbols()) {}

  // For use inside an EventVisitor: walks the caller's stack.
  absl::StatusOr<EventFrames> FramesOf(const ExecutionContext& context);

 private:
  Machine& machine_;
  FrameNames names_;
  // Made at the first event that needs it.
  std::optional<HostStackTranslator> translator_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_EVENT_STACKS_H_
