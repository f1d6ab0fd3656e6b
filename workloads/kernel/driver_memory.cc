#include "pagelab/workloads/kernel/driver_memory.h"

#include "pagelab/workloads/kernel/world.h"

namespace pagelab {

bool DriverMemory::Alloc(Process& process, std::string_view name,
                         const Wish& wish) {
  const auto blocks =
      world_.Enter(process, *wish.path,
                   {.gfp = wish.gfp, .order = wish.order, .count = wish.count});
  if (blocks.empty()) return false;
  for (const KernelRequest::Allocated& block : blocks) {
    world_.Adopt(process, block, FolioUse());
  }
  pieces_.Add(name, {.head = world_.machine().memory().PfnOf(blocks[0].page),
                     .blocks = blocks.size()});
  return true;
}

bool DriverMemory::Free(Process& process, std::string_view name, ItemPick pick,
                        Random& random) {
  const std::optional<Piece> piece = pieces_.Take(name, pick, random);
  if (!piece.has_value()) return false;
  ExecutionContext context = world_.ContextOf(process);
  for (uint64_t i = 0; i < piece->blocks; ++i) {
    world_.Release(context, piece->head + PageCount(i));
  }
  return true;
}

}  // namespace pagelab
