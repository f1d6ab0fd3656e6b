#include "pagelab/report/page/record_names.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// No frames, or the page allocator's and its helpers' alone.
bool NameNobody(FrameList frames) {
  constexpr std::string_view kCaller = "?";
  frames.push_back(kCaller);
  return OwnFrame(frames) == kCaller;
}

}  // namespace

uint32_t NumberedTexts::NumberOf(std::string_view text) {
  const auto found = numbers_.find(ToAbsl(text));
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<uint32_t>(texts_.size());
  texts_.emplace_back(text);
  numbers_.emplace(texts_.back(), number);
  return number;
}

uint32_t RecordNames::StackOf(std::string_view frames, uint64_t hash,
                              std::string_view comm) {
  const auto [at, added] = known_frames_.try_emplace(hash);
  KnownFrames& known = at->second;
  if (added) known.name_nobody = NameNobody(FramesOf(frames));
  if (known.name_nobody && !comm.empty()) {
    const auto [stack, is_new] =
        task_stacks_.try_emplace({hash, std::string(comm)}, 0);
    if (is_new) {
      stack->second = AddStack(FramesOf(frames), "task " + std::string(comm));
      stacks_.back().of_task = true;
    }
    return stack->second;
  }
  if (known.number < 0) {
    const FrameList list = FramesOf(frames);
    known.number = AddStack(list, OwnerName(list));
  }
  return static_cast<uint32_t>(known.number);
}

uint32_t RecordNames::AddStack(const FrameList& frames,
                               std::string_view owner) {
  RecordStack stack;
  stack.owner = owners_.NumberOf(owner);
  if (stack.owner == special_owners_.size()) {
    special_owners_.push_back(!SpecialStack(frames).empty());
  }
  for (const std::string_view frame : frames) {
    const uint32_t number = frames_.NumberOf(frame);
    if (number == frame_functions_.size()) {
      frame_functions_.push_back(functions_.NumberOf(FunctionOf(frame)));
    }
    stack.frames.push_back(number);
  }
  stacks_.push_back(std::move(stack));
  return static_cast<uint32_t>(stacks_.size() - 1);
}

uint32_t RecordNames::TaskOf(int32_t pid, int32_t tgid, std::string_view comm) {
  const uint32_t number =
      task_keys_.NumberOf(absl::StrCat(pid, " ", tgid, " ", ToAbsl(comm)));
  if (number == tasks_.size()) tasks_.push_back({pid, tgid, std::string(comm)});
  return number;
}

uint32_t RecordNames::ClassOf(const RecordClass& value) {
  const uint32_t number = class_keys_.NumberOf(absl::StrJoin(
      {absl::string_view(value.gfp), absl::string_view(value.type),
       absl::string_view(value.movable ? "1" : "0"),
       absl::string_view(value.flags), absl::string_view(value.migrate_reason),
       absl::string_view(value.memcg)},
      "\n"));
  if (number == classes_.size()) classes_.push_back(value);
  return number;
}

}  // namespace pagelab
