#include "pagelab/sim/files/buddyinfo.h"

#include <fmt/format.h>

#include <iterator>

#include "pagelab/base/text.h"

namespace pagelab {

void AppendBuddyinfo(const AllocatorState& state, std::string& out) {
  for (const Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    fmt::format_to(std::back_inserter(out), "Node {}, zone {:>8} ",
                   zone.node.value(), ToString(zone.type));
    for (const FreeArea& area : zone.free_area) {
      AppendPadded(out, area.nr_free, 6);
      out += ' ';
    }
    out += '\n';
  }
}

}  // namespace pagelab
