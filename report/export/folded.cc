// Folded stacks, as flamegraph.pl and others take them.

#include <algorithm>
#include <map>
#include <string>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/own_frame.h"
#include "pagelab/report/export/export_formats.h"
#include "pagelab/report/export/frame_name.h"
#include "pagelab/report/export/owner_stacks.h"

namespace pagelab {

absl::Status ExportFolded(const MemoryPicture& picture,
                          const ExportOptions& options, OutputStream& out) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<OwnerStack> stacks,
                           SumOwnerStacks(picture, {}));
  Redactor redactor(options.redaction);
  // Stacks that differ in offsets only are one here. Sorted, as stackcollapse
  // scripts leave them.
  std::map<std::string, uint64_t> lines;
  for (const OwnerStack& stack : stacks) {
    std::string line;
    for (const std::string& frame : stack.frames) {
      if (!line.empty()) line += ';';
      std::string name = FrameName(redactor.Frame(frame));
      std::replace(name.begin(), name.end(), ';', ':');
      line += name;
    }
    if (line.empty()) line = kNoStack;
    lines[line] += AmountOf(stack.count, options.unit);
  }
  for (const auto& [line, amount] : lines) {
    out.Append(line + " " + std::to_string(amount) + "\n");
  }
  return out.status();
}

}  // namespace pagelab
