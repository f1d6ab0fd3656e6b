#include "pagelab/workloads/trace_owners/migrations.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pagelab {
namespace {

// A swap entry of x86-64 holds its offset inverted, from bit 9 to bit 58; the
// frame number is in the offset's low bits (46 - 12 of them with 4-level page
// tables), flags are above.
Pfn FrameOfMigrationEntry(uint64_t entry) {
  constexpr int kShift = 9;
  constexpr uint64_t kFrameMask = (uint64_t{1} << 34) - 1;
  return Pfn(~(entry >> kShift) & kFrameMask);
}

}  // namespace

void StructPages::Learn(std::string_view page, Pfn pfn) {
  if (confirmed_ || contradictions_ >= kMaxContradictions) return;
  uint64_t address = 0;
  const auto [end, error] =
      std::from_chars(page.data(), page.data() + page.size(), address, 16);
  if (error != std::errc() || address == 0) return;
  if (first_address_ == 0) {
    first_address_ = address;
    first_pfn_ = pfn;
    return;
  }
  if (size_ != 0 && address == base_ + pfn.value() * size_) {
    // Hashes repeat for a frame, too.
    confirmed_ |= pfn != first_pfn_ && pfn != second_pfn_;
    return;
  }
  if (pfn == first_pfn_) return;
  contradictions_ += size_ != 0;
  const auto apart = static_cast<int64_t>(address - first_address_);
  const auto frames = static_cast<int64_t>(pfn.value() - first_pfn_.value());
  size_ = 0;
  if (apart % frames != 0 || apart / frames <= 0) {
    ++contradictions_;
    return;
  }
  second_pfn_ = pfn;
  size_ = static_cast<uint64_t>(apart / frames);
  base_ = first_address_ - first_pfn_.value() * size_;
}

std::optional<Pfn> StructPages::FrameAt(uint64_t address) const {
  if (!confirmed_ || address < base_) return std::nullopt;
  const uint64_t apart = address - base_;
  const uint64_t pfn = apart / size_;
  if (apart % size_ != 0 || pfn >= uint64_t{1} << (52 - kPageShift)) {
    return std::nullopt;
  }
  return Pfn(pfn);
}

Migrations::Section* Migrations::Find(int32_t pid) {
  for (Section& section : sections_) {
    if (section.pid == pid) return &section;
  }
  return nullptr;
}

void Migrations::Begin(int32_t pid, uint8_t migrated) {
  End(pid);
  if (sections_.size() == kMaxSections) sections_.clear();
  Section& section = sections_.emplace_back();
  section.pid = pid;
  section.migrated = migrated;
}

void Migrations::AddTarget(int32_t pid, Pfn target) {
  Section* section = Find(pid);
  if (section == nullptr || section->targets.size() == kMaxBlocks) return;
  section->targets.push_back({target, std::nullopt});
}

void Migrations::ReturnTarget(int32_t pid, Pfn target) {
  Section* section = Find(pid);
  if (section == nullptr) return;
  std::vector<Target>& targets = section->targets;
  const auto last =
      std::find_if(targets.rbegin(), targets.rend(),
                   [target](const Target& each) { return each.pfn == target; });
  if (last != targets.rend()) targets.erase(std::next(last).base());
}

void Migrations::NoteEntry(int32_t pid, uint64_t entry) {
  Section* section = Find(pid);
  if (section == nullptr || section->targets.empty()) return;
  Target& target = section->targets.back();
  if (!target.source.has_value()) target.source = FrameOfMigrationEntry(entry);
}

void Migrations::AddSource(int32_t pid, const MovedPage& source, Pfn pfn) {
  Section* section = Find(pid);
  if (section == nullptr || section->sources.size() == kMaxBlocks) return;
  section->sources.push_back({pfn, source});
}

void Migrations::DropSource(int32_t pid, Pfn pfn) {
  Section* section = Find(pid);
  if (section == nullptr) return;
  std::erase_if(section->sources,
                [pfn](const Source& each) { return each.pfn == pfn; });
}

bool Migrations::OrderIsCertain(const Section& section) {
  if (section.targets.size() != section.sources.size()) return false;
  for (size_t i = 0; i < section.targets.size(); ++i) {
    const Target& target = section.targets[i];
    if (target.source.has_value() && *target.source != section.sources[i].pfn) {
      return false;
    }
  }
  return true;
}

std::vector<MovedPage> Migrations::End(int32_t pid) {
  std::vector<MovedPage> moved;
  Section* section = Find(pid);
  if (section == nullptr) return moved;
  const bool by_order = OrderIsCertain(*section);
  for (size_t i = 0; i < section->targets.size(); ++i) {
    const Target& target = section->targets[i];
    const auto source =
        by_order ? section->sources.begin() + static_cast<ptrdiff_t>(i)
                 : std::find_if(
                       section->sources.begin(), section->sources.end(),
                       [&](const Source& s) { return s.pfn == target.source; });
    if (source == section->sources.end()) continue;
    MovedPage& page = moved.emplace_back(source->page);
    page.target = target.pfn;
    page.source.migrated = section->migrated;
  }
  std::swap(*section, sections_.back());
  sections_.pop_back();
  return moved;
}

}  // namespace pagelab
