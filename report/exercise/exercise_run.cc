#include "pagelab/report/exercise/exercise_run.h"

#include <map>
#include <memory>
#include <set>

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/exercise/exercise_recorder.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

// The allocator on which one exercise is done.
class Bench {
 public:
  Bench(const std::string& file, const Exercise& exercise,
        SnapshotMachine& machine)
      : file_(file),
        exercise_(exercise),
        machine_(machine),
        zone_(PopulatedZone(machine.state())),
        allocator_(machine.state()) {
    task_.set_comm("student");
    context_.task = &task_;
  }

  absl::StatusOr<ExerciseRun> Run() {
    PAGELAB_RETURN_IF_ERROR(MarkMovable());
    ExerciseRun run;
    run.types_before = Types();
    run.states.push_back(Listed());
    ExerciseRecorder recorder(machine_.state(), zone_);
    PAGELAB_RETURN_IF_ERROR(AttachTrace(machine_.state(), recorder));
    const absl::Status done = DoAll(recorder, run);
    DetachTrace(machine_.state());
    PAGELAB_RETURN_IF_ERROR(done);
    run.steps = recorder.TakeSteps();
    run.types_after = Types();
    return run;
  }

 private:
  static Zone& PopulatedZone(AllocatorState& state) {
    for (Zone& zone : state.all_zones()) {
      if (zone.populated()) return zone;
    }
    return state.zones[0];
  }

  ListedState Listed() const { return ListedStateOf(machine_.state(), zone_); }
  Page& PageAt(Pfn pfn) { return *machine_.memory().PageAt(pfn); }

  absl::Status Wrong(TextPosition position, const std::string& what) const {
    return InvalidInputAt({file_, position.line, position.column}, what);
  }

  std::vector<Migratetype> Types() const {
    std::vector<Migratetype> types;
    const Order order = machine_.state().memory->pageblock_order();
    for (Pfn pfn = AlignDown(zone_.span.begin, order); pfn < zone_.span.end;
         pfn += PageCount(order.pages())) {
      types.push_back(machine_.state().PageblockType(pfn));
    }
    return types;
  }

  bool IsListed(Pfn pfn) const {
    const FrameExtent::Kind kind = ExtentAt(machine_.state(), pfn).kind;
    return kind == FrameExtent::Kind::kBuddy || kind == FrameExtent::Kind::kPcp;
  }

  void MakeAllocated(Page& page, Order order, PageFlags flags) {
    page.state = PageState::kAllocated;
    page.order_value = static_cast<uint8_t>(order.value());
    page.extra_blocks = 0;
    page.refcount = 1;
    page.flags = flags;
  }

  absl::Status MarkMovable() {
    std::set<Pfn> marked;
    for (const FrameRange& range : exercise_.start.movable) {
      for (Pfn pfn = range.begin; pfn < range.end; ++pfn) {
        if (!zone_.span.Contains(pfn) || IsListed(pfn)) {
          return Wrong(range.position, "frame " + PfnText(pfn) +
                                           " is not in use: it is free or "
                                           "not in memory");
        }
        if (!marked.insert(pfn).second) {
          return Wrong(range.position,
                       "frame " + PfnText(pfn) + " is in an earlier range too");
        }
        MakeAllocated(PageAt(pfn), Order(0), PageFlags(page_flag::kLru));
      }
    }
    return absl::OkStatus();
  }

  absl::Status DoAll(ExerciseRecorder& recorder, ExerciseRun& run) {
    for (size_t i = 0; i < exercise_.operations.size(); ++i) {
      recorder.Begin(i);
      PAGELAB_RETURN_IF_ERROR(Do(exercise_.operations[i]));
      recorder.End();
      run.states.push_back(Listed());
    }
    return absl::OkStatus();
  }

  absl::Status Do(const ExerciseOperation& operation) {
    switch (operation.kind) {
      case OperationKind::kAlloc: {
        const Page* page = allocator_.AllocPages(
            context_, {.gfp = operation.gfp, .order = operation.order});
        if (page != nullptr) {
          handed_out_[machine_.memory().PfnOf(page)] = operation.order;
        }
        return absl::OkStatus();
      }
      case OperationKind::kFree:
        return Free(operation);
      case OperationKind::kDrain:
        allocator_.DrainPages(context_, zone_, CpuId(0));
        return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  // A block from before the exercise becomes one when it is freed: nobody knew
  // how its frames belong together.
  absl::Status CheckUnknown(const ExerciseOperation& operation) const {
    const Pfn end = operation.pfn + PageCount(operation.order.pages());
    for (Pfn pfn = operation.pfn; pfn < end; ++pfn) {
      if (!zone_.span.Contains(pfn)) {
        return Wrong(operation.position,
                     "frame " + PfnText(pfn) + " is not in memory");
      }
      if (IsListed(pfn)) {
        return Wrong(operation.position,
                     "frame " + PfnText(pfn) + " is free already");
      }
      for (const auto& [head, order] : handed_out_) {
        if (AlignDown(pfn, order) != head) continue;
        return Wrong(operation.position, "frame " + PfnText(pfn) +
                                             " belongs to the block " +
                                             PfnText(head) + " of order " +
                                             std::to_string(order.value()) +
                                             ", which is freed as a whole");
      }
    }
    return absl::OkStatus();
  }

  absl::Status Free(const ExerciseOperation& operation) {
    if (operation.order > machine_.memory().pageblock_order()) {
      return Wrong(operation.position,
                   "a block larger than a pageblock is freed in parts: write "
                   "them one by one");
    }
    if (!operation.pfn.IsAlignedTo(operation.order)) {
      return Wrong(operation.position,
                   PfnText(operation.pfn) + " is no multiple of " +
                       Counted(operation.order.pages(), "page"));
    }
    const auto ours = handed_out_.find(operation.pfn);
    if (ours != handed_out_.end() && ours->second == operation.order) {
      handed_out_.erase(ours);
    } else {
      PAGELAB_RETURN_IF_ERROR(CheckUnknown(operation));
      MakeAllocated(PageAt(operation.pfn), operation.order, PageFlags());
    }
    allocator_.FreePages(context_, &PageAt(operation.pfn), operation.order);
    return absl::OkStatus();
  }

  const std::string& file_;
  const Exercise& exercise_;
  SnapshotMachine& machine_;
  Zone& zone_;
  PageAllocator allocator_;
  Task task_;
  ExecutionContext context_;
  std::map<Pfn, Order> handed_out_;
};

}  // namespace

absl::StatusOr<ExerciseRun> RunExercise(const std::string& file,
                                        const Exercise& exercise) {
  PAGELAB_ASSIGN_OR_RETURN(const AllocatorSnapshot snapshot,
                           SnapshotOfStart(file, exercise.start));
  absl::StatusOr<std::unique_ptr<SnapshotMachine>> machine =
      SnapshotMachine::Load(snapshot);
  if (!machine.ok()) {
    return InvalidInputAt(
        {file, exercise.start.position.line, exercise.start.position.column},
        FromAbsl(machine.status().message()));
  }
  return Bench(file, exercise, **machine).Run();
}

}  // namespace pagelab
