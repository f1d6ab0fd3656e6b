#include "pagelab/report/explain/frame_story.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/report/explain/block_moves.h"
#include "pagelab/report/explain/frame_watch.h"
#include "pagelab/report/explain/record_sentences.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

absl::Status CheckEnd(const PhysicalMemory& memory, Pfn pfn) {
  if (pfn < memory.end_pfn()) return absl::OkStatus();
  return InvalidInput(fmt::format("pfn {}: the machine's memory ends at pfn {}",
                                  PfnText(pfn), PfnText(memory.max_pfn())));
}

// The first frame from `pfn` on that is memory now; or the end.
Pfn NextMemory(const AllocatorState& state, Pfn pfn) {
  const PhysicalMemory& memory = *state.memory;
  while (pfn < memory.end_pfn() && !memory.IsValid(pfn)) {
    pfn = ExtentAt(state, pfn).range.end;
  }
  return std::min(pfn, memory.end_pfn());
}

absl::Status HoleStatus(const PhysicalMemory& memory, Pfn pfn, Pfn next) {
  return InvalidInput(fmt::format(
      "pfn {}: in a hole of the memory map, without descriptors; {}",
      PfnText(pfn),
      next < memory.end_pfn() ? "memory goes on at pfn " + PfnText(next)
                              : std::string("no memory follows")));
}

std::string ChapterText(const FrameStory::Chapter& chapter, size_t width) {
  std::string first = "          ";
  if (chapter.event != 0) {
    first = chapter.has_event
                ? fmt::format("{:>8}  ", chapter.event)
                : fmt::format("{:>8}  ", fmt::format(".{}", chapter.event));
  }
  return Wrapped((chapter.who.empty() ? "" : chapter.who + ": ") + chapter.text,
                 first, "            ", width);
}

}  // namespace

absl::StatusOr<FrameStory> ExplainFrame(RepeatedRun& run, Pfn pfn,
                                        const RunOptions& options) {
  Machine& machine = run.machine();
  run.Rewind();
  const PhysicalMemory& memory = *machine.state().memory;
  PAGELAB_RETURN_IF_ERROR(CheckEnd(memory, pfn));
  FrameWatch watch(machine, pfn);
  // Where memory goes on behind a hole, during the run.
  Pfn next = NextMemory(machine.state(), pfn);
  const auto see = [&](const AllocatorEvent* event) {
    watch.See(event);
    if (watch.was_memory()) return;
    next = std::min(next, NextMemory(machine.state(), pfn));
  };
  PAGELAB_RETURN_IF_ERROR(
      run.Run(
             [&](const AllocatorEvent& event, const ExecutionContext&) {
               see(&event);
               return true;
             },
             options)
          .status());
  see(nullptr);
  if (!watch.was_memory()) return HoleStatus(memory, pfn, next);
  FrameStory story;
  story.pfn = pfn;
  story.use = UseText(machine.state(), pfn);
  story.chapters = watch.TakeChapters();
  story.record = RecordSentences(machine, pfn, watch.has_other_stack());
  PageOwner* owner = machine.page_owner();
  if (owner != nullptr && owner->EntryAt(pfn).recorded()) {
    owner->OnDumpPage(pfn, story.dump);
  }
  return story;
}

std::string FrameStoryText(const FrameStory& story, size_t most, size_t width) {
  std::string out = fmt::format("frame {}, at the end of the run {}\n",
                                PfnText(story.pfn), story.use);
  out += "\n   event\n";
  const size_t count = story.chapters.size();
  const size_t shown = most == 0 ? count : std::min(count, most);
  const size_t head = shown == count ? count : shown / 4;
  for (size_t i = 0; i < count; ++i) {
    if (i == head && shown < count) {
      out += fmt::format("     ...  {} more; --json has them all\n",
                         count - shown);
      i += count - shown;
    }
    out += ChapterText(story.chapters[i], width);
  }
  for (const Sentence& sentence : story.record) {
    out += "\n" + Wrapped(SentenceText(sentence), "- ", "  ", width);
  }
  if (!story.dump.empty()) out += "\n" + story.dump;
  return out;
}

}  // namespace pagelab
