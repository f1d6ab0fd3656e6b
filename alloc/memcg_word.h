#ifndef PAGELAB_ALLOC_MEMCG_WORD_H_
#define PAGELAB_ALLOC_MEMCG_WORD_H_

#include <cstdint>

namespace pagelab {

// To whom a block in use is charged; the memory cgroups themselves are known
// elsewhere, here they are indexes. 0: to nobody.
//
// Differs from Linux: an index stands where the kernel has an address.
//
// Kernel counterpart: folio->memcg_data (page-ext-owner-depot.md 6.4).
class MemcgWord {
 public:
  constexpr MemcgWord() = default;
  constexpr explicit MemcgWord(uint32_t value) : value_(value) {}

  // User memory of the cgroup.
  static constexpr MemcgWord User(uint32_t memcg) {
    return MemcgWord((memcg + 1) << kIndexShift);
  }
  // Kernel memory that one of its tasks asked for.
  static constexpr MemcgWord Kernel(uint32_t memcg) {
    return MemcgWord((memcg + 1) << kIndexShift | kKernel);
  }
  // A slab page: whose the objects in it are is kept beside it.
  static constexpr MemcgWord Slab(uint32_t memcg) {
    return MemcgWord((memcg + 1) << kIndexShift | kObjectExtensions);
  }

  constexpr uint32_t value() const { return value_; }
  constexpr bool charged() const { return value_ != 0; }
  constexpr bool is_slab() const { return (value_ & kObjectExtensions) != 0; }
  constexpr bool is_kernel() const { return (value_ & kKernel) != 0; }
  // REQUIRES: charged().
  constexpr uint32_t memcg() const { return (value_ >> kIndexShift) - 1; }

  friend constexpr bool operator==(MemcgWord, MemcgWord) = default;

 private:
  static constexpr uint32_t kObjectExtensions = 1u << 0;
  static constexpr uint32_t kKernel = 1u << 1;
  static constexpr int kIndexShift = 2;

  uint32_t value_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_MEMCG_WORD_H_
