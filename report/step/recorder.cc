#include "pagelab/report/step/recorder.h"

#include <utility>

namespace pagelab {
namespace {

// The event is emitted before what it tells is done.
bool ComesFirst(const AllocatorEvent& event) {
  return event.As<MmPageFree>() != nullptr ||
         event.As<MmPageFreeBatched>() != nullptr;
}

// The frames that the event leaves on no list and in nobody's hands.
std::optional<PfnRange> OnItsWay(const AllocatorEvent& event, bool is_early) {
  if (is_early || event.As<MmPageAllocZoneLocked>() != nullptr) {
    return BlockOf(event);
  }
  if (const auto* fallback = event.As<MmPageAllocExtfrag>()) {
    return PfnRange{fallback->pfn,
                    fallback->pfn + PageCount(fallback->alloc_order.pages())};
  }
  return std::nullopt;
}

// Reuses the memory of `counts`: it is done at each event.
void CountInto(const AllocatorState& state, StepCounts& counts) {
  counts.zones.clear();
  for (const Zone& zone : state.all_zones()) {
    StepCounts::OfZone& to = counts.zones.emplace_back();
    to.populated = zone.populated();
    to.type = zone.type;
    to.free_pages = zone.StatPages(ZoneStat::kFreePages);
    for (size_t order = 0; order < to.nr_free.size(); ++order) {
      to.nr_free[order] = zone.free_area[order].nr_free;
    }
  }
  counts.events = state.events;
}

}  // namespace

StepStart StartOf(const Machine& machine) {
  StepStart start;
  start.moment = std::make_shared<const StepMoment>(
      CaptureMoment(machine.state(), AllocatorEvent(), nullptr, nullptr));
  CountInto(machine.state(), start.counts);
  start.log_lines = machine.dmesg().size();
  return start;
}

void StepRecorder::Count(StepCounts& counts) {
  const std::vector<std::string>& log = machine_.dmesg();
  for (; log_lines_ < log.size(); ++log_lines_) {
    const bool tells =
        log[log_lines_].find("invoked oom-killer") != std::string::npos;
    if (tells) ++ooms_;
  }
  CountInto(machine_.state(), counts);
  counts.ooms = ooms_;
}

StepRecorder::StepRecorder(Machine& machine, const StepStart& start,
                           StepObserver& observer)
    : machine_(machine), observer_(observer), last_(start.moment) {
  pending_.emplace();
  pending_->wanted = observer.WantsMoment(0);
  pending_->early = start.moment;
  if (observer.wants_counts()) before_ = start.counts;
  log_lines_ = start.log_lines;
}

std::shared_ptr<const StepMoment> StepRecorder::Capture(const Pending& pending,
                                                        bool is_early) const {
  StepMoment moment = CaptureMoment(machine_.state(), pending.event,
                                    pending.place.zone, last_.get());
  moment.on_its_way = OnItsWay(pending.event, is_early);
  return std::make_shared<const StepMoment>(std::move(moment));
}

void StepRecorder::Tell(std::shared_ptr<const StepMoment> moment) {
  if (moment != nullptr) last_ = moment;
  const bool counts = observer_.wants_counts();
  const bool goes_on =
      observer_.OnStep(StepFacts{.event = pending_->event,
                                 .place = pending_->place,
                                 .before = counts ? &before_ : nullptr,
                                 .after = counts ? &after_ : nullptr},
                       std::move(moment));
  is_over_ = is_over_ || !goes_on;
  if (counts) std::swap(before_, after_);
  pending_.reset();
}

void StepRecorder::SettleNow() {
  if (!pending_.has_value() || is_over_) return;
  if (observer_.wants_counts()) Count(after_);
  Tell(pending_->wanted ? Capture(*pending_, false) : nullptr);
}

void StepRecorder::SettleEarly() {
  if (!pending_.has_value() || is_over_) return;
  after_ = before_;
  Tell(pending_->wanted ? pending_->early : nullptr);
}

bool StepRecorder::OnEvent(const AllocatorEvent& event) {
  const bool comes_first = ComesFirst(event);
  if (comes_first) {
    SettleNow();
  } else {
    SettleEarly();
  }
  if (is_over_) return false;
  pending_.emplace();
  pending_->event = event;
  pending_->place = PlaceOf(machine_.state(), event);
  pending_->wanted = observer_.WantsMoment(event.number);
  if (!comes_first) {
    SettleNow();
  } else if (pending_->wanted) {
    pending_->early = Capture(*pending_, true);
  }
  return !is_over_;
}

bool StepRecorder::IsOver() {
  SettleNow();
  return is_over_;
}

}  // namespace pagelab
