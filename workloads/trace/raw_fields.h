// The fields of kmem events as numbers, the way the kernel records them
// (page-allocator.md 19). Internal to the readers.

#ifndef PAGELAB_WORKLOADS_TRACE_RAW_FIELDS_H_
#define PAGELAB_WORKLOADS_TRACE_RAW_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "pagelab/workloads/trace/event.h"

namespace pagelab {

// Frames that x86-64 can address: 52 bits of physical address.
inline constexpr uint64_t kMaxTracePfn = uint64_t{1} << (52 - kPageShift);
// More than any build has; the numbers are the recording kernel's.
inline constexpr uint64_t kMaxTraceMigratetype = 15;

// Where the recording does not tell: x86-64 with huge pages, which is what is
// simulated.
inline constexpr Order kDefaultPageblockOrder(9);

enum class RawField : uint8_t {
  kPfn,
  kOrder,
  kGfpFlags,
  kMigratetype,
  kPercpuRefill,
  kAllocOrder,
  kFallbackOrder,
  kAllocMigratetype,
  kFallbackMigratetype,
  kChangeOwnership,
  kStart,
  kEnd,
  kNrMigrated,
  kNrReclaimed,
  kNrMapped,
};
inline constexpr int kNrRawFields = 15;

// Empty for a field that is none of these.
std::optional<RawField> RawFieldOf(std::string_view name);
// As the kernel calls it.
std::string_view ToString(RawField field);

// One bit for each field.
class RawFieldSet {
 public:
  void Add(RawField field) { bits_ |= 1u << static_cast<int>(field); }
  bool Has(RawField field) const {
    return (bits_ >> static_cast<int>(field) & 1) != 0;
  }
  // The first field that `event` cannot do without and that is not in here.
  std::optional<RawField> MissingFor(TraceEventKind event) const;

 private:
  uint32_t bits_ = 0;
};

// Gives `event` the field's value. What is wrong with it, or null.
const char* SetRawField(RawField field, uint64_t value, TraceEvent& event);

// What the kernel computes when it prints: the rest of an event whose fields
// are set. `pageblock_order` is no field either.
void FinishRawEvent(Order pageblock_order, TraceEvent& event);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_RAW_FIELDS_H_
