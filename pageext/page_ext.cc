#include "pagelab/pageext/page_ext.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/base/check.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// One table: zeroed, without a warning when it fails, since there is a second
// way (page-ext-owner-depot.md 1.4).
constexpr Gfp kTableGfp = gfp::kKernel.With(gfp::kZero).With(gfp::kNowarn);
// What vmalloc asks for each page.
constexpr Gfp kVmallocGfp = kTableGfp.With(gfp::kHighmem);

// Entries that nobody wrote to.
constexpr uint64_t kMaxEntrySize = 4096;
constexpr std::array<std::byte, kMaxEntrySize> kZeroEntry{};

}  // namespace

PageExt::PageExt(const Dependencies& dependencies,
                 const PageExtProfile& profile)
    : state_(dependencies.state),
      pages_(dependencies.pages),
      log_(dependencies.log),
      profile_(profile),
      section_order_(dependencies.state.memory->geometry().section_order),
      page_ext_(dependencies.state.memory->nr_sections(), 0),
      host_(dependencies.state.memory->nr_sections(), kUnusable),
      next_vmalloc_(profile.vmalloc_base) {}

PageExt::ClientId PageExt::AddClient(PageExtClient client) {
  PAGELAB_CHECK(!active_);
  PAGELAB_CHECK(client.need != nullptr);
  clients_.push_back(std::move(client));
  offsets_.emplace_back();
  return clients_.size() - 1;
}

bool PageExt::LayOutEntry() {
  entry_size_ = 0;
  for (const PageExtClient& client : clients_) {
    if (client.need() && client.need_shared_flags) {
      entry_size_ = profile_.shared_flags_size;
      break;
    }
  }
  bool needed = false;
  for (size_t i = 0; i < clients_.size(); ++i) {
    offsets_[i].reset();
    if (!clients_[i].need()) continue;
    offsets_[i] = static_cast<uint32_t>(entry_size_);
    entry_size_ += clients_[i].size;
    needed = true;
  }
  PAGELAB_CHECK_LE(entry_size_, kMaxEntrySize);
  return needed;
}

