#include "pagelab/report/quiz/owner_story.h"

#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/owner/dump/owner_dump_reader.h"
#include "pagelab/report/exercise/exercise.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

constexpr int32_t kFirstPid = 100;

StoryStack StackOf(std::string_view stack) {
  if (stack.starts_with(" register_early_stack")) return StoryStack::kEarly;
  if (stack.starts_with(" register_dummy_stack")) return StoryStack::kDummy;
  if (stack.starts_with(" register_failure_stack")) return StoryStack::kFailure;
  return StoryStack::kTask;
}

}  // namespace

const StoryRecord* Find(const StoryRecords& records, Pfn pfn) {
  for (const StoryRecord& record : records) {
    if (record.pfn == pfn) return &record;
  }
  return nullptr;
}

std::vector<std::string> RandomNames(Random& random, size_t count) {
  std::vector<std::string> names = {"alice", "bob",  "carol",
                                    "dave",  "erin", "frank"};
  for (size_t i = 0; i < count; ++i) {
    std::swap(names[i], names[i + random.Uniform(names.size() - i)]);
  }
  names.resize(count);
  return names;
}

absl::StatusOr<std::unique_ptr<OwnerStory>> OwnerStory::Boot() {
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config, LoadMachine("hello"));
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, Machine::Boot(config));
  return std::unique_ptr<OwnerStory>(new OwnerStory(std::move(machine)));
}

ExecutionContext OwnerStory::ContextOf(const std::string& task) {
  const auto pid = static_cast<int32_t>(tasks_.size()) + kFirstPid;
  const auto [found, added] = tasks_.try_emplace(task, nullptr);
  if (added) found->second = &machine_.NewTask(task, pid, pid);
  return machine_.ContextOf(*found->second);
}

void OwnerStory::Tell(const std::string& task, const std::string& what) {
  text_ += "  " + task + ": " + what + "\n";
}

std::optional<Pfn> OwnerStory::Alloc(const std::string& task, Order order) {
  ExecutionContext context = ContextOf(task);
  const Page* page = machine_.AllocPages(context, gfp::kKernel, order);
  const std::string call =
      "alloc_pages(GFP_KERNEL, " + std::to_string(order.value()) + ")";
  if (page == nullptr) {
    Tell(task, call + " fails");
    return std::nullopt;
  }
  const Pfn pfn = machine_.memory().PfnOf(page);
  Tell(task, call + " gives " + PfnText(pfn));
  return pfn;
}

void OwnerStory::Free(const std::string& task, Pfn pfn, Order order) {
  ExecutionContext context = ContextOf(task);
  PAGELAB_CHECK(
      machine_.FreePages(context, machine_.memory().PageAt(pfn), order));
  Tell(task, "__free_pages(" + PfnText(pfn) + ", " +
                 std::to_string(order.value()) + ")");
}

void OwnerStory::Split(const std::string& task, Pfn pfn, Order order) {
  machine_.allocator().SplitPage(machine_.memory().PageAt(pfn), order);
  Tell(task, "split_page(" + PfnText(pfn) + ", " +
                 std::to_string(order.value()) + ")");
}

absl::StatusOr<StoryRecords> OwnerStory::Read() {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<SimFile> file,
                           machine_.File("/sys/kernel/debug/page_owner"));
  StringOutput text;
  PAGELAB_RETURN_IF_ERROR(file->Dump(text));
  PAGELAB_RETURN_IF_ERROR(text.Commit());
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::FromString("page_owner", text.text()));
  OwnerDumpReader reader(*input);
  StoryRecords records;
  OwnerDumpRecord record;
  while (reader.Next(record)) {
    records.push_back({.pfn = record.pfn,
                       .order = record.order,
                       .comm = std::string(record.comm),
                       .stack = StackOf(record.stack)});
  }
  PAGELAB_RETURN_IF_ERROR(reader.status());
  return records;
}

}  // namespace pagelab
