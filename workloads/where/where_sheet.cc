#include "pagelab/workloads/where/where_sheet.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr int64_t kKilobytesPerPage = 4;

// A line of the sheet from lines of meminfo, and whose pages those are.
struct AccountedLine {
  std::string_view what;
  std::array<std::string_view, 3> labels;
  std::optional<MemoryClass> memory;
};

// KernelStack is not among them: it depends on where stacks are. Files are one
// line for page_owner, see AddFiles().
constexpr AccountedLine kAccounted[] = {
    {"AnonPages", {"AnonPages"}, MemoryClass::kAnon},
    {"Slab", {"Slab"}, MemoryClass::kSlab},
    {"PageTables, SecPageTables",
     {"PageTables", "SecPageTables"},
     MemoryClass::kPageTables},
    {"VmallocUsed", {"VmallocUsed"}, MemoryClass::kVmalloc},
    {"Percpu", {"Percpu"}, MemoryClass::kPercpu},
    {"Bounce", {"Bounce"}, std::nullopt},
    {"Hugetlb", {"Hugetlb"}, MemoryClass::kHugetlb},
};

int64_t PagesOf(const OwnerTotals& owners, MemoryClass memory) {
  return owners.pages[static_cast<size_t>(Index(memory))];
}

class SheetMaker {
 public:
  SheetMaker(const Meminfo& meminfo, const OwnerTotals* owners,
             const WhereOptions& options)
      : meminfo_(meminfo), owners_(owners), options_(options) {
    sheet_.total = meminfo.Pages("MemTotal");
    sheet_.has_owners = owners != nullptr;
    sheet_.stacks = options.stacks.value_or(GuessStacks());
    sheet_.unaccounted_kilobytes = UnaccountedKilobytes(meminfo, sheet_.stacks);
  }

  void AddFree(std::optional<int64_t> buddy, int64_t pcp) {
    sheet_.free.push_back({"free blocks",
                           buddy.value_or(meminfo_.Pages("MemFree")),
                           std::nullopt});
    sheet_.free.push_back({"free, on per-cpu lists", pcp, std::nullopt});
  }
  void AddAccounted(std::optional<int64_t> memmap);
  void AddOwners(std::optional<int64_t> memmap);
  WhereSheet Finish();

 private:
  std::optional<int64_t> Recorded(MemoryClass memory) const {
    if (owners_ == nullptr) return std::nullopt;
    return PagesOf(*owners_, memory);
  }
  StackMemory GuessStacks() const;
  void Account(std::string_view what, int64_t pages,
               std::optional<int64_t> recorded) {
    if (pages == 0 && recorded.value_or(0) == 0) return;
    sheet_.accounted.push_back({std::string(what), pages, recorded});
  }
  void AddFiles();
  // Of the pages from before page_owner, those that nr_memmap_pages counts.
  int64_t EarlyMemmap(int64_t memmap) const;

  const Meminfo& meminfo_;
  const OwnerTotals* owners_;
  const WhereOptions& options_;
  WhereSheet sheet_;
};

StackMemory SheetMaker::GuessStacks() const {
  const int64_t pages = meminfo_.Pages("KernelStack");
  const bool plain =
      meminfo_.Pages("VmallocUsed") < pages ||
      Recorded(MemoryClass::kKernelStack).value_or(0) > pages / 2;
  return pages > 0 && plain ? StackMemory::kPages : StackMemory::kVmalloced;
}

// page_owner cannot tell the three apart: what is not Cached is taken off.
void SheetMaker::AddFiles() {
  const int64_t others =
      meminfo_.Pages("Buffers") + meminfo_.Pages("SwapCached");
  std::optional<int64_t> recorded = Recorded(MemoryClass::kFiles);
  if (recorded.has_value()) *recorded -= others;
  Account("Cached", meminfo_.Pages("Cached"), recorded);
  for (const std::string_view label : {"Buffers", "SwapCached"}) {
    Account(label, meminfo_.Pages(label), std::nullopt);
  }
}

void SheetMaker::AddAccounted(std::optional<int64_t> memmap) {
  AddFiles();
  for (const AccountedLine& line : kAccounted) {
    int64_t pages = 0;
    for (const std::string_view label : line.labels) {
      if (!label.empty()) pages += meminfo_.Pages(label);
    }
    Account(line.what, pages,
            line.memory.has_value() ? Recorded(*line.memory) : std::nullopt);
  }
  if (sheet_.stacks == StackMemory::kPages) {
    Account("KernelStack", meminfo_.Pages("KernelStack"),
            Recorded(MemoryClass::kKernelStack));
  }
  if (meminfo_.Kilobytes("KReclaimable") > 0) {
    Account("KReclaimable other than slab",
            meminfo_.Pages("KReclaimable") - meminfo_.Pages("SReclaimable"),
            std::nullopt);
  }
  if (!memmap.has_value()) return;
  std::optional<int64_t> recorded = Recorded(MemoryClass::kMemmap);
  if (recorded.has_value()) *recorded += EarlyMemmap(*memmap);
  Account("page_ext, memmap (nr_memmap_pages)", *memmap, recorded);
}

