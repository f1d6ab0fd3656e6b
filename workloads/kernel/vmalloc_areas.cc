#include "pagelab/workloads/kernel/vmalloc_areas.h"

#include <utility>

#include "pagelab/workloads/kernel/driver_ways.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {

bool VmallocAreas::Alloc(Process& process, std::string_view name,
                         PageCount pages) {
  const auto blocks = world_.Enter(process, VmallocPath(),
                                   {.gfp = VmallocPath().gfp, .count = pages});
  if (blocks.empty()) return false;
  Area area;
  area.pages.reserve(blocks.size());
  for (const KernelRequest::Allocated& block : blocks) {
    world_.Adopt(process, block, FolioUse());
    area.pages.push_back(world_.machine().memory().PfnOf(block.page));
  }
  areas_.Add(name, std::move(area));
  return true;
}

bool VmallocAreas::Free(Process& process, std::string_view name, ItemPick pick,
                        Random& random) {
  const std::optional<Area> area = areas_.Take(name, pick, random);
  if (!area.has_value()) return false;
  ExecutionContext context = world_.ContextOf(process);
  for (const Pfn page : area->pages) world_.Release(context, page);
  return true;
}

}  // namespace pagelab
