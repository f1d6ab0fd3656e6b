#include "pagelab/workloads/trace_owners/recorded_frames.h"

#include "pagelab/base/check.h"

namespace pagelab {

void RecordedFrames::AddChunk(uint64_t index) {
  if (index >= chunks_.size()) chunks_.resize(index + 1);
  // Zeroed by the operating system, page by page when it is touched.
  Chunk& chunk = chunks_[index];
  chunk.codes.reset(
      static_cast<FrameCode*>(std::calloc(kChunkFrames, sizeof(FrameCode))));
  chunk.records.reset(static_cast<FrameRecord*>(
      std::calloc(kChunkFrames, sizeof(FrameRecord))));
  PAGELAB_CHECK(chunk.codes != nullptr && chunk.records != nullptr);
}

}  // namespace pagelab
