#include "pagelab/workloads/trace/gfp_cache.h"

#include <cstdint>
#include <cstring>

#include "pagelab/base/text.h"

namespace pagelab {

size_t GfpCache::Hash(std::string_view text) {
  constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15;
  uint64_t hash = text.size();
  const char* p = text.data();
  size_t left = text.size();
  for (; left >= sizeof(uint64_t); p += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, p, sizeof(word));
    hash = (hash ^ word) * kMultiplier;
    hash ^= hash >> 32;
    left -= sizeof(word);
  }
  for (; left > 0; --left) {
    hash = (hash ^ static_cast<unsigned char>(*p++)) * kMultiplier;
  }
  return static_cast<size_t>(hash ^ hash >> 32);
}

bool GfpCache::ParseAndRemember(std::string_view text, Gfp& gfp,
                                std::string& error) {
  const absl::StatusOr<Gfp> parsed = ParseGfp(text);
  if (!parsed.ok()) {
    error = FromAbsl(parsed.status().message());
    return false;
  }
  gfp = *parsed;
  if (text.size() > kMaxCachedText) return true;
  Entry& entry = entries_[Hash(text) % kSize];
  entry.text = text;
  entry.gfp = gfp;
  entry.used = true;
  return true;
}

}  // namespace pagelab
