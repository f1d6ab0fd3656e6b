#include "pagelab/workloads/task_run.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// When the operation number `index` of a step is due.
Nanoseconds Due(Nanoseconds begin, uint64_t index, double rate) {
  constexpr double kNanosecondsPerSecond = 1e9;
  constexpr double kLatest = 9e18;
  if (rate <= 0) return begin;
  const double after =
      static_cast<double>(index) * kNanosecondsPerSecond / rate;
  if (after >= kLatest) return Nanoseconds(UINT64_MAX);
  return begin + Nanoseconds(static_cast<uint64_t>(after));
}

}  // namespace

TaskRun::TaskRun(RunState& run, size_t index) : run_(run), index_(index) {
  frames_.push_back(Frame{.steps = &run.tasks()[index].spec->steps,
                          .next = 0,
                          .repeat = nullptr,
                          .rounds_left = 0,
                          .deadline = std::nullopt,
                          .round_begin = {}});
}

absl::StatusOr<std::optional<Nanoseconds>> TaskRun::Resume() {
  if (!run_.IsAlive(index_)) return std::nullopt;
  for (;;) {
    Wakeup wakeup;
    if (auto* alloc = std::get_if<AllocProgress>(&progress_)) {
      PAGELAB_ASSIGN_OR_RETURN(wakeup, ContinueAlloc(*alloc));
      if (!wakeup.has_value()) progress_ = std::monostate();
    } else if (auto* free = std::get_if<FreeProgress>(&progress_)) {
      wakeup = ContinueFree(*free);
      if (!wakeup.has_value()) progress_ = std::monostate();
    } else if (auto* kernel = std::get_if<KernelProgress>(&progress_)) {
      PAGELAB_ASSIGN_OR_RETURN(wakeup, ContinueKernel(*kernel));
      if (!wakeup.has_value()) progress_ = std::monostate();
    } else if (frames_.empty() || !run_.IsAlive(index_)) {
      return std::nullopt;
    } else if (Frame& frame = frames_.back();
               frame.next == frame.steps->size()) {
      PAGELAB_RETURN_IF_ERROR(EndRound());
    } else {
      PAGELAB_ASSIGN_OR_RETURN(wakeup, Start((*frame.steps)[frame.next++]));
    }
    if (wakeup.has_value()) return wakeup;
  }
}

absl::StatusOr<TaskRun::Wakeup> TaskRun::Start(const Step& step) {
  RunningTask& task = run_.tasks()[index_];
  if (const auto* alloc = std::get_if<AllocStep>(&step.action)) {
    StartAlloc(step, *alloc);
  } else if (const auto* free = std::get_if<FreeStep>(&step.action)) {
    StartFree(*free);
  } else if (const auto* split = std::get_if<SplitStep>(&step.action)) {
    run_.Split(split->handle);
  } else if (const auto* migrate = std::get_if<MigrateStep>(&step.action)) {
    run_.Migrate(index_, *migrate);
  } else if (const auto* wait = std::get_if<WaitStep>(&step.action)) {
    return run_.now() + Nanoseconds(run_.Draw(task, wait->duration));
  } else if (const auto* repeat = std::get_if<RepeatStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(StartRepeat(step, *repeat));
  } else if (const auto* capture = std::get_if<CaptureStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(run_.Capture(*capture));
  } else if (const auto* read = std::get_if<ReadStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(run_.Read(step, *read));
  } else if (const auto* access = std::get_if<AccessStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(run_.Access(index_, step, *access));
  } else if (const auto* write = std::get_if<WriteStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(run_.Write(step, *write));
  } else if (const auto* memcg = std::get_if<MemcgOfflineStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(run_.TakeOffline(step, *memcg));
  } else if (const auto* touch = std::get_if<TouchStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(run_.Touch(index_, step, *touch));
  } else if (const auto* shrink = std::get_if<ShrinkStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(run_.Shrink(index_, step, *shrink));
  } else if (const auto* map = std::get_if<MapStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(run_.Map(index_, step, *map));
  } else if (const auto* unmap = std::get_if<UnmapStep>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(run_.Unmap(index_, step, *unmap));
  } else if (const auto* kernel =
                 std::get_if<std::shared_ptr<const KernelStep>>(&step.action)) {
    PAGELAB_RETURN_IF_ERROR(StartKernel(step, **kernel));
  } else {
    run_.Drain(index_);
  }
  return std::nullopt;
}

