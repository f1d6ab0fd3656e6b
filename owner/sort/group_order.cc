#include "pagelab/owner/sort/group_order.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace pagelab {
namespace {

// A group with what it is sorted by first.
struct Entry {
  uint64_t key;
  Group* group;
};

constexpr int kDigitBits = 11;
constexpr size_t kDigits = size_t{1} << kDigitBits;
// Below this many entries the counters cost more than they bring.
constexpr size_t kFewEntries = 4096;

// By keys, least significant digit first; entries of equal keys stay in order.
void RadixSort(std::vector<Entry>& entries) {
  uint64_t all = 0;
  uint64_t common = std::numeric_limits<uint64_t>::max();
  for (const Entry& entry : entries) {
    all |= entry.key;
    common &= entry.key;
  }
  std::vector<Entry> other(entries.size());
  for (int shift = 0; shift < 64; shift += kDigitBits) {
    if (((all ^ common) >> shift & (kDigits - 1)) == 0) continue;
    std::array<size_t, kDigits> begins{};
    const auto digit = [shift](const Entry& entry) {
      return entry.key >> shift & (kDigits - 1);
    };
    for (const Entry& entry : entries) ++begins[digit(entry)];
    size_t sum = 0;
    for (size_t& begin : begins) {
      const size_t count = begin;
      begin = sum;
      sum += count;
    }
    for (const Entry& entry : entries) other[begins[digit(entry)]++] = entry;
    entries.swap(other);
  }
}

uint64_t OrderOfSigned(int64_t value) {
  return static_cast<uint64_t>(value) ^ uint64_t { 1 } << 63;
}

template <typename T>
int Compare(const T& a, const T& b) {
  return a < b ? -1 : static_cast<int>(b < a);
}

// Keys of a plan, and behind them those of the cull.
class GroupOrder {
 public:
  GroupOrder(const GroupTable& table, const GroupText& text)
      : text_(text),
        order_(table.plan().order),
        generation_(table.plan().generation) {
    const CullKeys& cull = table.plan().cull;
    if (!cull.any()) cull_.push_back(SortBy::kText);
    if (cull.stack) cull_.push_back(SortBy::kStack);
    if (cull.pid) cull_.push_back(SortBy::kPid);
    if (cull.tgid) cull_.push_back(SortBy::kTgid);
    if (cull.name) cull_.push_back(SortBy::kName);
    culls_by_free_ = cull.free;
    culls_by_allocator_ = cull.allocator;
  }

  // As much of the order as fits into a number.
  uint64_t FirstKey(const Group& group) const {
    if (order_.empty()) return 0;
    const uint64_t key = Number(group, order_.front().by);
    return order_.front().descending ? ~key : key;
  }

  bool Less(const Group& a, const Group& b) const {
    for (const SortKey& key : order_) {
      int result = CompareBy(key.by, a, b);
      if (result == 0 && NeverEqual(key.by)) {
        result = -CompareCull(a, b);
        if (result == 0) break;
      }
      if (result != 0) return key.descending ? result > 0 : result < 0;
    }
    const int result = CompareCull(a, b);
    return result != 0 ? result < 0 : a.position < b.position;
  }

 private:
  // The tools of old compare times as earlier or later and nothing else: of
  // equal ones a merge sort takes the last first.
  bool NeverEqual(SortBy by) const {
    return (by == SortBy::kAllocTs || by == SortBy::kFreeTs) &&
           (generation_ == SortGeneration::kLinux517 ||
            generation_ == SortGeneration::kLinux63);
  }

  bool wraps() const { return generation_ != SortGeneration::kPagelab; }

  uint64_t Number(const Group& group, SortBy by) const {
    switch (by) {
      case SortBy::kTimes:
        return group.times;
      case SortBy::kPages:
        return wraps() ? OrderOfSigned(static_cast<int32_t>(group.pages))
                       : group.pages;
      case SortBy::kPid:
        return OrderOfSigned(group.pid);
      case SortBy::kTgid:
        return OrderOfSigned(group.tgid);
      case SortBy::kName:
        return text_.NameRank(group);
      case SortBy::kStack:
        return text_.RestRank(group);
      case SortBy::kText:
        return text_.has_holes() ? 0 : text_.TextRank(group);
      case SortBy::kAllocTs:
        return group.ts;
      case SortBy::kFreeTs:
        return group.free_ts;
      case SortBy::kAllocator:
        return group.allocator;
    }
    return 0;
  }

  int CompareBy(SortBy by, const Group& a, const Group& b) const {
    if (by == SortBy::kText) return text_.CompareTexts(a, b);
    return Compare(Number(a, by), Number(b, by));
  }

  int CompareCull(const Group& a, const Group& b) const {
    for (const SortBy by : cull_) {
      const int result = CompareBy(by, a, b);
      if (result != 0) return result;
    }
    if (culls_by_free_ && a.released != b.released) {
      return Compare(a.released, b.released);
    }
    return culls_by_allocator_ ? Compare(a.allocator, b.allocator) : 0;
  }

  const GroupText& text_;
  const std::vector<SortKey>& order_;
  const SortGeneration generation_;
  std::vector<SortBy> cull_;
  bool culls_by_free_ = false;
  bool culls_by_allocator_ = false;
};

// Of a table that appends: the time of allocation is part of the text.
bool SameText(const Group& a, const Group& b, bool keeps_free_ts) {
  return a.head == b.head && a.rest == b.rest && a.ts == b.ts &&
         (!keeps_free_ts || a.free_ts == b.free_ts);
}

}  // namespace

std::vector<const Group*> SortGroups(GroupTable& table, const GroupText& text) {
  const GroupOrder order(table, text);
  std::vector<Entry> entries;
  entries.reserve(table.groups().size());
  table.mutable_groups().ForEach([&](Group& group) {
    entries.push_back({order.FirstKey(group), &group});
  });
  const auto by_key = [](const Entry& a, const Entry& b) {
    return a.key < b.key;
  };
  if (entries.size() < kFewEntries) {
    std::sort(entries.begin(), entries.end(), by_key);
  } else {
    RadixSort(entries);
  }
  for (auto begin = entries.begin(); begin != entries.end();) {
    auto end = begin + 1;
    while (end != entries.end() && end->key == begin->key) ++end;
    if (end - begin > 1) {
      std::sort(begin, end, [&order](const Entry& a, const Entry& b) {
        return order.Less(*a.group, *b.group);
      });
    }
    begin = end;
  }
  std::vector<const Group*> sorted;
  sorted.reserve(entries.size());
  const bool keeps_free_ts = table.plan().keeps_free_ts();
  Group* last = nullptr;
  for (const Entry& entry : entries) {
    if (table.appends() && last != nullptr &&
        SameText(*last, *entry.group, keeps_free_ts)) {
      MergeGroup(*last, *entry.group);
      continue;
    }
    last = entry.group;
    sorted.push_back(last);
  }
  return sorted;
}

}  // namespace pagelab
