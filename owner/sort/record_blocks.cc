#include "pagelab/owner/sort/record_blocks.h"

namespace pagelab {
namespace {

// Whether `part` is in `text`, with a newline behind it.
bool IsLineOf(std::string_view part, std::string_view text) {
  return part.data() >= text.data() &&
         part.data() + part.size() < text.data() + text.size() &&
         part.data()[part.size()] == '\n';
}

}  // namespace

RecordBlocks::RecordBlocks(const SortPlan& plan)
    : table_(plan),
      plan_(table_.plan()),
      needs_text_(plan.needs_text()),
      needs_rest_(plan.needs_stack() || plan.needs_allocator()),
      needs_allocator_(plan.needs_allocator()) {}

size_t RecordBlocks::Take(std::string_view text, uint64_t offset, bool last) {
  piece_ = text.data();
  piece_offset_ = base_ + offset;
  return RecordReader::Take(text, offset, last);
}

bool RecordBlocks::Passes(const SortBlock& block) const {
  const SortFilters& filters = plan_.filters;
  if (filters.in_use_only && block.released) return false;
  return filters.TakesPid(block.pid) && filters.TakesTgid(block.tgid) &&
         filters.TakesName(block.name);
}

// The text of a record that is as the kernel prints it is taken where it is.
void RecordBlocks::SetHead(const DumpRecord& record, SortBlock& block) {
  const std::string_view line = record.header_line;
  if (IsLineOf(line, record.text)) {
    block.head = {line.data(), line.size() + 1};
  } else if (!line.empty()) {
    head_ = line;
    head_ += '\n';
    block.head = head_;
  }
  const std::string_view ts = record.header.ts_digits;
  if (!ts.empty()) {
    block.ts_digits = block.head.substr(
        static_cast<size_t>(ts.data() - line.data()), ts.size());
  }
  const std::string_view free_ts = record.header.free_ts_digits;
  if (!free_ts.empty()) {
    block.free_ts_digits = block.head.substr(
        static_cast<size_t>(free_ts.data() - line.data()), free_ts.size());
  }
}

void RecordBlocks::SetRest(const DumpRecord& record, SortBlock& block) {
  const std::string_view frames = record.frames;
  const std::string_view notes = record.notes;
  if (notes.empty()) {
    block.rest = frames;
  } else if (frames.data() + frames.size() == notes.data()) {
    block.rest = {frames.data(), frames.size() + notes.size()};
  } else {
    rest_ = frames;
    rest_ += notes;
    block.rest = rest_;
  }
}

void RecordBlocks::OnRecord(const DumpRecord& record) {
  if (record.kind == RecordKind::kFreedReport ||
      record.kind == RecordKind::kStackOfHandle) {
    return;
  }
  const RecordHeader& header = record.header;
  SortBlock block;
  block.position =
      piece_offset_ + static_cast<uint64_t>(record.text.data() - piece_);
  block.pages = record.pages;
  if (header.has_pid) block.pid = header.pid;
  if (header.has_task) {
    block.tgid = header.tgid;
    block.name = header.comm;
  }
  if (header.has_ts) block.ts = header.ts_nsec;
  block.free_ts = header.has_free_ts ? header.free_ts_nsec : kUnknownTs;
  block.released = header.has_free_ts && header.free_ts_nsec > header.ts_nsec;
  if (!Passes(block)) return;
  if (needs_text_) SetHead(record, block);
  if (needs_rest_) SetRest(record, block);
  if (needs_allocator_) {
    block.allocator = CombineAllocator(AllocatorOfPfnLine(record.pfn_line),
                                       IsVmalloc(block.rest));
  }
  table_.Add(block);
}

}  // namespace pagelab
