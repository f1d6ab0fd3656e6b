#include "pagelab/owner/sort/group_table.h"

#include <algorithm>

namespace pagelab {
namespace {

constexpr size_t kFirstChunk = 64;
constexpr size_t kLargestChunk = size_t{1} << 15;

// Digits that the number alone gives again: no zeros in front, no overflow.
bool IsCanonical(std::string_view digits) {
  return digits.size() <= 19 && (digits[0] != '0' || digits.size() == 1);
}

uint64_t Mix(uint64_t hash, uint64_t word) {
  const auto product =
      static_cast<unsigned __int128>(hash ^ word) * 0x9e3779b97f4a7c15;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Whether blocks of equal text are neighbours once they are sorted: by time,
// which is part of the text, and then by nothing that equal texts may differ
// in.
bool SortingFindsEquals(const SortPlan& plan) {
  if (plan.cull.any() || !plan.keeps_ts() || plan.order.empty() ||
      plan.order.front().by != SortBy::kAllocTs) {
    return false;
  }
  return !plan.sorts_by(SortBy::kTimes) && !plan.sorts_by(SortBy::kPages) &&
         !plan.sorts_by(SortBy::kFreeTs) && !plan.sorts_by(SortBy::kAllocator);
}

std::vector<uint32_t> InternAll(const TextTable& from, TextTable& to) {
  std::vector<uint32_t> numbers(from.size());
  for (uint32_t i = 0; i < from.size(); ++i) numbers[i] = to.Intern(from[i]);
  return numbers;
}

}  // namespace

Group& GroupList::Add(const Group& group) {
  if (chunks_.empty() || chunks_.back().used == chunks_.back().room) {
    const size_t room = chunks_.empty()
                            ? kFirstChunk
                            : std::min(chunks_.back().room * 4, kLargestChunk);
    chunks_.push_back({std::make_unique_for_overwrite<Group[]>(room), 0, room});
  }
  Chunk& chunk = chunks_.back();
  Group& added = chunk.groups[chunk.used++];
  added = group;
  ++size_;
  return added;
}

void GroupList::TakeAll(GroupList& other) {
  std::move(other.chunks_.begin(), other.chunks_.end(),
            std::back_inserter(chunks_));
  size_ += other.size_;
  other.chunks_.clear();
  other.size_ = 0;
}

void MergeGroup(Group& into, const Group& group) {
  const uint64_t times = into.times + group.times;
  const uint64_t pages = into.pages + group.pages;
  if (group.position < into.position) into = group;
  into.times = times;
  into.pages = pages;
}

size_t GroupTable::KeyHash::operator()(const Key& key) const {
  uint64_t hash = Mix(key.ts, key.free_ts + 1);
  hash = Mix(hash, uint64_t{key.head} << 32 | key.rest);
  hash = Mix(hash, uint64_t{static_cast<uint32_t>(key.pid)} << 32 |
                       static_cast<uint32_t>(key.tgid));
  return Mix(hash, uint64_t{key.name} << 32 | key.flags);
}

GroupTable::GroupTable(const SortPlan& plan)
    : plan_(plan),
      appends_(SortingFindsEquals(plan)),
      needs_text_(plan.needs_text()),
      needs_stack_(plan.needs_stack()),
      needs_name_(plan.needs_name()),
      keeps_ts_(plan.keeps_ts()),
      keeps_free_ts_(plan.keeps_free_ts()) {}

uint32_t GroupTable::InternHead(const SortBlock& block) {
  std::string_view ts = block.ts_digits;
  std::string_view free_ts = block.free_ts_digits;
  const bool holds_ts = keeps_ts_ && !ts.empty() && IsCanonical(ts);
  const bool holds_free_ts = keeps_free_ts_ && !free_ts.empty() &&
                             IsCanonical(free_ts) && (holds_ts || !keeps_ts_);
  if (keeps_ts_ && !holds_ts) ts = {};
  if (keeps_free_ts_ && !holds_free_ts) free_ts = {};
  if (ts.empty() && free_ts.empty()) return heads_.Intern(block.head);
  head_.clear();
  const char* at = block.head.data();
  if (!ts.empty()) {
    head_.append(at, ts.data());
    if (holds_ts) head_ += '\0';
    at = ts.data() + ts.size();
  }
  if (!free_ts.empty()) {
    head_.append(at, free_ts.data());
    if (holds_free_ts) head_ += '\0';
    at = free_ts.data() + free_ts.size();
  }
  head_.append(at, block.head.data() + block.head.size());
  return heads_.Intern(head_);
}

GroupTable::Key GroupTable::KeyOf(const Group& group) const {
  Key key;
  const CullKeys& cull = plan_.cull;
  if (!cull.any()) {
    key.head = group.head;
    key.rest = group.rest;
    if (keeps_ts_) key.ts = group.ts;
    if (keeps_free_ts_) key.free_ts = group.free_ts;
    return key;
  }
  if (cull.stack) key.rest = group.rest;
  if (cull.name) key.name = group.name;
  if (cull.pid) key.pid = group.pid;
  if (cull.tgid) key.tgid = group.tgid;
  if (cull.allocator) key.flags = group.allocator;
  if (cull.free) key.flags |= group.released ? 0x100 : 0x200;
  return key;
}

void GroupTable::AddGroup(const Group& group) {
  if (appends_) {
    last_ = &groups_.Add(group);
    return;
  }
  const Key key = KeyOf(group);
  if (last_ == nullptr || !(key == last_key_)) {
    Group*& found = by_key_[key];
    last_key_ = key;
    if (found == nullptr) {
      found = last_ = &groups_.Add(group);
      return;
    }
    last_ = found;
  }
  MergeGroup(*last_, group);
}

void GroupTable::Add(const SortBlock& block) {
  Group group;
  group.position = block.position;
  group.times = 1;
  group.pages = block.pages;
  group.ts = block.ts;
  group.free_ts = block.free_ts;
  if (needs_text_) group.head = InternHead(block);
  if (needs_stack_) group.rest = rests_.Intern(block.rest);
  if (needs_name_) group.name = names_.Intern(block.name);
  group.pid = block.pid;
  group.tgid = block.tgid;
  group.allocator = block.allocator;
  group.released = block.released;
  AddGroup(group);
}

void GroupTable::Repeat(uint64_t pages) {
  ++last_->times;
  last_->pages += pages;
}

void GroupTable::Absorb(GroupTable& other) {
  const std::vector<uint32_t> heads = InternAll(other.heads_, heads_);
  const std::vector<uint32_t> rests = InternAll(other.rests_, rests_);
  const std::vector<uint32_t> names = InternAll(other.names_, names_);
  other.groups_.ForEach([&](Group& group) {
    if (!heads.empty()) group.head = heads[group.head];
    if (!rests.empty()) group.rest = rests[group.rest];
    if (!names.empty()) group.name = names[group.name];
    if (!appends_) AddGroup(group);
  });
  if (appends_) groups_.TakeAll(other.groups_);
}

}  // namespace pagelab
