#include "pagelab/owner/sort/group_text.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// The place of each text in the order of their bytes.
std::vector<uint32_t> RanksOf(const TextTable& table) {
  std::vector<uint32_t> order(table.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&table](uint32_t a, uint32_t b) { return table[a] < table[b]; });
  std::vector<uint32_t> ranks(order.size());
  for (uint32_t rank = 0; rank < order.size(); ++rank) {
    ranks[order[rank]] = rank;
  }
  return ranks;
}

int CompareNumbers(uint32_t a, uint32_t b) {
  return a < b ? -1 : static_cast<int>(a > b);
}

}  // namespace

GroupText::GroupText(const GroupTable& table)
    : texts_(table.heads()),
      first_is_ts_(table.plan().keeps_ts()),
      rests_(RanksOf(table.rests())),
      names_(RanksOf(table.names())) {
  std::vector<Holes> holes(texts_.size());
  bool any = false;
  for (uint32_t i = 0; i < holes.size(); ++i) {
    const std::string_view head = texts_[i];
    const size_t first = head.find('\0');
    if (first == std::string_view::npos) continue;
    any = true;
    holes[i].first = static_cast<uint32_t>(first);
    const size_t second = head.find('\0', first + 1);
    if (second == std::string_view::npos) continue;
    holes[i].second = static_cast<uint32_t>(second);
  }
  if (any) {
    holes_ = std::move(holes);
  } else {
    heads_ = RanksOf(texts_);
  }
}

size_t GroupText::HeadRoom(const Group& group) const {
  return texts_[group.head].size() + size_t{2} * kMaxDecimalDigits;
}

char* GroupText::WriteHead(const Group& group, char* out) const {
  const std::string_view head = texts_[group.head];
  const Holes holes = holes_.empty() ? Holes() : holes_[group.head];
  if (holes.first == Holes::kNone) return WriteText(out, head);
  out = WriteText(out, head.substr(0, holes.first));
  out = WriteDecimal(out, first_is_ts_ ? group.ts : group.free_ts);
  const size_t behind = holes.first + 1;
  if (holes.second == Holes::kNone) return WriteText(out, head.substr(behind));
  out = WriteText(out, head.substr(behind, holes.second - behind));
  out = WriteDecimal(out, group.free_ts);
  return WriteText(out, head.substr(holes.second + 1));
}

int GroupText::CompareHeads(const Group& a, const Group& b) const {
  if (!has_holes()) return CompareNumbers(heads_[a.head], heads_[b.head]);
  if (a.head == b.head && a.ts == b.ts && a.free_ts == b.free_ts) return 0;
  std::string text_a(HeadRoom(a), '\0');
  std::string text_b(HeadRoom(b), '\0');
  text_a.resize(
      static_cast<size_t>(WriteHead(a, text_a.data()) - text_a.data()));
  text_b.resize(
      static_cast<size_t>(WriteHead(b, text_b.data()) - text_b.data()));
  return text_a.compare(text_b);
}

// A first line that is the beginning of another one has no newline, and
// nothing behind it.
int GroupText::CompareTexts(const Group& a, const Group& b) const {
  const int heads = CompareHeads(a, b);
  return heads != 0 ? heads : CompareRests(a, b);
}

int GroupText::CompareRests(const Group& a, const Group& b) const {
  return CompareNumbers(rests_[a.rest], rests_[b.rest]);
}

int GroupText::CompareNames(const Group& a, const Group& b) const {
  return CompareNumbers(names_[a.name], names_[b.name]);
}

uint64_t GroupText::TextRank(const Group& group) const {
  return uint64_t{heads_[group.head]} << 32 | rests_[group.rest];
}

}  // namespace pagelab
