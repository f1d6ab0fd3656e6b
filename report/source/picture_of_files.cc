// Pictures of machines of which there are files.

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/source/examine_dump.h"
#include "pagelab/report/source/memory_picture.h"
#include "pagelab/workloads/kernel_copy.h"
#include "pagelab/workloads/trace_owners/trace_dump.h"
#include "pagelab/workloads/trace_owners/trace_owners.h"

namespace pagelab {
namespace {

constexpr std::string_view kNoFreeLists =
    "which of the other pages are free, and the types of pageblocks, is not "
    "known: a dump names pages in use only";
constexpr std::string_view kNoEvents =
    "what happened before is not known: there is no recording of events";

// At most kMaxPageblocks.
bool HasFewPageblocks(const AllocatorSnapshot& snapshot, int64_t order) {
  uint64_t pages = 0;
  for (const SnapshotZone& zone : snapshot.zones) {
    for (const SnapshotPageblocks& run : zone.pageblocks) {
      if (run.migratetype >= 0) pages += run.range.size().value();
      if (pages >> order > kMaxPageblocks) return false;
    }
  }
  return true;
}

absl::Status ReadSnapshotInto(const RereadableText& text,
                              MemoryPicture& picture) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           text.Open());
  PAGELAB_ASSIGN_OR_RETURN(AllocatorSnapshot snapshot, ReadSnapshot(*input));
  const int64_t order = snapshot.VmValue("pageblock_order", 9);
  if (order < 0 || order > kMaxPageOrder) {
    return InvalidInput(
        fmt::format("{}: pageblock_order is {}; it must be 0 "
                    "to {}",
                    text.name(), order, kMaxPageOrder));
  }
  if (!HasFewPageblocks(snapshot, order)) {
    return InvalidInput(
        fmt::format("{}: too many pageblocks; expected at most {}", text.name(),
                    Grouped(kMaxPageblocks)));
  }
  picture.source_names.push_back(text.name());
  picture.snapshot = std::move(snapshot);
  picture.free = FreeMemoryOf(*picture.snapshot);
  picture.told_pageblock_order = Order(static_cast<int>(order));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<NamedText>> ReadCopy(const std::string& directory,
                                                  std::string_view name) {
  const std::string path = FindKernelCopy(directory, name);
  if (path.empty()) return std::nullopt;
  PAGELAB_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path));
  return NamedText{.name = NameWithoutFolders(path), .text = std::move(text)};
}

// The files of a directory that a picture is made of; empty: there is none.
struct DirectoryFiles {
  std::string dump;
  std::string snapshot;
  std::string trace;

  explicit DirectoryFiles(const std::string& directory) {
    const auto find = [&directory](std::initializer_list<const char*> names) {
      std::string path;
      for (const char* name : names) {
        if (path.empty()) path = FindKernelCopy(directory, name);
      }
      return path;
    };
    dump = find({"page_owner", "page_owner_stacks/show_stacks", "show_stacks",
                 "po_stacks_show_stacks"});
    // Of two snapshots the dump was read between, or after the run.
    snapshot = find({"snap_T1", "snap_T2", "snapshot"});
    trace = find({"trace", "trace.dat"});
  }
};

absl::Status AddFreeMemory(const std::string& directory,
                           const DirectoryFiles& files,
                           MemoryPicture& picture) {
  if (!files.snapshot.empty()) {
    return ReadSnapshotInto(*RereadableText::OfFile(files.snapshot), picture);
  }
  PAGELAB_ASSIGN_OR_RETURN(const auto buddyinfo,
                           ReadCopy(directory, "buddyinfo"));
  PAGELAB_ASSIGN_OR_RETURN(const auto pagetypeinfo,
                           ReadCopy(directory, "pagetypeinfo"));
  if (buddyinfo.has_value() || pagetypeinfo.has_value()) {
    PAGELAB_ASSIGN_OR_RETURN(picture.free,
                             ReadFreeMemory(buddyinfo, pagetypeinfo));
    picture.told_pageblock_order = picture.free->pageblock_order;
    picture.missing.push_back(
        "how many blocks are free is known, but not which: there is no "
        "snapshot (\"pagelab run --record\" writes one)");
  } else {
    picture.missing.emplace_back(kNoFreeLists);
  }
  return absl::OkStatus();
}

// Reads the whole recording once, so that what is missing of it is known.
absl::Status AddTrace(const RereadableText& trace, const TraceOptions& options,
                      const std::function<void(const TraceEvent&)>& fn,
                      MemoryPicture& picture) {
  picture.source_names.push_back(trace.name());
  PAGELAB_ASSIGN_OR_RETURN(
      const TracePassReport report,
      ReadTraceEvents(trace, options, [&](const TraceEvent& event) {
        if (fn) fn(event);
        return true;
      }));
  for (std::string& note : TraceNotes(trace, report)) {
    picture.missing.push_back(std::move(note));
  }
  if (picture.told_pageblock_order.has_value()) return absl::OkStatus();
  picture.told_pageblock_order = report.pageblock_order.value_or(Order(9));
  if (!report.pageblock_order.has_value()) {
    picture.missing.push_back(
        trace.name() +
        " does not tell how large pageblocks are: 512 pages (order 9) are "
        "assumed");
  }
  return absl::OkStatus();
}

