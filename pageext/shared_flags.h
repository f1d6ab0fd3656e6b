#ifndef PAGELAB_PAGEEXT_SHARED_FLAGS_H_
#define PAGELAB_PAGEEXT_SHARED_FLAGS_H_

#include <cstdint>

#include "pagelab/pageext/page_ext.h"

namespace pagelab {

// The flags word that clients of page_ext share, at the start of each entry
// (page-ext-owner-depot.md 1.3).

// False where there is no entry.
inline bool TestSharedFlag(const PageExt& page_ext, Pfn pfn, uint64_t bit) {
  const std::byte* entry = page_ext.Peek(pfn);
  return entry != nullptr &&
         (*reinterpret_cast<const uint64_t*>(entry) & bit) != 0;
}

// Nothing happens where there is no entry. A flag that is clear already costs
// no memory to clear.
inline void AssignSharedFlag(PageExt& page_ext, Pfn pfn, uint64_t bit,
                             bool value) {
  if (TestSharedFlag(page_ext, pfn, bit) == value) return;
  std::byte* entry = page_ext.Lookup(pfn);
  if (entry == nullptr) return;
  auto& flags = *reinterpret_cast<uint64_t*>(entry);
  flags = value ? flags | bit : flags & ~bit;
}

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_SHARED_FLAGS_H_
