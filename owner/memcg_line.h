#ifndef PAGELAB_OWNER_MEMCG_LINE_H_
#define PAGELAB_OWNER_MEMCG_LINE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pagelab/alloc/memcg_word.h"

namespace pagelab {

// What can be said of a memory cgroup.
struct MemcgView {
  // Its directory's own name.
  std::string_view name;
  // False after its removal, while it still has pages.
  bool online = true;
};

// Who knows the memory cgroups that words name by index.
class MemcgSource {
 public:
  virtual ~MemcgSource() = default;
  // REQUIRES: `memcg` is the index in a word that it gave out.
  virtual MemcgView Memcg(uint32_t memcg) const = 0;
};

// The longest name that is printed.
inline constexpr size_t kMaxMemcgName = 79;

// "Charged to memcg app.slice\n", or what else a page_owner record says of the
// word (page-ext-owner-depot.md 6.4); nothing for a word of 0.
// Kernel counterpart: print_page_owner_memcg().
void AppendMemcgLine(std::string& out, MemcgWord word,
                     const MemcgSource& memcgs);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_MEMCG_LINE_H_
