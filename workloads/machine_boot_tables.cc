#include <string>

#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/machine_parts.h"

namespace pagelab {
namespace {

void CheckReservation(const JsonValue& object, const BootReservation& item,
                      Reader& reader) {
  if ((item.align & (item.align - 1)) != 0) {
    reader.Error(PositionOf(object, "align"),
                 "\"align\" must be a power of two");
  }
  if (item.address.value_or(0) > kMaxMachineAddress ||
      item.bytes > kMaxMachineAddress) {
    reader.Error(object, "must end at 64 TiB (0x400000000000) or below");
  }
}

}  // namespace

const ObjectTable<BootReservation>& ReservationTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<BootReservation>(ObjectInfo{
        .name = "reservation",
        .title = "Reservation",
        .doc = "Memory that boot code keeps from the page allocator.",
        .example = R"({"what": "initrd", "address": "0x7fd3a000", )"
                   R"("bytes": "2712KiB"})"});
    result->Add(FieldText{.name = "what",
                          .doc = "What it is for.",
                          .default_text = "\"\"",
                          .example = "\"kernel image\""},
                &BootReservation::what, TextType());
    result->Add(
        FieldText{.name = "address",
                  .doc = "Where it is. Pages that it covers in part are "
                         "reserved as a whole.",
                  .default_text = "where memblock finds room, from the top",
                  .example = "\"0x1000000\""},
        &BootReservation::address, As<std::optional<uint64_t>>(AddressType()));
    result->Add(FieldText{.name = "bytes",
                          .doc = "How much.",
                          .example = "\"2MiB\"",
                          .required = true},
                &BootReservation::bytes, SizeType());
    result->Add(FieldText{.name = "align",
                          .doc = "Alignment of a place that memblock finds.",
                          .default_text = "64",
                          .example = "\"2MiB\""},
                &BootReservation::align, SizeType());
    result->SetCheck(CheckReservation);
    return result;
  }();
  return *table;
}

const ObjectTable<EarlyAllocation>& EarlyAllocationTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<EarlyAllocation>(ObjectInfo{
        .name = "early-allocation",
        .title = "Early allocation",
        .doc = "Pages that boot code takes before anything can record who "
               "owns them. page_owner finds them later.",
        .example = R"({"what": "slab", "count": 8})"});
    result->Add(FieldText{.name = "what",
                          .doc = "What they are for.",
                          .default_text = "\"\"",
                          .example = "\"vmalloc page tables\""},
                &EarlyAllocation::what, TextType());
    result->Add(FieldText{.name = "count",
                          .doc = "How many blocks.",
                          .example = "64",
                          .required = true},
                &EarlyAllocation::count, CountType(1));
    result->Add(FieldText{.name = "order",
                          .doc = "log2 of the pages of each.",
                          .default_text = "0",
                          .example = "2"},
                &EarlyAllocation::order,
                As<Order>(WholeType(0, kMaxPageOrder)));
    result->Add(FieldText{.name = "gfp",
                          .doc = "Flags of the requests.",
                          .default_text = "\"GFP_KERNEL\"",
                          .example = "\"GFP_KERNEL|__GFP_ZERO\""},
                &EarlyAllocation::gfp, GfpType());
    return result;
  }();
  return *table;
}

const ObjectTable<BootFree>& BootFreeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<BootFree>(ObjectInfo{
        .name = "boot-free",
        .title = "Boot free",
        .doc = "Reserved memory that boot gives to the page allocator after "
               "all, page by page. Which limits know of it depends on when.",
        .example = R"({"what": "initrd", "begin": "0x7fd3a000", )"
                   R"("end": "0x7ffe0000"})"});
    result->Add(FieldText{.name = "what",
                          .doc = "As in the kernel's log line.",
                          .default_text = "\"\"",
                          .example = "\"initrd\""},
                &BootFree::what, TextType());
    AddRangeFields(*result, &BootFree::range);
    result->Add(
        FieldText{.name = "stage",
                  .doc = "Before the first watermarks are computed, between "
                         "them and khugepaged's start, or after both.",
                  .default_text = "\"late\"",
                  .example = "\"before-watermarks\""},
        &BootFree::stage,
        EnumType(EnumWords<BootStage>{
            {"before-watermarks", BootStage::kBeforeWatermarks},
            {"before-khugepaged", BootStage::kBeforeKhugepaged},
            {"late", BootStage::kLate}}));
    result->SetCheck(
        [](const JsonValue& object, const BootFree& item, Reader& reader) {
          CheckRange(object, item.range, reader);
        });
    return result;
  }();
  return *table;
}

}  // namespace pagelab
