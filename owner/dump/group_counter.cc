#include "pagelab/owner/dump/group_counter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/line_cursor.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

// Ages come in steps that a person thinks in.
struct AgeStep {
  uint64_t below;
  std::string_view name;
};
constexpr AgeStep kAgeSteps[] = {
    {kSecond, "under 1s"},           {10 * kSecond, "1s to 10s"},
    {60 * kSecond, "10s to 1min"},   {600 * kSecond, "1min to 10min"},
    {3600 * kSecond, "10min to 1h"}, {86400 * kSecond, "1h to 1 day"},
    {~uint64_t{0}, "over 1 day"},
};

constexpr uint32_t kUnknownNumber = uint32_t{1} << 31;
constexpr size_t kMaxKeyedStacks = size_t{1} << 16;
constexpr std::string_view kHandle = "handle: ";
constexpr std::string_view kHandleFrame = " handle: ";

uint32_t AgeStepOf(int64_t age) {
  const auto* step = std::find_if(
      std::begin(kAgeSteps), std::end(kAgeSteps) - 1,
      [age](const AgeStep& s) { return static_cast<uint64_t>(age) < s.below; });
  return static_cast<uint32_t>(step - std::begin(kAgeSteps));
}

}  // namespace

GroupCounter::GroupCounter(absl::Span<const DumpField> by,
                           StackIdentity identity, std::optional<uint64_t> now)
    : by_(by.begin(), by.end()), identity_(identity), fields_(now) {
  for (const DumpField field : by_) {
    PAGELAB_CHECK(InfoOf(field).groups);
    texts_.push_back(InfoOf(field).is_number ? nullptr
                                             : std::make_unique<TextTable>());
  }
}

uint32_t GroupCounter::StackValue(size_t field, const DumpRecord& record) {
  TextTable& texts = *texts_[field];
  const bool is_key =
      identity_ == StackIdentity::kFrames && !record.frames.starts_with(" [<");
  if (is_key || record.frames.starts_with(kHandleFrame)) {
    return texts.Intern(record.frames, record.frames_hash);
  }
  if (keyed_stacks_.size() >= kMaxKeyedStacks) keyed_stacks_.clear();
  const auto [at, added] = keyed_stacks_.try_emplace(record.frames_hash);
  if (added) at->second = texts.Intern(StackKey(record.frames, identity_));
  return at->second;
}

uint32_t GroupCounter::ValueOf(size_t field, const DumpRecord& record) {
  if (by_[field] == DumpField::kStack) return StackValue(field, record);
  const FieldValue value = fields_.Read(by_[field]);
  if (texts_[field] != nullptr) return texts_[field]->Intern(value.text);
  if (!value.known) return kUnknownNumber;
  return by_[field] == DumpField::kAge ? AgeStepOf(value.number)
                                       : static_cast<uint32_t>(value.number);
}

void GroupCounter::Add(const DumpRecord& record) {
  if (record.kind == RecordKind::kFreedReport) return;
  if (record.kind == RecordKind::kStackOfHandle) {
    stacks_of_handles_.try_emplace(record.handle, record.frames);
    return;
  }
  fields_.Start(record);
  uint32_t tuple = TupleTable::kEmpty;
  for (size_t field = 0; field < by_.size(); ++field) {
    tuple = tuples_.Append(tuple, ValueOf(field, record));
  }
  if (counts_.size() < tuples_.size()) counts_.resize(tuples_.size());
  counts_[tuple].pages += record.pages;
  ++counts_[tuple].records;
}

void GroupCounter::Merge(const GroupCounter& other) {
  stacks_of_handles_.insert(other.stacks_of_handles_.begin(),
                            other.stacks_of_handles_.end());
  std::vector<uint32_t> values(by_.size());
  for (uint32_t theirs = 0; theirs < other.counts_.size(); ++theirs) {
    if (other.counts_[theirs].records == 0) continue;
    uint32_t left = theirs;
    for (size_t field = by_.size(); field-- > 0;) {
      values[field] = other.tuples_.Last(left);
      left = other.tuples_.Prefix(left);
    }
    uint32_t tuple = TupleTable::kEmpty;
    for (size_t field = 0; field < by_.size(); ++field) {
      tuple = tuples_.Append(
          tuple,
          texts_[field] == nullptr
              ? values[field]
              : texts_[field]->Intern((*other.texts_[field])[values[field]]));
    }
    if (counts_.size() < tuples_.size()) counts_.resize(tuples_.size());
    counts_[tuple].pages += other.counts_[theirs].pages;
    counts_[tuple].records += other.counts_[theirs].records;
  }
}

std::string GroupCounter::TextOf(size_t field, uint32_t value) const {
  if (texts_[field] != nullptr) {
    return Resolved(field, std::string((*texts_[field])[value]));
  }
  if (value == kUnknownNumber) return "-";
  if (by_[field] == DumpField::kAge) return std::string(kAgeSteps[value].name);
  std::string text;
  AppendSigned(text, static_cast<int32_t>(value));
  return text;
}

std::string GroupCounter::Resolved(size_t field, std::string text) const {
  const DumpField which = by_[field];
  if (which != DumpField::kStack && which != DumpField::kFunction &&
      which != DumpField::kModule) {
    return text;
  }
  LineCursor cursor(text);
  uint64_t handle = 0;
  if (which == DumpField::kStack) cursor.Take(" ");
  if (!cursor.Take(kHandle) || !cursor.TakeNumber(handle)) return text;
  const auto found = stacks_of_handles_.find(handle);
  if (found == stacks_of_handles_.end()) {
    return which == DumpField::kModule ? "-" : text;
  }
  if (which == DumpField::kStack) return StackKey(found->second, identity_);
  const FrameList frames = FramesOf(found->second);
  return which == DumpField::kFunction ? OwnerName(frames)
                                       : OwnerModule(frames);
}

std::vector<DumpGroup> GroupCounter::Groups() const {
  std::vector<DumpGroup> groups;
  for (uint32_t number = 0; number < counts_.size(); ++number) {
    if (counts_[number].records == 0) continue;
    DumpGroup group{.values = std::vector<std::string>(by_.size()),
                    .count = counts_[number]};
    uint32_t left = number;
    for (size_t field = by_.size(); field-- > 0;) {
      group.values[field] = TextOf(field, tuples_.Last(left));
      left = tuples_.Prefix(left);
    }
    groups.push_back(std::move(group));
  }
  if (stacks_of_handles_.empty()) return groups;
  // What a handle stood for may be there under its own name as well.
  std::sort(groups.begin(), groups.end(),
            [](const DumpGroup& a, const DumpGroup& b) {
              return a.values < b.values;
            });
  std::vector<DumpGroup> merged;
  for (DumpGroup& group : groups) {
    if (!merged.empty() && merged.back().values == group.values) {
      merged.back().count.pages += group.count.pages;
      merged.back().count.records += group.count.records;
    } else {
      merged.push_back(std::move(group));
    }
  }
  return merged;
}

}  // namespace pagelab