int64_t SheetMaker::EarlyMemmap(int64_t memmap) const {
  return std::clamp<int64_t>(memmap - PagesOf(*owners_, MemoryClass::kMemmap),
                             0, PagesOf(*owners_, MemoryClass::kEarly));
}

void SheetMaker::AddOwners(std::optional<int64_t> memmap) {
  if (owners_ == nullptr) return;
  sheet_.owners = owners_->direct.size();
  const size_t shown = std::min(options_.top, owners_->direct.size());
  int64_t others = 0;
  for (size_t i = 0; i < owners_->direct.size(); ++i) {
    const DirectOwner& owner = owners_->direct[i];
    if (i < shown) {
      sheet_.on_no_line.push_back({"taken by alloc_pages: " + owner.function,
                                   owner.pages, owner.pages});
    } else {
      others += owner.pages;
    }
  }
  if (sheet_.owners > shown) {
    sheet_.on_no_line.push_back(
        {"taken by alloc_pages: " + std::to_string(sheet_.owners - shown) +
             " more owners",
         others, others});
  }
  if (sheet_.stacks == StackMemory::kVmalloced) {
    if (const int64_t stacks = PagesOf(*owners_, MemoryClass::kKernelStack)) {
      sheet_.on_no_line.push_back(
          {"taken by alloc_pages: kernel stacks", stacks, stacks});
    }
  }
  const int64_t early =
      PagesOf(*owners_, MemoryClass::kEarly) - EarlyMemmap(memmap.value_or(0));
  if (early == 0) return;
  sheet_.on_no_line.push_back({memmap.has_value()
                                   ? "from before page_owner started"
                                   : "from before page_owner started, its own "
                                     "tables (page_ext) included",
                               early, early});
}

WhereSheet SheetMaker::Finish() {
  sheet_.on_no_line.push_back(
      {sheet_.has_owners ? "no owner known" : "on no line (no page_owner)",
       sheet_.total - sheet_.Sum(), std::nullopt});
  return std::move(sheet_);
}

absl::StatusOr<std::string> Render(Machine& machine, std::string_view path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<SimFile> file,
                           machine.File(path));
  StringOutput out;
  PAGELAB_RETURN_IF_ERROR(file->Dump(out));
  return out.text();
}

}  // namespace

int64_t WhereSheet::Sum() const {
  int64_t sum = 0;
  for (const auto* group : {&free, &accounted, &on_no_line}) {
    for (const WherePart& part : *group) sum += part.pages;
  }
  return sum;
}

absl::StatusOr<WhereSheet> MakeWhereSheet(const WhereFiles& files,
                                          const OwnerTotals* owners,
                                          const WhereOptions& options) {
  PAGELAB_ASSIGN_OR_RETURN(
      const Meminfo meminfo,
      Meminfo::Parse(files.meminfo.text, files.meminfo.name));
  PAGELAB_ASSIGN_OR_RETURN(
      const int64_t pcp,
      PcpPagesOfZoneinfo(files.zoneinfo.text, files.zoneinfo.name));
  std::optional<int64_t> buddy;
  if (files.buddyinfo.has_value()) {
    PAGELAB_ASSIGN_OR_RETURN(
        buddy,
        FreePagesOfBuddyinfo(files.buddyinfo->text, files.buddyinfo->name));
  }
  std::optional<int64_t> memmap;
  if (files.vmstat.has_value()) {
    PAGELAB_ASSIGN_OR_RETURN(
        memmap, CounterOfVmstat(files.vmstat->text, "nr_memmap_pages",
                                files.vmstat->name));
  }
  SheetMaker maker(meminfo, owners, options);
  maker.AddFree(buddy, pcp);
  maker.AddAccounted(memmap);
  maker.AddOwners(memmap);
  return maker.Finish();
}

absl::StatusOr<WhereSheet> WhereOf(Machine& machine,
                                   const WhereOptions& options) {
  WhereFiles files;
  files.buddyinfo.emplace();
  files.vmstat.emplace();
  for (const auto& [file, path] :
       {std::pair{&files.meminfo, "/proc/meminfo"},
        std::pair{&files.zoneinfo, "/proc/zoneinfo"},
        std::pair{&*files.buddyinfo, "/proc/buddyinfo"},
        std::pair{&*files.vmstat, "/proc/vmstat"}}) {
    file->name = path;
    PAGELAB_ASSIGN_OR_RETURN(file->text, Render(machine, path));
  }
  if (machine.page_owner() == nullptr) {
    return MakeWhereSheet(files, nullptr, options);
  }
  constexpr std::string_view kDump = "/sys/kernel/debug/page_owner";
  PAGELAB_ASSIGN_OR_RETURN(std::string text, Render(machine, kDump));
  PAGELAB_ASSIGN_OR_RETURN(
      const std::unique_ptr<InputStream> dump,
      InputStream::FromString(std::string(kDump), std::move(text)));
  PAGELAB_ASSIGN_OR_RETURN(const OwnerTotals owners, TotalOwners(*dump));
  return MakeWhereSheet(files, &owners, options);
}

}  // namespace pagelab