absl::Status PageExt::Init(ExecutionContext& context) {
  if (!LayOutEntry()) return absl::OkStatus();
  active_ = true;
  for (const Node& node : state_.all_nodes()) {
    if (node.present == PageCount(0)) continue;
    if (absl::Status status = InitNode(context, node); !status.ok()) {
      return status;
    }
  }
  std::string line = "allocated ";
  AppendDecimal(line, total_bytes_);
  line += " bytes of page_ext";
  log_.Printk(line);
  for (PageExtClient& client : clients_) {
    if (client.init == nullptr) continue;
    if (absl::Status status = client.init(context); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

absl::Status PageExt::InitNode(ExecutionContext& context, const Node& node) {
  const PhysicalMemory& memory = *state_.memory;
  const uint64_t per_section = memory.pages_per_section().value();
  for (uint64_t pfn = node.span.begin.value(); pfn < node.span.end.value();
       pfn = (pfn / per_section + 1) * per_section) {
    if (!memory.IsValid(Pfn(pfn))) continue;
    // Nodes may interleave; a hole of the map is nobody's.
    const Zone* zone = state_.FindZone(Pfn(pfn));
    if (zone != nullptr && zone->node != node.id) continue;
    absl::Status status =
        InitSection(context, memory.SectionOf(Pfn(pfn)), node.id);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

uint64_t PageExt::table_bytes() const { return entry_size_ << section_order_; }

PageCount PageExt::table_pages() const {
  return PageCount((table_bytes() + kPageSize - 1) / kPageSize);
}

uint64_t PageExt::TableAddress(uint64_t section) const {
  return (page_ext_[section] & ~kInvalid) +
         entry_size_ * FirstPfn(section).value();
}

bool PageExt::IsVmalloc(uint64_t address) const {
  return address >= profile_.vmalloc_base && address < next_vmalloc_;
}

absl::Status PageExt::InitSection(ExecutionContext& context, uint64_t section,
                                  NodeId node) {
  if (page_ext_[section] != 0) return absl::OkStatus();
  const AllocSiteScope own(context, AllocSite::kPageExt);
  const uint64_t bias = entry_size_ * FirstPfn(section).value();
  const std::optional<Pfn> base =
      pages_.AllocExact(context, kTableGfp, table_pages(), node);
  if (base.has_value()) {
    page_ext_[section] = profile_.direct_map_base + base->address() - bias;
    state_.memory->NoteContents(*base, table_pages());
  } else if (AllocVmallocTable(context, section, node)) {
    page_ext_[section] = vmalloc_tables_[section].address - bias;
  } else {
    log_.Printk("page ext allocation failure");
    return absl::ResourceExhaustedError("Out of memory");
  }
  nr_memmap_pages_ += table_pages();
  total_bytes_ += table_bytes();
  return absl::OkStatus();
}

bool PageExt::AllocVmallocTable(ExecutionContext& context, uint64_t section,
                                NodeId node) {
  VmallocTable table;
  for (uint64_t i = 0; i < table_pages().value(); ++i) {
    const std::optional<Pfn> frame =
        pages_.AllocBlock(context, kVmallocGfp, Order(0), node);
    if (!frame.has_value()) {
      for (Pfn pfn : table.frames) pages_.FreeBlock(context, pfn, Order(0));
      return false;
    }
    table.frames.push_back(*frame);
  }
  absl::StatusOr<HostMapping> contents = HostMapping::Create(table_bytes());
  PAGELAB_CHECK(contents.ok());
  table.contents = *std::move(contents);
  table.address = next_vmalloc_;
  // A guard page follows each area.
  next_vmalloc_ += (table_pages() + PageCount(1)).bytes();
  vmalloc_tables_.insert_or_assign(section, std::move(table));
  return true;
}

uintptr_t PageExt::HostBias(uint64_t section, const std::byte* table) const {
  if (table == nullptr) return kUnusable;
  return reinterpret_cast<uintptr_t>(table) -
         static_cast<uintptr_t>(entry_size_ * FirstPfn(section).value());
}

std::byte* PageExt::LookupSlowly(Pfn pfn) {
  const uint64_t section = state_.memory->SectionOf(pfn);
  if (page_ext_[section] == 0 || (page_ext_[section] & kInvalid) != 0) {
    return nullptr;
  }
  const uint64_t address = TableAddress(section);
  std::byte* table =
      IsVmalloc(address)
          ? vmalloc_tables_.at(section).contents.data()
          : state_.memory->Frame(
                Pfn((address - profile_.direct_map_base) >> kPageShift));
  host_[section] = HostBias(section, table);
  return Lookup(pfn);
}

const std::byte* PageExt::PeekSlowly(Pfn pfn) const {
  const uint64_t section = state_.memory->SectionOf(pfn);
  if (page_ext_[section] == 0 || (page_ext_[section] & kInvalid) != 0) {
    return nullptr;
  }
  return kZeroEntry.data();
}

void PageExt::InvalidateSections(PfnRange range) {
  if (range.empty()) return;
  const uint64_t last = state_.memory->SectionOf(range.end - PageCount(1));
  for (uint64_t s = state_.memory->SectionOf(range.begin); s <= last; ++s) {
    if (page_ext_[s] == 0) continue;
    page_ext_[s] |= kInvalid;
    host_[s] = kUnusable;
  }
}

void PageExt::FreeSections(ExecutionContext& context, PfnRange range) {
  if (range.empty()) return;
  const uint64_t last = state_.memory->SectionOf(range.end - PageCount(1));
  for (uint64_t s = state_.memory->SectionOf(range.begin); s <= last; ++s) {
    if (page_ext_[s] != 0) FreeTable(context, s);
  }
}

void PageExt::FreeTable(ExecutionContext& context, uint64_t section) {
  const uint64_t address = TableAddress(section);
  page_ext_[section] = 0;
  host_[section] = kUnusable;
  std::vector<Pfn> frames;
  if (IsVmalloc(address)) {
    frames = std::move(vmalloc_tables_.at(section).frames);
    vmalloc_tables_.erase(section);
  } else {
    Pfn frame((address - profile_.direct_map_base) >> kPageShift);
    for (uint64_t i = 0; i < table_pages().value(); ++i) {
      frames.push_back(frame + PageCount(i));
    }
  }
  for (Pfn frame : frames) pages_.FreeBlock(context, frame, Order(0));
  nr_memmap_pages_ -= table_pages();
}

PageExt::Checkpoint PageExt::Save() const {
  Checkpoint checkpoint{.active = active_,
                        .entry_size = entry_size_,
                        .offsets = offsets_,
                        .page_ext = page_ext_,
                        .vmalloc_tables = {},
                        .next_vmalloc = next_vmalloc_,
                        .total_bytes = total_bytes_,
                        .nr_memmap_pages = nr_memmap_pages_};
  for (const auto& [section, table] : vmalloc_tables_) {
    checkpoint.vmalloc_tables.push_back({.section = section,
                                         .address = table.address,
                                         .frames = table.frames,
                                         .contents = table.contents.Save()});
  }
  return checkpoint;
}

void PageExt::Restore(const Checkpoint& checkpoint) {
  active_ = checkpoint.active;
  entry_size_ = checkpoint.entry_size;
  offsets_ = checkpoint.offsets;
  page_ext_ = checkpoint.page_ext;
  next_vmalloc_ = checkpoint.next_vmalloc;
  total_bytes_ = checkpoint.total_bytes;
  nr_memmap_pages_ = checkpoint.nr_memmap_pages;
  vmalloc_tables_.clear();
  for (const Checkpoint::Vmalloc& saved : checkpoint.vmalloc_tables) {
    absl::StatusOr<HostMapping> contents = HostMapping::Create(table_bytes());
    PAGELAB_CHECK(contents.ok());
    contents->Restore(saved.contents);
    vmalloc_tables_.insert_or_assign(
        saved.section,
        VmallocTable{saved.address, saved.frames, *std::move(contents)});
  }
  for (uint64_t section = 0; section < host_.size(); ++section) {
    host_[section] = kUnusable;
    if (page_ext_[section] == 0 || (page_ext_[section] & kInvalid) != 0) {
      continue;
    }
    const uint64_t address = TableAddress(section);
    host_[section] = HostBias(
        section,
        IsVmalloc(address)
            ? vmalloc_tables_.at(section).contents.data()
            : state_.memory->FrameIfMapped(
                  Pfn((address - profile_.direct_map_base) >> kPageShift)));
  }
}

}  // namespace pagelab