absl::Status TaskRun::StartKernel(const Step& step, const KernelStep& kernel) {
  KernelProgress progress;
  progress.at = &step;
  progress.step = &kernel;
  progress.begin = run_.now();
  if (kernel.of.empty()) {
    progress.processes = {&run_.ProcessOf(index_)};
  } else {
    if (!run_.world().HasGroup(kernel.of)) {
      return run_.ErrorAt(
          step.position,
          "there are no processes \"" + kernel.of + "\": \"fork\" makes some");
    }
    progress.processes = run_.world().group(kernel.of);
  }
  progress_ = std::move(progress);
  return absl::OkStatus();
}

absl::StatusOr<TaskRun::Wakeup> TaskRun::ContinueKernel(
    KernelProgress& progress) {
  while (progress.process < progress.processes.size()) {
    Process& process = *progress.processes[progress.process];
    StepActor actor{run_.world(), process, run_.tasks()[index_].random};
    if (!progress.left.has_value() && process.alive) {
      absl::StatusOr<uint64_t> operations = progress.step->Operations(actor);
      if (!operations.ok()) {
        return run_.ErrorAt(progress.at->position,
                            FromAbsl(operations.status().message()));
      }
      progress.left = *operations;
      progress.index = 0;
    }
    if (!process.alive || *progress.left == 0) {
      ++progress.process;
      progress.left.reset();
      continue;
    }
    const Nanoseconds due =
        Due(progress.begin, progress.done, progress.step->rate);
    if (due > run_.now()) return due;
    const absl::Status status = progress.step->Do(actor, progress.index);
    if (!status.ok()) {
      return run_.ErrorAt(progress.at->position, FromAbsl(status.message()));
    }
    ++progress.index;
    ++progress.done;
    --*progress.left;
    run_.CountOperation();
    return std::max(run_.now(), process.sleeps_until);
  }
  return std::nullopt;
}

void TaskRun::StartAlloc(const Step& step, const AllocStep& alloc) {
  RunningTask& task = run_.tasks()[index_];
  AllocProgress progress;
  progress.at = &step;
  progress.step = &alloc;
  progress.begin = run_.now();
  progress.left = UINT64_MAX;
  if (alloc.duration.has_value()) {
    progress.deadline =
        progress.begin + Nanoseconds(run_.Draw(task, *alloc.duration));
  } else if (!alloc.until_failure) {
    progress.left = run_.Draw(task, alloc.count);
  }
  progress_ = progress;
}

absl::StatusOr<TaskRun::Wakeup> TaskRun::ContinueAlloc(
    AllocProgress& progress) {
  const AllocStep& step = *progress.step;
  if (progress.left == 0) return std::nullopt;
  const Nanoseconds due = Due(progress.begin, progress.done, step.rate);
  if (progress.deadline.has_value() &&
      std::max(due, run_.now()) >= *progress.deadline) {
    return std::nullopt;
  }
  if (due > run_.now()) return due;
  const Nanoseconds before = run_.now();
  const bool got = run_.Allocate(index_, step, step.bulk ? progress.left : 1);
  ++progress.done;
  if (step.bulk || (step.until_failure && !got)) {
    progress.left = 0;
  } else if (progress.left != UINT64_MAX) {
    --progress.left;
  }
  if (progress.deadline.has_value() && step.rate <= 0 && run_.now() == before) {
    return run_.ErrorAt(progress.at->position,
                        "\"for\" needs a \"rate\" here: allocator calls "
                        "take no time on this machine (call_duration is 0)");
  }
  return run_.now();
}

