#include "pagelab/workloads/replay/frame_map.h"

#include "pagelab/base/check.h"

namespace pagelab {

void FrameMap::AddChunk(uint64_t chunk) {
  if (chunk >= chunks_.size()) chunks_.resize(chunk + 1);
  // Zero is kUnseen, and pages of it that nobody looks at cost nothing.
  void* memory = std::calloc(kChunkFrames, sizeof(FrameEntry));
  PAGELAB_CHECK(memory != nullptr);
  chunks_[chunk].reset(static_cast<FrameEntry*>(memory));
}

}  // namespace pagelab
