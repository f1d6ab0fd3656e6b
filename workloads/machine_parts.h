// The field tables of the parts of a machine file; for the language code only.

#ifndef PAGELAB_WORKLOADS_MACHINE_PARTS_H_
#define PAGELAB_WORKLOADS_MACHINE_PARTS_H_

#include <cstddef>
#include <cstdint>

#include "pagelab/alloc/policy.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/language/field_types.h"

namespace pagelab {

// NR_CPUS of distribution kernels is higher; nobody looks at more here.
inline constexpr int64_t kMaxMachineCpus = 1024;
// A zone's number has 8 bits: 64 nodes of 4 zones.
inline constexpr size_t kMaxMachineNodes = 64;
// MAX_PHYSMEM_BITS with four levels of page tables (page-allocator.md 2.1).
inline constexpr uint64_t kMaxMachineAddress = uint64_t{1} << 46;

const ObjectTable<FirmwareRange>& FirmwareRangeTable();
const ObjectTable<AddressRange>& NodeRangeTable();
const ObjectTable<AddressRange>& HotplugRangeTable();
const ObjectTable<NodeConfig>& NodeTable();
const ObjectTable<MemoryGeometry>& GeometryTable();
const ObjectTable<AllocatorPolicy>& PolicyTable();
const ObjectTable<PageFlagsLayout>& PageFlagsTable();
const ObjectTable<BootReservation>& ReservationTable();
const ObjectTable<EarlyAllocation>& EarlyAllocationTable();
const ObjectTable<BootFree>& BootFreeTable();

struct RangeFieldText {
  const char* name;
  const char* doc;
  const char* example;
};
inline constexpr RangeFieldText kRangeBegin = {"begin", "The first byte.",
                                               "\"0x100000\""};
inline constexpr RangeFieldText kRangeEnd = {
    "end",
    "One past the last byte (the kernel's log prints the last byte itself).",
    "\"0x7ffe0000\""};

// "begin" and "end" are a range that exists.
void CheckRange(const JsonValue& object, const AddressRange& range,
                Reader& reader);

// Adds the fields "begin" and "end".
template <class T>
void AddRangeFields(ObjectTable<T>& table, AddressRange T::*range) {
  const auto add = [&](const RangeFieldText& text,
                       uint64_t AddressRange::*end) {
    table.AddStored(FieldText{.name = text.name,
                              .doc = text.doc,
                              .example = text.example,
                              .required = true},
                    AddressType(), [range, end](T& target, uint64_t address) {
                      target.*range.*end = address;
                    });
  };
  add(kRangeBegin, &AddressRange::begin);
  add(kRangeEnd, &AddressRange::end);
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_MACHINE_PARTS_H_
