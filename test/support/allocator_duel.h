// Random traffic on the real allocator and on the reference one, compared
// after every step.

#ifndef PAGELAB_TEST_SUPPORT_ALLOCATOR_DUEL_H_
#define PAGELAB_TEST_SUPPORT_ALLOCATOR_DUEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/base/random.h"
#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {

// One step, as a value. What a field means depends on the kind; `number` picks
// a live block (modulo their number) or counts pages.
struct Operation {
  enum class Kind {
    kAlloc,
    kFree,
    kFreeFolios,
    kTakeReference,
    kSplit,
    kExact,
    kBulk,
    kSetLru,
    kDrainPages,
    kDrainAll,
    kVmstatUpdate,
    kReclaimActive,
    kPcpLocked,
    kUnreserve,
  };
  Kind kind = Kind::kAlloc;
  uint32_t gfp = 0;
  int order = 0;
  int cpu = 0;
  int node = -1;
  uint64_t number = 0;
};

// As C++, to paste into a test.
std::string ToString(const Operation& operation);

class AllocatorDuel {
 public:
  // Compares events, too, when asked to watch; the allocator takes shorter
  // ways when nobody does.
  enum class Watch { kNo, kYes };
  AllocatorDuel(TinyMachine& machine, Watch watch);

  // What kind of traffic to make up.
  struct Mood {
    // The part of steps that allocate.
    double greed = 0.5;
    // Orders above this are not asked for.
    int largest_order = kMaxPageOrder;
  };
  Operation Next(Random& random, const Mood& mood);
  // Does it on both sides. Returns the first difference between them, or the
  // first invariant that broke; empty if all is well.
  std::string Perform(const Operation& operation);
  // Gives every block back and empties the per-cpu lists.
  std::string FreeEverything();

  // What the traffic has met so far.
  struct Tally {
    int allocations = 0;
    int failures = 0;
    int whole_claims = 0;
    int claims = 0;
    int steals = 0;
    int drains = 0;
    int highatomic = 0;
    int boosts = 0;
    int cma = 0;
    Tally& operator+=(const Tally& other);
  };
  const Tally& tally() const { return tally_; }

 private:
  struct Live {
    uint64_t pfn;
    int order;
    int references = 1;
    bool compound = false;
  };

  uint32_t RandomGfp(Random& random);
  void Apply(const Operation& operation);
  void ApplyToBlock(const Operation& operation, size_t index);
  void ApplyToZone(const Operation& operation, Zone& zone);
  void Allocated(const Operation& operation, uint64_t found,
                 const ReferenceAllocator::Result& expected);
  void FreeOne(size_t index);
  void FreeFolios(size_t first, size_t count);
  void Split(size_t index, int new_order);
  void Exact(const Operation& operation);
  void Bulk(const Operation& operation);
  void SetLru(size_t first);
  void PutOnLru(uint64_t pfn);
  // Whether it was on a list.
  bool TakeOffLru(uint64_t pfn);
  void Unreserve(const Operation& operation);
  void Count(const std::string& event);
  Zone& ZoneFor(uint64_t number);
  void Remove(size_t index);

  TinyMachine& machine_;
  ReferenceAllocator model_;
  std::vector<Live> live_;
  Watch watch_;
  std::string difference_;
  Tally tally_;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_ALLOCATOR_DUEL_H_