// Who has the recorded machine's pages, as a dump's text.
absl::Status AddOwnersOfTrace(const RereadableText& trace,
                              const TraceOptions& options,
                              const PictureNeeds& needs,
                              MemoryPicture& picture) {
  TraceOwners owners;
  PAGELAB_RETURN_IF_ERROR(AddTrace(
      trace, options, [&](const TraceEvent& event) { owners.Apply(event); },
      picture));
  if (!owners.has_stacks()) {
    picture.missing.push_back(
        trace.name() +
        " was recorded without stacks: tasks are known, functions are not");
  }
  TraceDumpOptions dump;
  dump.ticks_per_second = options.ticks_per_second;
  dump.pageblock_order = picture.pageblock_order().value();
  PAGELAB_ASSIGN_OR_RETURN(
      auto text, RereadableText::Keep(
                     "page_owner of " + trace.name(), [&](OutputStream& out) {
                       return WriteTraceDump(owners, dump, out);
                     }));
  absl::Status added = AddDump(std::move(text), needs, picture);
  if (!absl::IsNotFound(added)) return added;
  picture.missing.push_back(
      "nothing that was allocated during the recording is in use at its end");
  return absl::OkStatus();
}

// The events of a directory's recording.
absl::Status AddEvents(const std::string& file, const TraceOptions& options,
                       const PictureNeeds& needs, MemoryPicture& picture) {
  const auto trace = RereadableText::OfFile(file);
  const absl::Status read = AddTrace(*trace, options, {}, picture);
  if (absl::IsNotFound(read)) {
    picture.missing.emplace_back(FromAbsl(read.message()));
    return absl::OkStatus();
  }
  PAGELAB_RETURN_IF_ERROR(read);
  picture.events = std::make_shared<RecordedEvents>(
      trace, picture.pageblock_order(), options);
  if (needs.timeline) {
    picture.missing.push_back(
        fmt::format("free memory over time is not known: {} is read for its "
                    "events, and is replayed where it is given alone",
                    trace->name()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MemoryPicture> PictureOfRecording(
    std::shared_ptr<const RereadableText> trace, const TraceOptions& options,
    const PictureNeeds& needs) {
  MemoryPicture picture;
  picture.kind = SourceKind::kTrace;
  picture.title = trace->name();
  picture.missing.push_back(
      "pages in use since before the recording are not known: the recording "
      "alone was read, without a machine");
  if (needs.owners) {
    PAGELAB_RETURN_IF_ERROR(AddOwnersOfTrace(*trace, options, needs, picture));
  } else {
    PAGELAB_RETURN_IF_ERROR(AddTrace(*trace, options, {}, picture));
  }
  picture.events = std::make_shared<RecordedEvents>(
      std::move(trace), picture.pageblock_order(), options);
  return picture;
}

absl::StatusOr<MemoryPicture> PictureOfDump(
    std::shared_ptr<const RereadableText> dump, const PictureNeeds& needs) {
  MemoryPicture picture;
  picture.kind = SourceKind::kDump;
  picture.title = dump->name();
  PAGELAB_RETURN_IF_ERROR(AddDump(std::move(dump), needs, picture));
  picture.missing.emplace_back(kNoFreeLists);
  picture.missing.emplace_back(kNoEvents);
  return picture;
}

absl::StatusOr<MemoryPicture> PictureOfSnapshot(
    std::shared_ptr<const RereadableText> snapshot, const PictureNeeds&) {
  MemoryPicture picture;
  picture.kind = SourceKind::kSnapshot;
  picture.title = snapshot->name();
  PAGELAB_RETURN_IF_ERROR(ReadSnapshotInto(*snapshot, picture));
  picture.missing.emplace_back(
      "nobody is named: a snapshot has the free lists only, without a "
      "page_owner dump of the same moment");
  picture.missing.emplace_back(kNoEvents);
  return picture;
}

absl::StatusOr<MemoryPicture> PictureOfDirectory(const std::string& directory,
                                                 const TraceOptions& options,
                                                 const PictureNeeds& needs) {
  const DirectoryFiles files(directory);
  MemoryPicture picture;
  picture.kind = SourceKind::kDirectory;
  picture.title = NameWithoutFolders(directory);
  picture.source_names.push_back(picture.title);
  if (files.dump.empty() && files.snapshot.empty() && files.trace.empty() &&
      FindKernelCopy(directory, "buddyinfo").empty()) {
    return InvalidInput(directory +
                        ": no page_owner, snap_T1, trace or buddyinfo in it; "
                        "\"pagelab run SCENARIO -o DIR\" writes such files");
  }
  // First: it tells how large pageblocks are.
  PAGELAB_RETURN_IF_ERROR(AddFreeMemory(directory, files, picture));
  if (!files.dump.empty()) {
    PAGELAB_RETURN_IF_ERROR(
        AddDump(RereadableText::OfFile(files.dump), needs, picture));
  } else {
    picture.missing.emplace_back(
        "nobody is named: there is no page_owner dump among the files");
  }
  if (!files.trace.empty()) {
    PAGELAB_RETURN_IF_ERROR(AddEvents(files.trace, options, needs, picture));
  } else {
    picture.missing.emplace_back(kNoEvents);
  }
  return picture;
}

}  // namespace pagelab
