#ifndef PAGELAB_WORKLOADS_TRACE_GFP_CACHE_H_
#define PAGELAB_WORKLOADS_TRACE_GFP_CACHE_H_

#include <array>
#include <string>
#include <string_view>

#include "pagelab/alloc/gfp.h"

namespace pagelab {

// ParseGfp() with a memory. A recording repeats a few dozen texts millions of
// times; each is parsed about once. Fixed size, later texts replace earlier
// ones. Thread-compatible.
class GfpCache {
 public:
  // False with the parser's message in `error`, for text that is no gfp mask.
  bool Parse(std::string_view text, Gfp& gfp, std::string& error) {
    const Entry& entry = entries_[Hash(text) % kSize];
    if (entry.text == text && entry.used) {
      gfp = entry.gfp;
      return true;
    }
    return ParseAndRemember(text, gfp, error);
  }

 private:
  static constexpr size_t kSize = 512;
  // All names of all flags are shorter.
  static constexpr size_t kMaxCachedText = 512;
  struct Entry {
    std::string text;
    Gfp gfp;
    bool used = false;
  };

  static size_t Hash(std::string_view text);
  bool ParseAndRemember(std::string_view text, Gfp& gfp, std::string& error);

  std::array<Entry, kSize> entries_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_GFP_CACHE_H_
