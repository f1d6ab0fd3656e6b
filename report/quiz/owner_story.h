#ifndef PAGELAB_REPORT_QUIZ_OWNER_STORY_H_
#define PAGELAB_REPORT_QUIZ_OWNER_STORY_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/base/random.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// Whose stack a record has.
enum class StoryStack : uint8_t { kTask, kEarly, kDummy, kFailure };

// A record as page_owner prints it.
struct StoryRecord {
  Pfn pfn;
  Order order;
  std::string comm;
  StoryStack stack = StoryStack::kTask;
};
using StoryRecords = std::vector<StoryRecord>;

// Null if the frame has none.
const StoryRecord* Find(const StoryRecords& records, Pfn pfn);

// Names for tasks, all different.
std::vector<std::string> RandomNames(Random& random, size_t count);

// Tasks on the machine hello, and what they do, told line by line.
class OwnerStory {
 public:
  static absl::StatusOr<std::unique_ptr<OwnerStory>> Boot();

  // The block's first frame; none when memory is out, which is told too.
  std::optional<Pfn> Alloc(const std::string& task, Order order);
  // REQUIRES: a block that Alloc() gave, of that order.
  void Free(const std::string& task, Pfn pfn, Order order);
  void Split(const std::string& task, Pfn pfn, Order order);

  // "  alice: alloc_pages(GFP_KERNEL, 0) gives 0x102", a line for each.
  const std::string& text() const { return text_; }

  // Reads the machine's page_owner file.
  absl::StatusOr<StoryRecords> Read();

 private:
  explicit OwnerStory(Machine machine) : machine_(std::move(machine)) {}
  ExecutionContext ContextOf(const std::string& task);
  void Tell(const std::string& task, const std::string& what);

  Machine machine_;
  std::map<std::string, Task*> tasks_;
  std::string text_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_QUIZ_OWNER_STORY_H_
