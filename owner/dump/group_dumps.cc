#include "pagelab/owner/dump/group_dumps.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump/record_reader.h"

namespace pagelab {
namespace {

class CountingReader : public RecordReader {
 public:
  explicit CountingReader(const GroupOptions& options)
      : counter_(options.by, options.identity, options.now),
        filter_(options.filter),
        fields_(options.now) {}

  GroupCounter& counter() { return counter_; }

 protected:
  void OnRecord(const DumpRecord& record) override {
    if (RecordFilter::Passes(filter_, record, fields_)) counter_.Add(record);
  }

 private:
  GroupCounter counter_;
  const RecordFilter* filter_;
  FieldReader fields_;
};

void SortGroups(std::vector<DumpGroup>& groups) {
  std::sort(groups.begin(), groups.end(),
            [](const DumpGroup& a, const DumpGroup& b) {
              if (a.count.pages != b.count.pages) {
                return a.count.pages > b.count.pages;
              }
              if (a.count.records != b.count.records) {
                return a.count.records > b.count.records;
              }
              return a.values < b.values;
            });
}

}  // namespace

absl::StatusOr<GroupedDumps> GroupDumps(absl::Span<const std::string> paths,
                                        const GroupOptions& options) {
  const auto owned = MakeReaders<CountingReader>(options);
  const auto readers = PointersTo<RecordReader>(owned);
  GroupedDumps result{.by = options.by,
                      .identity = options.identity,
                      .groups = {},
                      .total = {},
                      .statistics = {}};
  for (const std::string& path : paths) {
    PAGELAB_RETURN_IF_ERROR(
        ScanRecords(path, readers, options.scan, result.statistics));
    PAGELAB_RETURN_IF_ERROR(RequireRecords(result.statistics.inputs.back()));
  }
  GroupCounter& all = owned.front()->counter();
  for (size_t i = 1; i < owned.size(); ++i) all.Merge(owned[i]->counter());
  result.groups = all.Groups();
  SortGroups(result.groups);
  for (const DumpGroup& group : result.groups) {
    result.total.pages += group.count.pages;
    result.total.records += group.count.records;
  }
  return result;
}

}  // namespace pagelab
