#include "pagelab/sim/memcg_table.h"

#include "pagelab/base/check.h"

namespace pagelab {

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
  memcgs_.push_back(Entry{std::string(name)});
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

MemcgUse MemcgUseOf(PageFlags flags, Gfp gfp) {
  if (flags.Has(page_flag::kSlab)) return MemcgUse::kSlab;
  if (flags.Has(page_flag::kLru)) return MemcgUse::kUser;
  return gfp.Has(gfp::kAccount) ? MemcgUse::kKernel : MemcgUse::kNone;
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
