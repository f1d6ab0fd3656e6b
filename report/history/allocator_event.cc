#include "pagelab/report/history/allocator_event.h"

#include <array>

#include "pagelab/workloads/record/event_text.h"

namespace pagelab {
namespace {

// By AllocatorEvent::fields.index().
constexpr std::array<std::string_view,
                     std::variant_size_v<AllocatorEvent::Fields>>
    kNames = {"mm_page_alloc",        "mm_page_free",
              "mm_page_free_batched", "mm_page_alloc_zone_locked",
              "mm_page_pcpu_drain",   "mm_page_alloc_extfrag"};

template <typename... Fns>
struct Overloaded : Fns... {
  using Fns::operator()...;
};
template <typename... Fns>
Overloaded(Fns...) -> Overloaded<Fns...>;

}  // namespace

std::string_view EventName(const AllocatorEvent& event) {
  return kNames[event.fields.index()];
}

Pfn EventPfn(const AllocatorEvent& event) {
  return std::visit([](const auto& fields) { return fields.pfn; },
                    event.fields);
}

Order EventOrder(const AllocatorEvent& event) {
  return std::visit(
      Overloaded{
          [](const MmPageFreeBatched&) { return Order(0); },
          [](const MmPageAllocExtfrag& fields) { return fields.alloc_order; },
          [](const auto& fields) { return fields.order; }},
      event.fields);
}

std::string EventText(const AllocatorEvent& event, Order pageblock_order) {
  return std::visit(
      Overloaded{[pageblock_order](const MmPageAllocExtfrag& fields) {
                   return KmemText(fields, pageblock_order);
                 },
                 [](const auto& fields) { return KmemText(fields); }},
      event.fields);
}

}  // namespace pagelab
