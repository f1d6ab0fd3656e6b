#ifndef PAGELAB_WORKLOADS_EXACT_RECORDING_BUILDER_H_
#define PAGELAB_WORKLOADS_EXACT_RECORDING_BUILDER_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "pagelab/workloads/exact/recording.h"
#include "pagelab/workloads/trace/event.h"

namespace pagelab {

// Turns trace entries into spooled ones and ties together those that belong
// together.
class RecordingBuilder {
 public:
  // Both outlive it.
  RecordingBuilder(Recording& recording, const RecordingBounds& bounds);

  absl::Status Add(const TraceEvent& event);

 private:
  // The block a context took last, and the frees of its upper end that
  // follow: alloc_pages_exact() if they reach its end.
  struct Tail {
    RecordedContext context;
    uint64_t end = 0;
    uint64_t next = 0;
    uint64_t begin = 0;
    std::vector<uint64_t> frees;
  };
  struct Cpu {
    Tail tail;
    // Entries that wait for the next one of their context.
    std::optional<std::pair<RecordedContext, uint64_t>> compaction_free;
    std::optional<std::pair<RecordedContext, uint64_t>> isolate;
  };

  bool NoteMarker(const TraceEvent& event);
  bool Translate(const TraceEvent& event, RecordedEvent& out);
  bool TranslateOther(const TraceEvent& event, RecordedEvent& out);
  bool TranslateProbe(const TraceEvent& event, RecordedEvent& out);
  bool IsPossible(const RecordedEvent& event);
  bool IsInZone(PfnRange block);
  void NoteZone(uint64_t address, bool visited);
  void NoteKswapd(int32_t pid);
  void EndKswapdPass(int32_t pid);
  void LinkFree(RecordedEvent& event, uint64_t index);
  bool LinkBatched(RecordedEvent& event, uint64_t index);
  void NoteTail(const RecordedEvent& event, uint64_t index);
  uint64_t FrameOfStructPage(uint64_t address) const {
    return (address - bounds_.vmemmap) / bounds_.sizeof_struct_page;
  }
  Cpu& CpuOf(const RecordedEvent& event) {
    if (event.cpu >= cpus_.size()) cpus_.resize(event.cpu + size_t{1});
    return cpus_[event.cpu];
  }

  Recording& recording_;
  const RecordingBounds& bounds_;
  bool over_ = false;
  // Of the entry before: nearly always that of the next, too.
  PfnRange last_zone_;
  // By frame: one more than the index of its last free that has no batched
  // event yet; the low half is enough to tell how far back it is.
  std::vector<uint32_t> last_free_;
  std::vector<Cpu> cpus_;
  // Last entry of each kswapd, while a pass is open.
  absl::flat_hash_map<int32_t, uint64_t> kswapd_;
  // Those that were seen to wake or sleep.
  absl::flat_hash_set<int32_t> known_kswapd_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_RECORDING_BUILDER_H_
