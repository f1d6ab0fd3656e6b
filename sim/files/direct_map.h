#ifndef PAGELAB_SIM_FILES_DIRECT_MAP_H_
#define PAGELAB_SIM_FILES_DIRECT_MAP_H_

#include "absl/types/span.h"
#include "pagelab/sim/files/file_inputs.h"
#include "pagelab/sim/machine_config.h"

namespace pagelab {

// Which pages the direct map may be made of. debug_pagealloc=on has 4 KiB pages
// only, so that each can be unmapped alone.
enum class DirectMapPages : uint8_t { kAllSizes, kSmallOnly };

// How the kernel maps usable memory at boot: 4 KiB pages below 2 MiB and at
// the ends of ranges, else the largest pages that fit and are allowed.
//
// Differs from Linux: a running kernel splits some of them later, to protect
// its own text; those splits are not simulated.
DirectMapSizes DirectMapOf(absl::Span<const FirmwareRange> memory_map,
                           DirectMapPages pages = DirectMapPages::kAllSizes);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_DIRECT_MAP_H_
