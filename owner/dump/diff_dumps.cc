#include "pagelab/owner/dump/diff_dumps.h"

#include <xxhash.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/owner/dump/record_reader.h"

namespace pagelab {
namespace {

// Records that stand for an allocation, by what tells it from every other.
using Allocations = absl::flat_hash_set<uint64_t>;

uint64_t AllocationOf(const DumpRecord& record, uint64_t pfn) {
  const uint64_t words[] = {pfn, record.header.ts_nsec, record.frames_hash,
                            uint64_t{record.header.order} << 32 |
                                static_cast<uint32_t>(record.header.pid)};
  return XXH3_64bits(words, sizeof(words));
}

class DiffReader : public RecordReader {
 public:
  explicit DiffReader(const GroupOptions& options) : options_(options) {
    Start(options.now, nullptr, false);
  }

  // The next dump: with `before` only allocations that are among those are
  // noted; in the `last` dump they are counted instead.
  void Start(std::optional<uint64_t> now, const Allocations* before,
             bool last) {
    before_ = before;
    last_ = last;
    fields_.emplace(now);
    counter_ =
        std::make_unique<GroupCounter>(options_.by, options_.identity, now);
    stayed_ =
        std::make_unique<GroupCounter>(options_.by, options_.identity, now);
    noted_.clear();
  }

  GroupCounter& counter() { return *counter_; }
  GroupCounter& stayed() { return *stayed_; }
  const std::vector<uint64_t>& noted() const { return noted_; }

 protected:
  void OnRecord(const DumpRecord& record) override {
    if (!RecordFilter::Passes(options_.filter, record, *fields_)) return;
    counter_->Add(record);
    if (record.kind != RecordKind::kRecord) return;
    fields_->Start(record);
    const FieldValue pfn = fields_->Read(DumpField::kPfn);
    const uint64_t allocation =
        AllocationOf(record, static_cast<uint64_t>(pfn.number));
    if (before_ != nullptr && !before_->contains(allocation)) return;
    if (last_) {
      stayed_->Add(record);
    } else {
      noted_.push_back(allocation);
    }
  }

 private:
  const GroupOptions& options_;
  std::optional<FieldReader> fields_;
  const Allocations* before_ = nullptr;
  bool last_ = false;
  std::unique_ptr<GroupCounter> counter_;
  std::unique_ptr<GroupCounter> stayed_;
  std::vector<uint64_t> noted_;
};

class Differ {
 public:
  Differ(absl::Span<const std::string> paths, const GroupOptions& options,
         absl::Span<const std::optional<uint64_t>> now)
      : paths_(paths),
        options_(options),
        now_(now),
        owned_(MakeReaders<DiffReader>(options)),
        readers_(PointersTo<RecordReader>(owned_)) {}

  absl::StatusOr<DumpDiff> Run() {
    diff_.by = options_.by;
    diff_.identity = options_.identity;
    for (size_t dump = 0; dump < paths_.size(); ++dump) {
      PAGELAB_RETURN_IF_ERROR(ReadDump(dump));
    }
    for (auto& [values, group] : groups_) {
      group.values = values;
      diff_.groups.push_back(std::move(group));
    }
    std::stable_sort(diff_.groups.begin(), diff_.groups.end(),
                     [](const DiffGroup& a, const DiffGroup& b) {
                       return a.growth() > b.growth();
                     });
    return std::move(diff_);
  }

 private:
  absl::Status ReadDump(size_t dump) {
    const bool last = dump + 1 == paths_.size();
    for (const auto& reader : owned_) {
      reader->Start(now_.empty() ? options_.now : now_[dump],
                    dump == 0 ? nullptr : &allocations_, last);
    }
    PAGELAB_RETURN_IF_ERROR(
        ScanRecords(paths_[dump], readers_, options_.scan, diff_.statistics));
    PAGELAB_RETURN_IF_ERROR(RequireRecords(diff_.statistics.inputs.back()));
    diff_.names.push_back(diff_.statistics.inputs.back().name);
    GroupCounter& all = owned_.front()->counter();
    for (size_t i = 1; i < owned_.size(); ++i) all.Merge(owned_[i]->counter());
    GroupCount& total = diff_.totals.emplace_back();
    for (const DumpGroup& group : all.Groups()) {
      GroupOf(group.values).counts[dump] = group.count;
      total.pages += group.count.pages;
      total.records += group.count.records;
    }
    if (last) {
      CountStayed();
    } else {
      KeepNoted();
    }
    return absl::OkStatus();
  }

  void CountStayed() {
    GroupCounter& all = owned_.front()->stayed();
    for (size_t i = 1; i < owned_.size(); ++i) all.Merge(owned_[i]->stayed());
    for (const DumpGroup& group : all.Groups()) {
      GroupOf(group.values).stayed = group.count;
      diff_.stayed.pages += group.count.pages;
      diff_.stayed.records += group.count.records;
    }
  }

  void KeepNoted() {
    allocations_.clear();
    size_t size = 0;
    for (const auto& reader : owned_) size += reader->noted().size();
    allocations_.reserve(size);
    for (const auto& reader : owned_) {
      allocations_.insert(reader->noted().begin(), reader->noted().end());
    }
  }

  DiffGroup& GroupOf(const std::vector<std::string>& values) {
    DiffGroup& group = groups_[values];
    group.counts.resize(paths_.size());
    return group;
  }

  absl::Span<const std::string> paths_;
  const GroupOptions& options_;
  absl::Span<const std::optional<uint64_t>> now_;
  std::vector<std::unique_ptr<DiffReader>> owned_;
  std::vector<RecordReader*> readers_;
  Allocations allocations_;
  std::map<std::vector<std::string>, DiffGroup> groups_;
  DumpDiff diff_;
};

int64_t Difference(uint64_t from, uint64_t to) {
  return static_cast<int64_t>(to) - static_cast<int64_t>(from);
}

}  // namespace

int64_t DiffGroup::growth() const {
  return Difference(counts.front().pages, counts.back().pages);
}

bool DiffGroup::grew_always() const {
  return std::adjacent_find(counts.begin(), counts.end(),
                            [](const GroupCount& a, const GroupCount& b) {
                              return a.pages >= b.pages;
                            }) == counts.end();
}

int64_t DumpDiff::growth() const {
  return Difference(totals.front().pages, totals.back().pages);
}

absl::StatusOr<DumpDiff> DiffDumps(
    absl::Span<const std::string> paths, const GroupOptions& options,
    absl::Span<const std::optional<uint64_t>> now) {
  PAGELAB_CHECK_GE(paths.size(), size_t{2});
  PAGELAB_CHECK(now.empty() || now.size() == paths.size());
  return Differ(paths, options, now).Run();
}

}  // namespace pagelab
