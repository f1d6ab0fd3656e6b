#include "pagelab/report/page/write_page.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/page/event_sections.h"
#include "pagelab/report/page/page_json.h"
#include "pagelab/report/page/page_sections.h"
#include "pagelab/report/page/page_template.h"
#include "pagelab/report/page/time_sections.h"

namespace pagelab {
namespace {

std::string EscapedHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// Everything of a page while it is collected.
class PageMaker {
 public:
  PageMaker(const MemoryPicture& picture, const PageOptions& options)
      : picture_(picture),
        options_(options),
        blocks_(picture.pageblock_order()) {
    facts_.title = picture.title;
    facts_.commands = picture.commands;
    facts_.missing = picture.missing;
    facts_.now = picture.now.value_or(0);
  }

  absl::Status Collect() {
    FrameChunks chunks(frames_);
    if (picture_.snapshot.has_value()) {
      facts_.zones = AddSnapshot(*picture_.snapshot, blocks_, chunks);
    }
    DumpSinks sinks{.names = names_,
                    .blocks = blocks_,
                    .chunks = chunks,
                    .owner_records = {}};
    if (picture_.owners != nullptr) {
      PAGELAB_RETURN_IF_ERROR(
          ReadDump(picture_.owners->path(), options_.progress, sinks));
      facts_.has_owners = true;
      facts_.records = sinks.records;
      facts_.has_frames = sinks.frames + sinks.nowhere > 0;
      TellOfRecords(sinks);
    }
    if (options_.before != nullptr) PAGELAB_RETURN_IF_ERROR(AddBefore());
    blocks_.Finish();
    facts_.owners = RankOwners(sinks);
    constexpr size_t kMaxMixed = 500;
    facts_.mixed = FindMixed(blocks_, kMaxMixed);
    CheckBlocks();
    PAGELAB_RETURN_IF_ERROR(AddRun());
    AddCost();
    return absl::OkStatus();
  }

  void Write(OutputStream& out) {
    PageSections first;
    first.Add("meta", MetaJson(facts_, blocks_, names_));
    first.Add("blocks", BlockColumns(blocks_, facts_.owners, facts_.now));
    PageSections names;
    names.Add("names", NamesJson(names_, facts_.owners));
    std::string_view rest = PageTemplate();
    const auto fill = [&](std::string_view mark, auto&& write) {
      const size_t at = rest.find(mark);
      PAGELAB_CHECK(at != rest.npos);
      out.Append(rest.substr(0, at));
      write();
      rest.remove_prefix(at + mark.size());
    };
    const std::string title = EscapedHtml(facts_.title);
    fill("{{TITLE}}", [&] { out.Append(title + " - pagelab report"); });
    fill("{{TITLE}}", [&] { out.Append(title); });
    fill("{{ANSWER}}", [&] {
      out.Append(EscapedHtml(AnswerOf(facts_, TotalsOf(blocks_), blocks_)));
    });
    fill("{{FIRST}}", [&] { first.WriteTo(out); });
    fill("{{REST}}", [&] {
      names.WriteTo(out);
      rest_.WriteTo(out);
      frames_.WriteTo(out);
    });
    out.Append(rest);
  }

 private:
  absl::Status AddBefore() {
    facts_.before_name = options_.before->name();
    uint64_t damaged = 0;
    PAGELAB_RETURN_IF_ERROR(ReadDumpBefore(options_.before->path(),
                                           options_.progress, names_, damaged));
    if (damaged > 0) {
      facts_.missing.push_back(fmt::format("{}: {} left out",
                                           facts_.before_name,
                                           Counted(damaged, "damaged record")));
    }
    return absl::OkStatus();
  }

  // Whether the source is a recording that was read, and drove no machine.
  bool is_recorded() const {
    return picture_.kind == SourceKind::kTrace && picture_.events != nullptr &&
           picture_.events->machine() == nullptr;
  }

  void TellOfRecords(const DumpSinks& sinks) {
    if (is_recorded()) facts_.whole = "the recording leaves in use";
    const bool of_tasks =
        std::any_of(names_.stacks().begin(), names_.stacks().end(),
                    [](const RecordStack& stack) { return stack.of_task; });
    // Of a recording that was read the source says so.
    if (of_tasks && picture_.kind == SourceKind::kTrace && !is_recorded()) {
      facts_.missing.emplace_back(
          "the recording has no stacks, or not of all events: such pages are "
          "counted to tasks instead of functions");
    } else if (of_tasks && !is_recorded()) {
      facts_.missing.emplace_back(
          "some records have no stack beyond the allocator: their pages are "
          "counted to tasks instead of functions");
    }
    if (sinks.nowhere > 0) {
      facts_.missing.push_back(fmt::format(
          "{} {} a page frame that no machine has and {} not on the map",
          Counted(sinks.nowhere, "record"),
          sinks.nowhere == 1 ? "names" : "name",
          sinks.nowhere == 1 ? "is" : "are"));
    }
  }

  void CheckBlocks() {
    if (blocks_.nr_outside() > 0) {
      facts_.missing.push_back(fmt::format(
          "{} of the dump {} outside the snapshot's memory and not on the map: "
          "are they of one machine?",
          Counted(blocks_.nr_outside(), "pageblock"),
          blocks_.nr_outside() == 1 ? "is" : "are"));
    }
    const uint64_t overfull = blocks_.nr_overfull();
    if (overfull > 0) {
      facts_.missing.push_back(fmt::format(
          "in {} more is free and recorded than fits: the files are not of the "
          "same moment",
          Counted(overfull, "pageblock")));
    }
  }

  absl::Status AddRun() {
    if (picture_.timeline.has_value()) {
      facts_.has_time = picture_.timeline->samples.size() > 1;
      AddTime(*picture_.timeline, blocks_, rest_);
    }
    if (picture_.events == nullptr || options_.max_events == 0) {
      return absl::OkStatus();
    }
    PAGELAB_ASSIGN_OR_RETURN(const EventTotals totals,
                             AddEvents(*picture_.events, options_.max_events,
                                       blocks_.types(), names_, rest_));
    facts_.has_events = totals.kept > 0;
    if (totals.kept == options_.max_events && totals.kept < totals.events) {
      facts_.notes.push_back(fmt::format(
          "The history of frames is of the last {} of {}; more with --events.",
          Grouped(totals.kept), Counted(totals.events, "event")));
    }
    return absl::OkStatus();
  }

  void AddCost() {
    if (picture_.events != nullptr && picture_.events->machine() != nullptr) {
      facts_.cost = CostOfMachine(*picture_.events->machine());
    } else {
      facts_.cost = CostOfDump(facts_.owners);
    }
  }

  const MemoryPicture& picture_;
  const PageOptions& options_;
  PageBlocks blocks_;
  RecordNames names_;
  PageFacts facts_;
  // Of the frames, and of all that is neither that nor wanted first.
  PageSections frames_;
  PageSections rest_;
};

}  // namespace

absl::Status WritePage(const MemoryPicture& picture, const PageOptions& options,
                       OutputStream& out) {
  PageMaker page(picture, options);
  PAGELAB_RETURN_IF_ERROR(page.Collect());
  page.Write(out);
  return out.status();
}

}  // namespace pagelab
