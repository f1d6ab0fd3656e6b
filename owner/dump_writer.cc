#include "pagelab/owner/dump_writer.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {

DumpWriter::DumpWriter(const PageOwner& owner,
                       const PageFlagsLayout& flags_layout)
    : owner_(owner),
      flags_layout_(flags_layout),
      formatter_(
          {.flags_layout = flags_layout,
           .pageblock_order = owner.state().memory->geometry().pageblock_order,
           .group_by_mobility_disabled =
               owner.state().policy.page_group_by_mobility_disabled}) {}

absl::Status DumpWriter::CheckInited() const {
  if (owner_.inited()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "page_owner: EINVAL: tracking is off; boot with page_owner=on");
}

std::string_view DumpWriter::StackText(const OwnerWalk::Item& item) {
  if (owner_.has_inline_frames()) {
    inline_text_.clear();
    owner_.AppendFrames(inline_text_, owner_.InlineFramesAt(item.pfn));
    return inline_text_;
  }
  const uint32_t handle = item.record.handle;
  auto [it, inserted] = stacks_.try_emplace(handle);
  TextRange& range = it->second;
  if (inserted) {
    range.begin = stack_text_.size();
    owner_.AppendStack(stack_text_, StackHandle(handle));
    range.size = stack_text_.size() - range.begin;
  }
  return std::string_view(stack_text_).substr(range.begin, range.size);
}

RecordText DumpWriter::TextOf(const OwnerWalk::Item& item) {
  const AllocatorState& state = owner_.state();
  const Zone& zone = state.ZoneOf(*item.head);
  return {.record = item.record,
          .pfn = item.pfn,
          .pageblock_type = state.PageblockType(item.pfn),
          .flags_word = FlagsWord(state.memory->PageAt(item.pfn)->flags,
                                  zone.node, Index(zone.type), flags_layout_),
          .stack = StackText(item)};
}

absl::StatusOr<size_t> DumpWriter::ReadRecord(uint64_t& position,
                                              absl::Span<char> buffer) {
  PAGELAB_RETURN_IF_ERROR(CheckInited());
  const Pfn start =
      position == 0 ? owner_.state().memory->min_low_pfn() : Pfn(position);
  const std::optional<OwnerWalk::Item> item = OwnerWalk(owner_).Find(start);
  if (!item.has_value()) return 0;
  position = item->pfn.value() + 1;
  const RecordText text = TextOf(*item);
  std::vector<char> scratch(RecordFormatter::MaxSize(text));
  const size_t size = static_cast<size_t>(
      formatter_.Write(scratch.data(), text) - scratch.data());
  if (std::min(buffer.size(), kMaxBuffer) < size + 1) {
    std::string message = "page_owner: ENOMEM: the record of pfn ";
    AppendDecimal(message, item->pfn.value());
    message += " needs a buffer of ";
    AppendDecimal(message, size + 1);
    message += " bytes, got ";
    AppendDecimal(message, std::min(buffer.size(), kMaxBuffer));
    return absl::ResourceExhaustedError(message);
  }
  std::memcpy(buffer.data(), scratch.data(), size);
  return size;
}

absl::Status DumpWriter::Write(OutputStream& out) {
  PAGELAB_RETURN_IF_ERROR(CheckInited());
  OwnerWalk walk(owner_);
  Pfn pfn = owner_.state().memory->min_low_pfn();
  while (const std::optional<OwnerWalk::Item> item = walk.Find(pfn)) {
    const RecordText text = TextOf(*item);
    char* begin = out.Reserve(RecordFormatter::MaxSize(text));
    char* end = formatter_.Write(begin, text);
    const bool fits = static_cast<size_t>(end - begin) < kMaxBuffer;
    out.Advance(fits ? end : begin);
    if (!out.ok()) [[unlikely]] {
      return out.status();
    }
    pfn = OwnerWalk::After(*item);
  }
  return out.status();
}

absl::Status WriteShowStacks(const PageOwner& owner, OutputStream& out) {
  const absl::Span<const StackHandle> stacks = owner.listed_stacks();
  std::string text;
  for (auto it = stacks.rbegin(); it != stacks.rend(); ++it) {
    const int64_t pages = owner.BasePagesOf(*it);
    if (pages < 1 || static_cast<uint64_t>(pages) < owner.count_threshold()) {
      continue;
    }
    text.clear();
    owner.AppendStack(text, *it);
    text += "nr_base_pages: ";
    AppendSigned(text, pages);
    text += "\n\n";
    out.Append(text);
  }
  return out.status();
}

std::string ReadCountThreshold(const PageOwner& owner) {
  std::string text;
  AppendDecimal(text, owner.count_threshold());
  return text;
}

absl::Status WriteCountThreshold(PageOwner& owner, std::string_view text) {
  std::string_view number = text;
  if (number.ends_with('\n')) number.remove_suffix(1);
  const absl::StatusOr<uint64_t> threshold = ParseUint64(number);
  if (!threshold.ok()) {
    std::string message = "count_threshold: EINVAL: ";
    message += FromAbsl(threshold.status().message());
    return InvalidInput(message);
  }
  owner.set_count_threshold(*threshold);
  return absl::OkStatus();
}

}  // namespace pagelab
