#include "pagelab/workloads/top_owners.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/own_frame.h"
#include "pagelab/owner/owner_walk.h"
#include "pagelab/owner/page_owner.h"

namespace pagelab {
namespace {

struct OwnerKey {
  uint32_t stack = 0;
  uint32_t gfp = 0;
  uint16_t order = 0;
  std::array<char, Task::kCommSize> comm{};

  friend bool operator==(const OwnerKey&, const OwnerKey&) = default;
  template <typename H>
  friend H AbslHashValue(H hash, const OwnerKey& key) {
    return H::combine(std::move(hash), key.stack, key.gfp, key.order, key.comm);
  }
};

struct OwnerCount {
  uint64_t times = 0;
  Pfn first;
};

using OwnerCounts = absl::flat_hash_map<OwnerKey, OwnerCount>;

// Stacks by number: their handle, or where records hold their frames, one that
// is given here.
class StackNumbers {
 public:
  explicit StackNumbers(const PageOwner& owner) : owner_(owner) {}

  uint32_t Of(const OwnerWalk::Item& item) {
    if (!owner_.has_inline_frames()) return item.record.handle;
    const absl::Span<const SimAddress> frames = owner_.InlineFramesAt(item.pfn);
    const auto [at, added] = numbers_.try_emplace(
        std::vector<SimAddress>(frames.begin(), frames.end()), stacks_.size());
    if (added) stacks_.push_back(at->first);
    return at->second;
  }
  void AppendText(std::string& out, uint32_t number) const {
    if (owner_.has_inline_frames()) {
      owner_.AppendFrames(out, stacks_[number]);
    } else {
      owner_.AppendStack(out, StackHandle(number));
    }
  }

 private:
  const PageOwner& owner_;
  absl::flat_hash_map<std::vector<SimAddress>, uint32_t> numbers_;
  std::vector<std::vector<SimAddress>> stacks_;
};

void CountRecord(const PageOwner& owner, const OwnerWalk::Item& item,
                 StackNumbers& stacks, OwnerOverview& overview,
                 OwnerCounts& counts) {
  const PageOwnerRecord& record = item.record;
  const uint64_t pages = Order(record.order).pages();
  ++overview.records;
  overview.pages += PageCount(pages);
  if (owner.IsEarly(item.pfn, record)) {
    overview.early_pages += PageCount(pages);
    return;
  }
  OwnerKey key{stacks.Of(item), record.gfp_mask, record.order, {}};
  const std::string_view comm = record.comm_text();
  std::copy(comm.begin(), comm.end(), key.comm.begin());
  OwnerCount& count = counts[key];
  if (count.times++ == 0) count.first = item.pfn;
}

TopOwner MakeOwner(const StackNumbers& stacks, const OwnerKey& key,
                   const OwnerCount& count) {
  TopOwner top;
  top.order = Order(key.order);
  top.times = count.times;
  top.pages = PageCount(count.times * top.order.pages());
  top.gfp = Gfp(key.gfp);
  top.comm = key.comm.data();
  std::string text;
  stacks.AppendText(text, key.stack);
  const FrameList frames = FramesOf(text);
  top.stack.assign(frames.begin(), frames.end());
  const std::string_view special = SpecialStack(frames);
  top.frame = special.empty() ? OwnFrame(frames) : special;
  return top;
}

}  // namespace

OwnerOverview SummarizeOwners(Machine& machine, size_t max_owners) {
  OwnerOverview overview;
  const PageOwner* owner = machine.page_owner();
  if (owner == nullptr || !owner->inited()) return overview;
  overview.tracked = true;
  overview.gfp_era = owner->text().gfp;
  OwnerCounts counts;
  StackNumbers stacks(*owner);
  OwnerWalk walk(*owner);
  std::optional<OwnerWalk::Item> item =
      walk.Find(machine.memory().min_low_pfn());
  while (item.has_value()) {
    CountRecord(*owner, *item, stacks, overview, counts);
    item = walk.Find(OwnerWalk::After(*item));
  }
  overview.owners = counts.size();
  std::vector<std::pair<OwnerKey, OwnerCount>> sorted(counts.begin(),
                                                      counts.end());
  const auto before = [](const auto& a, const auto& b) {
    const uint64_t a_pages = a.second.times << a.first.order;
    const uint64_t b_pages = b.second.times << b.first.order;
    if (a_pages != b_pages) return a_pages > b_pages;
    return a.second.first < b.second.first;
  };
  const size_t kept = std::min(max_owners, sorted.size());
  std::partial_sort(sorted.begin(), sorted.begin() + kept, sorted.end(),
                    before);
  for (size_t i = 0; i < kept; ++i) {
    overview.top.push_back(
        MakeOwner(stacks, sorted[i].first, sorted[i].second));
  }
  return overview;
}

std::string GfpText(const GfpEra& era, Gfp mask) {
  std::string text;
  AppendEraGfp(text, era, mask.value());
  return text;
}

std::string OwnerTable(const OwnerOverview& overview) {
  if (!overview.tracked) {
    return "page_owner is off (command line: page_owner=on)\n";
  }
  size_t gfp_width = 3;
  size_t comm_width = 4;
  for (const TopOwner& owner : overview.top) {
    gfp_width =
        std::max(gfp_width, GfpText(*overview.gfp_era, owner.gfp).size());
    comm_width = std::max(comm_width, owner.comm.size());
  }
  std::string table =
      fmt::format("{:>9}  {:>9}  {:>5}  {:<{}}  {:<{}}  {}\n", "pages", "times",
                  "order", "gfp", gfp_width, "comm", comm_width, "own frame");
  PageCount shown;
  for (const TopOwner& owner : overview.top) {
    shown += owner.pages;
    table +=
        fmt::format("{:>9}  {:>9}  {:>5}  {:<{}}  {:<{}}  {}\n",
                    Grouped(owner.pages.value()), Grouped(owner.times),
                    owner.order.value(), GfpText(*overview.gfp_era, owner.gfp),
                    gfp_width, owner.comm, comm_width, owner.frame);
  }
  const PageCount others = overview.pages - overview.early_pages - shown;
  if (others.value() > 0) {
    table += fmt::format("{:>9}  of {} more owners\n", Grouped(others.value()),
                         Grouped(overview.owners - overview.top.size()));
  }
  table += fmt::format("{:>9}  early pages, from before page_owner started\n",
                       Grouped(overview.early_pages.value()));
  table +=
      fmt::format("{:>9}  pages in all\n", Grouped(overview.pages.value()));
  return table;
}

}  // namespace pagelab