void TaskRun::StartFree(const FreeStep& free) {
  RunningTask& task = run_.tasks()[index_];
  FreeProgress progress;
  progress.step = &free;
  progress.handle = run_.HandleOf(free.handle);
  progress.begin = run_.now();
  progress.left = free.count ? run_.Draw(task, *free.count) : UINT64_MAX;
  const uint64_t age = free.older_than ? run_.Draw(task, *free.older_than) : 0;
  BlockList& blocks = run_.handle(progress.handle);
  if (age <= run_.now().value()) {
    progress.bound = blocks.BoundAt(Nanoseconds(run_.now().value() - age));
  }
  if (free.pick == FreePick::kRandom && free.probability < 1) {
    progress.shuffled = blocks.SerialsBelow(progress.bound);
    for (size_t i = progress.shuffled.size(); i > 1; --i) {
      std::swap(progress.shuffled[i - 1],
                progress.shuffled[task.random.Uniform(i)]);
    }
  }
  progress_ = std::move(progress);
}

std::optional<Block> TaskRun::NextToFree(FreeProgress& progress) {
  BlockList& blocks = run_.handle(progress.handle);
  switch (progress.step->pick) {
    case FreePick::kOldest: {
      const std::optional<Block> block =
          blocks.OldestFrom(progress.next_serial, progress.bound);
      if (block) progress.next_serial = block->serial + 1;
      return block;
    }
    case FreePick::kNewest: {
      const std::optional<Block> block = blocks.NewestBelow(progress.bound);
      if (block) progress.bound = block->serial;
      return block;
    }
    case FreePick::kRandom:
      break;
  }
  if (progress.step->probability >= 1) {
    return blocks.RandomBelow(progress.bound, run_.tasks()[index_].random);
  }
  if (progress.shuffled.empty()) return std::nullopt;
  Block candidate;
  candidate.serial = progress.shuffled.back();
  progress.shuffled.pop_back();
  return candidate;
}

TaskRun::Wakeup TaskRun::ContinueFree(FreeProgress& progress) {
  const FreeStep& step = *progress.step;
  while (progress.left > 0) {
    const Nanoseconds due = Due(progress.begin, progress.done, step.rate);
    if (due > run_.now()) return due;
    const std::optional<Block> candidate = NextToFree(progress);
    if (!candidate.has_value()) return std::nullopt;
    if (!Bernoulli(step.probability)) continue;
    const std::optional<Block> block =
        run_.handle(progress.handle).Take(candidate->serial);
    // Its lifetime may have ended since the candidates were listed.
    if (!block.has_value()) continue;
    run_.Free(index_, *block, &step);
    ++progress.done;
    if (progress.left != UINT64_MAX) --progress.left;
    return run_.now();
  }
  return std::nullopt;
}

bool TaskRun::Bernoulli(double probability) {
  if (probability >= 1) return true;
  return run_.tasks()[index_].random.Bernoulli(probability);
}

absl::Status TaskRun::StartRepeat(const Step& step, const RepeatStep& repeat) {
  RunningTask& task = run_.tasks()[index_];
  Frame frame;
  frame.steps = &repeat.steps;
  frame.repeat = &step;
  frame.round_begin = run_.now();
  frame.rounds_left =
      repeat.times ? run_.Draw(task, *repeat.times) : UINT64_MAX;
  if (repeat.duration.has_value()) {
    frame.deadline =
        run_.now() + Nanoseconds(run_.Draw(task, *repeat.duration));
  } else if (!repeat.times.has_value()) {
    return run_.ErrorAt(step.position,
                        "a repeat needs \"times\" or \"for\" to end");
  }
  const bool no_time = frame.deadline && *frame.deadline <= run_.now();
  if (frame.rounds_left > 0 && !no_time && !repeat.steps.empty()) {
    frames_.push_back(std::move(frame));
  }
  return absl::OkStatus();
}

absl::Status TaskRun::EndRound() {
  Frame& frame = frames_.back();
  if (frame.repeat == nullptr) {
    frames_.pop_back();
    return absl::OkStatus();
  }
  if (frame.rounds_left != UINT64_MAX) --frame.rounds_left;
  const bool over = frame.deadline && run_.now() >= *frame.deadline;
  if (frame.rounds_left == 0 || over) {
    frames_.pop_back();
    return absl::OkStatus();
  }
  if (frame.rounds_left == UINT64_MAX && run_.now() == frame.round_begin) {
    return run_.ErrorAt(frame.repeat->position,
                        "a round of this repeat takes no simulated time, so "
                        "its \"for\" never ends; add a \"wait\"");
  }
  frame.round_begin = run_.now();
  frame.next = 0;
  return absl::OkStatus();
}

}  // namespace pagelab
