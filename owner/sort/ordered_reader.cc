#include "pagelab/owner/sort/ordered_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr size_t kReadSize = size_t{256} << 10;
// The tool's buffer.
constexpr size_t kBlockBuffer = size_t{128} << 10;
constexpr size_t kMaxMessages = size_t{1} << 16;

}  // namespace

LineSource::LineSource(InputStream& input)
    : input_(input), buffer_(kReadSize) {}

absl::StatusOr<size_t> LineSource::Read(char* out, size_t room) {
  size_t size = 0;
  while (size + 1 < room) {
    if (unread_.empty()) {
      PAGELAB_ASSIGN_OR_RETURN(const size_t got,
                               input_.Read(absl::MakeSpan(buffer_)));
      if (got == 0) break;
      unread_ = {buffer_.data(), got};
    }
    const std::string_view piece = unread_.substr(0, room - 1 - size);
    const size_t newline = piece.find('\n');
    const size_t taken =
        newline == std::string_view::npos ? piece.size() : newline + 1;
    std::memcpy(out + size, unread_.data(), taken);
    size += taken;
    unread_.remove_prefix(taken);
    if (newline != std::string_view::npos) break;
  }
  out[size] = '\0';
  return size;
}

OrderedReader::OrderedReader(const SortPlan& plan, Options options)
    : options_(std::move(options)),
      table_(plan),
      fields_(table_.plan(), table_,
              options_.debug == nullptr ? nullptr : &messages_),
      joins_neighbours_(plan.generation < SortGeneration::kLinux612) {}

void OrderedReader::TellMessages() {
  if (!messages_.empty()) options_.debug(messages_);
  messages_.clear();
}

bool OrderedReader::Add(std::string_view text, AllocatorBits pfn_bits) {
  const size_t newline = text.find('\n');
  const size_t head =
      newline == std::string_view::npos ? text.size() : newline + 1;
  const CompatBlock block = {.position = blocks_++,
                             .head = text.substr(0, head),
                             .rest = text.substr(head),
                             .pfn_bits = pfn_bits};
  if (joins_neighbours_ && stored_ > 0 && text == last_text_) {
    fields_.Repeat(block);
  } else if (stored_ == options_.capacity) {
    too_many_ = true;
    return false;
  } else if (fields_.Add(block)) {
    ++stored_;
    if (joins_neighbours_) last_text_ = text;
  }
  if (messages_.size() >= kMaxMessages) TellMessages();
  return true;
}

absl::Status OrderedReader::Read(InputStream& input) {
  LineSource lines(input);
  std::vector<char> buffer(kBlockBuffer);
  AllocatorBits pfn_bits = 0;
  size_t used = 0;
  uint64_t read = 0;
  while (used + 2 <= buffer.size()) {
    char* const line = buffer.data() + used;
    PAGELAB_ASSIGN_OR_RETURN(const size_t size,
                             lines.Read(line, buffer.size() - used));
    if (size == 0) break;
    read += size;
    if (*line == '\n') {
      if (!Add({buffer.data(), used}, pfn_bits)) break;
      if (options_.progress && blocks_ % 4096 == 0) options_.progress(read);
      used = 0;
    } else if (std::strncmp(line, "PFN", 3) == 0) {
      pfn_bits = AllocatorOfPfnLine({line, size});
    } else {
      used += std::strlen(line);
    }
  }
  TellMessages();
  return absl::OkStatus();
}

}  // namespace pagelab
