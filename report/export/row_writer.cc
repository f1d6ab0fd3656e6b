#include "pagelab/report/export/row_writer.h"

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/owner/dump/stack_id.h"
#include "pagelab/owner/own_frame.h"
#include "pagelab/report/export/json_text.h"

namespace pagelab {

Cell Integer(uint64_t value) { return Cell::Unsigned(value); }

Cell TextOrNull(std::string text) {
  if (text.empty()) return {};
  return text;
}

ZoneNames::ZoneNames(const MemoryPicture& picture) {
  if (!picture.snapshot.has_value()) return;
  for (const SnapshotZone& zone : picture.snapshot->zones) {
    if (!zone.populated) continue;
    spans_.push_back({zone.span, fmt::format("Node {}, zone {}",
                                             zone.node.value(), zone.name)});
  }
}

std::string_view ZoneNames::Of(Pfn pfn) const {
  for (const Span& span : spans_) {
    if (span.range.Contains(pfn)) return span.name;
  }
  return "";
}

Cell RowWriter::StackOfLines(std::string_view lines) {
  const FrameList frames = FramesOf(lines);
  return StackOf(frames);
}

Cell RowWriter::StackOf(absl::Span<const std::string_view> frames) {
  if (frames.empty()) return {};
  std::string lines;
  for (const std::string_view frame : frames) {
    lines += ' ';
    lines += frame;
    lines += '\n';
  }
  const auto number = static_cast<int64_t>(stacks_.size()) + 1;
  const auto [at, added] = stacks_.try_emplace(lines, number);
  if (!added || !sink_.Wants(Table::kStacks)) return at->second;
  std::string redacted;
  for (const std::string_view frame : frames) {
    if (!redacted.empty()) redacted += ';';
    redacted += redactor_.Frame(frame);
  }
  const Redactor::Owner owner = redactor_.OwnerOf(frames);
  const Cell cells[] = {
      number,
      // Of what is redacted it would be a way back.
      redactor_.active()
          ? Cell()
          : Cell(StackIdText(StackId(lines, StackIdentity::kFrames))),
      Utf8Of(owner.function), Utf8Of(owner.module), Utf8Of(redacted)};
  sink_.Row(Table::kStacks, cells);
  return number;
}

absl::Status RowWriter::WriteAll() {
  if (!WriteMeta()) return absl::OkStatus();
  PAGELAB_RETURN_IF_ERROR(WriteRecords());
  const bool going = WriteGroups() && WriteSamples() && WriteFree() &&
                     WriteChanges() && WritePageblocks();
  if (!going) return absl::OkStatus();
  return WriteEvents();
}

absl::Status WriteRows(const MemoryPicture& picture,
                       const ExportOptions& options, RowSink& sink) {
  return RowWriter(picture, options, sink).WriteAll();
}

}  // namespace pagelab
