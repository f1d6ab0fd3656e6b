// What records of page_owner have in common, each once; internal to this
// folder.

#ifndef PAGELAB_REPORT_PAGE_RECORD_NAMES_H_
#define PAGELAB_REPORT_PAGE_RECORD_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {

// Texts, numbered in the order of their first appearance.
class NumberedTexts {
 public:
  uint32_t NumberOf(std::string_view text);
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  absl::flat_hash_map<std::string, uint32_t> numbers_;
  std::vector<std::string> texts_;
};

struct RecordTask {
  int32_t pid = -1;
  int32_t tgid = -1;
  std::string comm;
};

// Everything of a record that is not its place, order, task, stack and time.
struct RecordClass {
  std::string gfp;
  std::string type;
  bool movable = false;
  // Without the fields that have a value: "lru|dirty".
  std::string flags;
  std::string migrate_reason;
  std::string memcg;
};

struct RecordStack {
  uint32_t owner = 0;
  // Numbers of frames(), innermost first.
  std::vector<uint32_t> frames;
  uint64_t pages = 0;
  // In the dump that this one is compared with.
  uint64_t pages_before = 0;
  // Its frames name nobody: the owner is the task.
  bool of_task = false;
};

class RecordNames {
 public:
  // `frames` as in a dump, with their hash (DumpRecord::frames_hash). Without
  // frames, or with the allocator's alone, the owner is "task COMM" and each
  // task has a stack of its own; an empty `comm` is no task.
  uint32_t StackOf(std::string_view frames, uint64_t hash,
                   std::string_view comm);
  uint32_t TaskOf(int32_t pid, int32_t tgid, std::string_view comm);
  uint32_t ClassOf(const RecordClass& value);

  RecordStack& stack(uint32_t number) { return stacks_[number]; }
  const std::vector<RecordStack>& stacks() const { return stacks_; }
  const std::vector<RecordTask>& tasks() const { return tasks_; }
  const std::vector<RecordClass>& classes() const { return classes_; }
  const NumberedTexts& frames() const { return frames_; }
  // By frame.
  const std::vector<uint32_t>& frame_functions() const {
    return frame_functions_;
  }
  const NumberedTexts& functions() const { return functions_; }
  const NumberedTexts& owners() const { return owners_; }
  // By owner: one of page_owner's own stacks.
  const std::vector<bool>& special_owners() const { return special_owners_; }

 private:
  uint32_t AddStack(const FrameList& frames, std::string_view owner);

  struct KnownFrames {
    // Of the stack; of those whose frames name nobody, that of no task.
    int64_t number = -1;
    bool name_nobody = false;
  };
  absl::flat_hash_map<uint64_t, KnownFrames> known_frames_;
  absl::flat_hash_map<std::pair<uint64_t, std::string>, uint32_t> task_stacks_;
  std::vector<RecordStack> stacks_;
  NumberedTexts task_keys_;
  std::vector<RecordTask> tasks_;
  NumberedTexts class_keys_;
  std::vector<RecordClass> classes_;
  NumberedTexts frames_;
  std::vector<uint32_t> frame_functions_;
  NumberedTexts functions_;
  NumberedTexts owners_;
  std::vector<bool> special_owners_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_RECORD_NAMES_H_
