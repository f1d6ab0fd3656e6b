#include "pagelab/owner/dump_writer.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {

DumpWriter::DumpWriter(const PageOwner& owner,
                       const PageFlagsLayout& flags_layout,
                       const MemcgSource* memcgs)
    : owner_(owner),
      profile_(owner.text()),
      memcgs_(profile_.memcg_line ? memcgs : nullptr),
      flags_layout_(flags_layout),
      formatter_(
          {.flags_layout = flags_layout,
           .pageblock_order = owner.state().memory->geometry().pageblock_order,
           .group_by_mobility_disabled =
               owner.state().policy.page_group_by_mobility_disabled,
           .profile = &owner.text()}) {}

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

uint64_t DumpWriter::FlagsWordOf(const Page& page, const Zone& zone) const {
  return EraFlagsWord(*profile_.page_flags, page.flags, zone.node,
                      Index(zone.type), flags_layout_);
}

RecordText DumpWriter::TextOf(const OwnerWalk::Item& item) {
  const AllocatorState& state = owner_.state();
  const Page& page = *state.memory->PageAt(item.pfn);
  memcg_line_.clear();
  if (memcgs_ != nullptr && page.memcg().charged()) [[unlikely]] {
    AppendMemcgLine(memcg_line_, page.memcg(), *memcgs_);
  }
  return {.record = item.record,
          .pfn = item.pfn,
          .pageblock_type = state.PageblockType(item.pfn),
          .flags_word = FlagsWordOf(page, state.ZoneOf(*item.head)),
          .stack = StackText(item),
          .memcg_line = memcg_line_};
}

Pfn DumpWriter::StartOf(uint64_t position) const {
  const Pfn first = owner_.state().memory->min_low_pfn();
  if (!profile_.seek) return first + PageCount(position);
  return position == 0 ? first : Pfn(position);
}

uint64_t DumpWriter::PositionOf(Pfn pfn) const {
  if (profile_.seek) return pfn.value();
  return (pfn - owner_.state().memory->min_low_pfn()).value();
}

absl::StatusOr<size_t> DumpWriter::ReadRecord(uint64_t& position,
                                              absl::Span<char> buffer) {
  PAGELAB_RETURN_IF_ERROR(CheckInited());
  const std::optional<OwnerWalk::Item> item =
      OwnerWalk(owner_).Find(StartOf(position));
  if (!item.has_value()) return 0;
  position = PositionOf(item->pfn + PageCount(1));
  const RecordText text = TextOf(*item);
  std::vector<char> scratch(RecordFormatter::MaxSize(text));
  const size_t size = static_cast<size_t>(
      formatter_.Write(scratch.data(), text) - scratch.data());
  const size_t room = std::min(buffer.size(), profile_.max_read);
  if (room < size + 1) {
    std::string message = "page_owner: ENOMEM: the record of pfn ";
    AppendDecimal(message, item->pfn.value());
    message += " needs a buffer of ";
    AppendDecimal(message, size + 1);
    message += " bytes, got ";
    AppendDecimal(message, room);
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
    const bool fits = static_cast<size_t>(end - begin) < profile_.max_read;
    out.Advance(fits ? end : begin);
    if (!out.ok()) [[unlikely]] {
      return out.status();
    }
    pfn = OwnerWalk::After(*item);
  }
  return out.status();
}

namespace {

// fn(StackHandle, int64_t base pages) for each stack that is shown, latest
// first.
template <typename Fn>
void ForEachShownStack(const PageOwner& owner, Fn&& fn) {
  const absl::Span<const StackHandle> stacks = owner.listed_stacks();
  for (auto it = stacks.rbegin(); it != stacks.rend(); ++it) {
    const int64_t pages = owner.BasePagesOf(*it);
    if (pages < 1 || static_cast<uint64_t>(pages) < owner.count_threshold()) {
      continue;
    }
    fn(*it, pages);
  }
}

void AppendPages(std::string& text, int64_t pages) {
  text += "nr_base_pages: ";
  AppendSigned(text, pages);
  text += "\n\n";
}

void AppendHandle(std::string& text, StackHandle stack) {
  text += "handle: ";
  AppendDecimal(text, stack.value());
  text += '\n';
}

}  // namespace

absl::Status WriteShowStacks(const PageOwner& owner, OutputStream& out) {
  std::string text;
  ForEachShownStack(owner, [&](StackHandle stack, int64_t pages) {
    text.clear();
    owner.AppendStack(text, stack);
    AppendPages(text, pages);
    out.Append(text);
  });
  return out.status();
}

absl::Status WriteShowHandles(const PageOwner& owner, OutputStream& out) {
  std::string text;
  ForEachShownStack(owner, [&](StackHandle stack, int64_t pages) {
    text.clear();
    AppendHandle(text, stack);
    AppendPages(text, pages);
    out.Append(text);
  });
  return out.status();
}

absl::Status WriteShowStacksHandles(const PageOwner& owner, OutputStream& out) {
  std::string text;
  ForEachShownStack(owner, [&](StackHandle stack, int64_t) {
    text.clear();
    owner.AppendStack(text, stack);
    AppendHandle(text, stack);
    text += '\n';
    out.Append(text);
  });
  return out.status();
}

std::string ReadCountThreshold(const PageOwner& owner) {
  std::string text;
  AppendDecimal(text, owner.count_threshold());
  return text;
}

namespace {

// What a simple attribute looks at of a write.
constexpr size_t kMaxNumberText = 23;

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
         (c >= 'A' && c <= 'F');
}

// Takes "0x" or "0" off the front. Kernel counterpart: kstrtoull() with base 0.
int TakeBase(std::string_view& text) {
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
      IsHexDigit(text[2])) {
    text.remove_prefix(2);
    return 16;
  }
  return text.starts_with('0') ? 8 : 10;
}

absl::Status ThresholdError(std::string_view why, std::string_view text) {
  std::string message = "count_threshold: ";
  message += why;
  message += ": \"";
  message += text;
  message += '"';
  return InvalidInput(message);
}

}  // namespace

absl::Status WriteCountThreshold(PageOwner& owner, std::string_view text) {
  const std::string_view seen = text.substr(0, kMaxNumberText);
  std::string_view number = seen;
  if (number.ends_with('\n')) number.remove_suffix(1);
  if (number.starts_with('+')) number.remove_prefix(1);
  const int base = TakeBase(number);
  uint64_t threshold = 0;
  const char* const end = number.data() + number.size();
  const auto [stop, error] =
      std::from_chars(number.data(), end, threshold, base);
  if (error == std::errc::result_out_of_range && stop == end) {
    return ThresholdError("ERANGE: the number must have at most 64 bits", seen);
  }
  if (error != std::errc() || stop != end) {
    return ThresholdError("EINVAL: expected a number such as 7000 or 0x1b58",
                          seen);
  }
  owner.set_count_threshold(threshold);
  return absl::OkStatus();
}

}  // namespace pagelab
