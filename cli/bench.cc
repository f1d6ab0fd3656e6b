// pagelab bench: measurements, and what they say.

#include "pagelab/cli/bench_commands.h"

namespace pagelab {

void AddBenchCommands(CommandSet& commands) {
  CommandSet& bench = commands.AddGroup(
      {.name = "bench",
       .summary = "Measure the allocator and page_owner on this machine",
       .examples = "  pagelab bench hotpath        # what two branches cost\n"
                   "  pagelab bench scale          # 1 GiB to 1 TiB\n"
                   "  pagelab bench list           # every benchmark\n"
                   "  pagelab bench run Pair -o a.json\n"
                   "  pagelab bench compare a.json b.json\n"});
  AddBenchHotpathCommand(bench);
  AddBenchScaleCommand(bench);
  AddBenchListCommand(bench);
  AddBenchRunCommand(bench);
  AddBenchCompareCommand(bench);
}

}  // namespace pagelab
