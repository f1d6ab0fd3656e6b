#include "pagelab/sim/files/extfrag.h"

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

std::string IndexOf(const AllocatorState& state) {
  std::string text;
  AppendExtfragIndex(state, text);
  return text;
}

std::string UnusableOf(const AllocatorState& state) {
  std::string text;
  AppendUnusableIndex(state, text);
  return text;
}

void SetFree(TinyKernel& kernel, int order, uint64_t blocks) {
  Zone& zone = kernel.state.zones[Index(ZoneType::kDma32)];
  zone.free_area[static_cast<size_t>(order)].nr_free = blocks;
}

TEST_CASE("Extfrag: both files in the kernel's format", "[sim][files]") {
  TinyKernel kernel;
  for (int order = 0; order < kNrPageOrders; ++order) SetFree(kernel, order, 0);
  SetFree(kernel, 0, 4);
  SetFree(kernel, 1, 2);
  SetFree(kernel, 3, 1);
  CHECK(IndexOf(kernel.state) ==
        "Node 0, zone    DMA32 -1.000 -1.000 -1.000 -1.000  0.715  0.786  0.822"
        "  0.840  0.849  0.853  0.855 \n");
  CHECK(UnusableOf(kernel.state) ==
        "Node 0, zone    DMA32 0.000 0.250 0.500 0.500 1.000 1.000 1.000 1.000 "
        "1.000 1.000 1.000 \n");
}

TEST_CASE("Extfrag: nothing free, and the sign behind the point",
          "[sim][files]") {
  TinyKernel kernel;
  for (int order = 0; order < kNrPageOrders; ++order) SetFree(kernel, order, 0);
  CHECK(IndexOf(kernel.state) ==
        "Node 0, zone    DMA32  0.000  0.000  0.000  0.000  0.000  0.000  0.000"
        "  0.000  0.000  0.000  0.000 \n");
  CHECK(UnusableOf(kernel.state) ==
        "Node 0, zone    DMA32 1.000 1.000 1.000 1.000 1.000 1.000 1.000 1.000 "
        "1.000 1.000 1.000 \n");
  // The kernel divides a negative number and prints both parts.
  SetFree(kernel, 8, 1);
  CHECK(IndexOf(kernel.state) ==
        "Node 0, zone    DMA32 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000"
        " -1.000 -1.000  0.-500  0.-250 \n");
}

}  // namespace
}  // namespace pagelab
