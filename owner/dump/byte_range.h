#ifndef PAGELAB_OWNER_DUMP_BYTE_RANGE_H_
#define PAGELAB_OWNER_DUMP_BYTE_RANGE_H_

#include <cstddef>
#include <cstring>
#include <string_view>

namespace pagelab {

// The first newline from `at` on; null without one.
inline const char* NewlineIn(const char* at, const char* end) {
  return static_cast<const char*>(
      std::memchr(at, '\n', static_cast<size_t>(end - at)));
}

inline std::string_view View(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_BYTE_RANGE_H_
