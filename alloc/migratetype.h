#ifndef PAGELAB_ALLOC_MIGRATETYPE_H_
#define PAGELAB_ALLOC_MIGRATETYPE_H_

#include <cstdint>
#include <string_view>

namespace pagelab {

// page-allocator.md 7.1, a build with CMA and memory isolation. A machine
// whose `migratetypes` are fewer never produces the missing ones.
enum class Migratetype : uint8_t {
  kUnmovable = 0,
  kMovable = 1,
  kReclaimable = 2,
  kHighAtomic = 3,
  kCma = 4,
  kIsolate = 5,
};

inline constexpr int kMigrateTypes = 6;
// The types that have per-cpu lists: kUnmovable, kMovable, kReclaimable.
inline constexpr int kMigratePcpTypes = 3;

constexpr int Index(Migratetype type) { return static_cast<int>(type); }

// Blocks of these types may merge across a pageblock boundary.
constexpr bool IsMergeable(Migratetype type) {
  return Index(type) < kMigratePcpTypes;
}

// "Unmovable", "Movable", ... as /proc/pagetypeinfo prints them.
std::string_view ToString(Migratetype type);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_MIGRATETYPE_H_
