#include "pagelab/report/explain/explainer.h"

#include <utility>

#include "pagelab/report/explain/explainer_impl.h"

namespace pagelab {

void Explainer::Impl::See(const AllocatorEvent& event,
                          const ExecutionContext& context) {
  number_ = event.number;
  const size_t level = LevelOf(context);
  const bool is_take = event.As<MmPageAllocZoneLocked>() != nullptr ||
                       event.As<MmPageAllocExtfrag>() != nullptr;
  const bool is_nested = level > last_free_.level;
  if (last_free_.number != 0 && !is_nested) SettleLastFree(&event);
  if (!is_take && event.As<MmPageAlloc>() == nullptr) {
    EndOperation(level, nullptr);
  }
  if (event.As<MmPagePcpuDrain>() == nullptr) due_ = {};
  std::visit([&](const auto& fields) { On(event, context, fields); },
             event.fields);
  glimpse_.Take(state_);
  glimpse_is_vague_ = false;
  if (last_free_.number == 0) return;
  // page_owner may have taken pages since.
  if (is_nested) {
    last_free_.forecast =
        ForecastFree(state_, last_free_.cpu, last_free_.pfn, last_free_.order,
                     IsWanted(last_free_.number));
  }
  const FreeForecast& forecast = last_free_.forecast;
  due_ = {.zone = forecast.zone,
          .cpu = last_free_.cpu,
          .pages = forecast.drained,
          .cause = last_free_.number};
  glimpse_is_vague_ = forecast.way != FreeForecast::Way::kPcp;
  glimpse_.Note(state_, *forecast.zone, last_free_.cpu, forecast.after);
}

void Explainer::Impl::Finish() {
  if (last_free_.number != 0) SettleLastFree(nullptr);
  FinishFrees(nullptr);
  EndOperation(0, nullptr);
  EndOperation(1, nullptr);
}

Explainer::Explainer(const AllocatorState& state, EventWindow window, Sink sink)
    : impl_(std::make_unique<Impl>(state, window, std::move(sink))) {}
Explainer::~Explainer() = default;
void Explainer::Begin() { impl_->Begin(); }
void Explainer::See(const AllocatorEvent& event,
                    const ExecutionContext& context) {
  impl_->See(event, context);
}
void Explainer::Finish() { impl_->Finish(); }
bool Explainer::is_done() const { return impl_->is_done(); }

}  // namespace pagelab
