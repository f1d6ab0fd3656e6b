#include "pagelab/owner/sort/compat_reader.h"

#include <cstring>

#include "pagelab/owner/dump/byte_range.h"
#include "pagelab/owner/dump/frame_scan.h"

namespace pagelab {
namespace {

// The tool's buffer has 128 KiB. Of blocks that come near that the lines must
// be counted.
constexpr size_t kMaxBlock = 131000;

constexpr std::string_view kPfn = "PFN";

bool IsPfnLine(const char* at, const char* end) {
  return View(at, end).starts_with(kPfn);
}

bool HasNul(std::string_view text) {
  return std::memchr(text.data(), '\0', text.size()) != nullptr;
}

}  // namespace

CompatReader::CompatReader(const SortPlan& plan, std::atomic<bool>& gave_up)
    : table_(plan),
      fields_(table_.plan(), table_, nullptr),
      gave_up_(gave_up),
      reads_pfn_(plan.needs_allocator()) {}

size_t CompatReader::GiveUp(size_t taken) {
  gave_up_.store(true, std::memory_order_relaxed);
  return taken;
}

void CompatReader::Add(const CompatBlock& block) {
  counts_.Add(block.position, fields_.Add(block));
}

const char* CompatReader::EndOfRest(const char* at, const char* end,
                                    bool& whole) {
  whole = true;
  const size_t size = last_rest_.size();
  if (static_cast<size_t>(end - at) > size && at[size] == '\n' && size > 0 &&
      std::memcmp(at, last_rest_.data(), size) == 0) {
    return at + size;
  }
  const char* line = at;
  if (line != end && *line == ' ') {
    line = EndOfFrames(line, end);
    if (line == nullptr) line = end;
  }
  while (line != end && *line != '\n') {
    if (IsPfnLine(line, end)) return nullptr;
    const char* const newline = NewlineIn(line, end);
    line = newline == nullptr ? end : newline + 1;
  }
  if (line == end) {
    whole = false;
    return nullptr;
  }
  const std::string_view rest = View(at, line);
  if (HasNul(rest)) return nullptr;
  last_rest_ = rest;
  return line;
}

const char* CompatReader::ReadBlock(const char* at, const char* end,
                                    uint64_t offset) {
  const char* const head_end = NewlineIn(at, end);
  if (head_end == nullptr) return nullptr;
  if (head_end == at || IsPfnLine(at, end) || !IsPfnLine(head_end + 1, end)) {
    return ReadOddBlock(at, end, offset);
  }
  const char* const pfn_end = NewlineIn(head_end + 1, end);
  if (pfn_end == nullptr) return nullptr;
  bool whole = false;
  const char* const rest_end = EndOfRest(pfn_end + 1, end, whole);
  const std::string_view head = View(at, head_end + 1);
  if (rest_end == nullptr || HasNul(head)) {
    return whole ? ReadOddBlock(at, end, offset) : nullptr;
  }
  if (reads_pfn_) {
    pfn_bits_ = AllocatorOfPfnLine(View(head_end + 1, pfn_end));
  } else {
    pfn_bits_ = 0;
  }
  Add({.position = offset,
       .head = head,
       .rest = View(pfn_end + 1, rest_end),
       .pfn_bits = *pfn_bits_});
  return rest_end + 1;
}

const char* CompatReader::ReadOddBlock(const char* at, const char* end,
                                       uint64_t offset) {
  head_.clear();
  rest_.clear();
  bool in_head = true;
  std::optional<AllocatorBits> bits = pfn_bits_;
  while (at != end && *at != '\n') {
    const char* const newline = NewlineIn(at, end);
    if (newline == nullptr) return nullptr;
    const std::string_view line = View(at, newline + 1);
    at = newline + 1;
    if (line.starts_with(kPfn)) {
      bits = AllocatorOfPfnLine(line);
      continue;
    }
    // A line is a string of C.
    const std::string_view kept = line.substr(0, line.find('\0'));
    (in_head ? head_ : rest_) += kept;
    if (kept.ends_with('\n')) in_head = false;
  }
  if (at == end) return nullptr;
  if (reads_pfn_ && !bits.has_value()) {
    gave_up_.store(true, std::memory_order_relaxed);
    return end;
  }
  pfn_bits_ = bits.value_or(0);
  Add({.position = offset,
       .head = head_,
       .rest = rest_,
       .pfn_bits = *pfn_bits_});
  return at + 1;
}

size_t CompatReader::Take(std::string_view text, uint64_t offset, bool last) {
  if (gave_up_.load(std::memory_order_relaxed)) return text.size();
  if (offset != next_offset_) pfn_bits_.reset();
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const behind =
        ReadBlock(at, end, offset + static_cast<uint64_t>(at - text.data()));
    if (behind == nullptr) break;
    if (static_cast<size_t>(behind - at) > kMaxBlock) {
      return GiveUp(text.size());
    }
    at = behind;
  }
  const auto left = static_cast<size_t>(end - at);
  if (left > kMaxBlock) return GiveUp(text.size());
  // A block that the text does not end is lost.
  if (last) at = end;
  next_offset_ = offset + static_cast<uint64_t>(at - text.data());
  return static_cast<size_t>(at - text.data());
}

}  // namespace pagelab
