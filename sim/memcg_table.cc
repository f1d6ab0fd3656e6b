#include "pagelab/sim/memcg_table.h"

#include <algorithm>

#include "pagelab/base/check.h"

namespace pagelab {

int64_t MemcgAccount::usage() const {
  constexpr auto kPage = static_cast<int64_t>(kPageSize);
  return user + kernel + (slab_bytes + kPage - 1) / kPage;
}

std::optional<uint32_t> MemcgTable::FindOnline(std::string_view name) const {
  for (size_t i = 0; i < memcgs_.size(); ++i) {
    if (memcgs_[i].online && memcgs_[i].name == name) {
      return static_cast<uint32_t>(i);
    }
  }
  return std::nullopt;
}

uint32_t MemcgTable::FindOrMake(std::string_view name) {
  PAGELAB_CHECK(name != kRoot);
  if (const std::optional<uint32_t> found = FindOnline(name)) return *found;
  memcgs_.push_back(Entry{.name = std::string(name), .account = {}});
  return static_cast<uint32_t>(memcgs_.size() - 1);
}

bool MemcgTable::SetOffline(std::string_view name) {
  const std::optional<uint32_t> found = FindOnline(name);
  if (found.has_value()) memcgs_[*found].online = false;
  return found.has_value();
}

MemcgView MemcgTable::Memcg(uint32_t memcg) const {
  PAGELAB_CHECK_LT(memcg, memcgs_.size());
  return {memcgs_[memcg].name, memcgs_[memcg].online};
}

void MemcgTable::SetLimits(uint32_t memcg, PageCount max, PageCount high) {
  memcgs_[memcg].account.max = max;
  memcgs_[memcg].account.high = high;
}

void MemcgTable::Charge(uint32_t memcg, MemcgUse use, int64_t pages) {
  MemcgAccount& account = memcgs_[memcg].account;
  switch (use) {
    case MemcgUse::kUser:
      account.user += pages;
      break;
    case MemcgUse::kKernel:
      account.kernel += pages;
      break;
    case MemcgUse::kSlab:
      account.slab_bytes += pages * static_cast<int64_t>(kPageSize);
      break;
    case MemcgUse::kNone:
      return;
  }
  account.peak = std::max(account.peak, account.usage());
}

void MemcgTable::ChargeSlab(uint32_t memcg, int64_t bytes) {
  MemcgAccount& account = memcgs_[memcg].account;
  account.slab_bytes += bytes;
  account.peak = std::max(account.peak, account.usage());
}

void MemcgTable::CountEvent(uint32_t memcg, MemcgEvent event) {
  ++memcgs_[memcg].account.events[static_cast<size_t>(event)];
}

uint64_t MemcgTable::nr_descendants() const {
  return static_cast<uint64_t>(
      std::count_if(memcgs_.begin(), memcgs_.end(),
                    [](const Entry& entry) { return entry.online; }));
}

uint64_t MemcgTable::nr_dying_descendants() const {
  return static_cast<uint64_t>(
      std::count_if(memcgs_.begin(), memcgs_.end(), [](const Entry& entry) {
        return !entry.online && entry.account.usage() > 0;
      }));
}

MemcgUse MemcgUseOf(PageFlags flags, Gfp gfp) {
  if (flags.Has(page_flag::kSlab)) return MemcgUse::kSlab;
  if (flags.Has(page_flag::kLru)) return MemcgUse::kUser;
  return gfp.Has(gfp::kAccount) ? MemcgUse::kKernel : MemcgUse::kNone;
}

MemcgUse MemcgUseOf(MemcgWord word) {
  if (!word.charged()) return MemcgUse::kNone;
  if (word.is_slab()) return MemcgUse::kSlab;
  return word.is_kernel() ? MemcgUse::kKernel : MemcgUse::kUser;
}

MemcgWord MemcgWordFor(MemcgUse use, uint32_t memcg) {
  switch (use) {
    case MemcgUse::kUser:
      return MemcgWord::User(memcg);
    case MemcgUse::kKernel:
      return MemcgWord::Kernel(memcg);
    case MemcgUse::kSlab:
      return MemcgWord::Slab(memcg);
    case MemcgUse::kNone:
      break;
  }
  return MemcgWord();
}

}  // namespace pagelab
