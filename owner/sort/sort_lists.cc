#include "pagelab/owner/sort/sort_lists.h"

#include <cerrno>
#include <cstdlib>

namespace pagelab {
namespace {

struct KeyName {
  std::string_view name;
  std::string_view alias;
};

struct SortKeyName {
  KeyName words;
  SortBy by;
};

struct CullKeyName {
  KeyName words;
  bool CullKeys::*key;
};

constexpr SortKeyName kSortKeys[] = {
    {{"pid", "p"}, SortBy::kPid},
    {{"tgid", "tg"}, SortBy::kTgid},
    {{"name", "n"}, SortBy::kName},
    {{"stacktrace", "st"}, SortBy::kStack},
    {{"txt", "T"}, SortBy::kText},
    {{"alloc_ts", "at"}, SortBy::kAllocTs},
    {{"free_ts", "ft"}, SortBy::kFreeTs},
    {{"allocator", "ator"}, SortBy::kAllocator},
};

constexpr CullKeyName kCullKeys[] = {
    {{"pid", "p"}, &CullKeys::pid},
    {{"tgid", "tg"}, &CullKeys::tgid},
    {{"name", "n"}, &CullKeys::name},
    {{"free", "f"}, &CullKeys::free},
    {{"stacktrace", "st"}, &CullKeys::stack},
    {{"allocator", "ator"}, &CullKeys::allocator},
};

bool Knows(SortGeneration generation, SortBy by) {
  return by != SortBy::kFreeTs || generation != SortGeneration::kLinux612;
}

bool Knows(SortGeneration generation, bool CullKeys::*key) {
  return key != &CullKeys::free || generation != SortGeneration::kLinux612;
}

bool Is(std::string_view word, const KeyName& key) {
  return word == key.name || word == key.alias;
}

}  // namespace

std::vector<std::string> SplitSortList(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    const size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::vector<int32_t>> ParseIdList(std::string_view list) {
  std::vector<int32_t> ids;
  for (const std::string& part : SplitSortList(list)) {
    char* end = nullptr;
    errno = 0;
    const long value = std::strtol(part.c_str(), &end, 10);
    if (errno != 0 || end == part.c_str() || *end != '\0') return std::nullopt;
    ids.push_back(static_cast<int32_t>(value));
  }
  return ids;
}

bool ParseCullKeys(std::string_view list, SortGeneration generation,
                   CullKeys& keys) {
  for (const std::string& part : SplitSortList(list)) {
    bool CullKeys::*found = nullptr;
    for (const CullKeyName& key : kCullKeys) {
      if (Is(part, key.words) && Knows(generation, key.key)) found = key.key;
    }
    if (found == nullptr) return false;
    keys.*found = true;
  }
  return true;
}

std::optional<std::vector<SortKey>> ParseSortKeys(std::string_view list,
                                                  SortGeneration generation) {
  std::vector<SortKey> keys;
  for (const std::string& part : SplitSortList(list)) {
    std::string_view word = part;
    const bool signed_key = word.starts_with('+') || word.starts_with('-');
    const bool descending = word.starts_with('-');
    if (signed_key) word.remove_prefix(1);
    const size_t before = keys.size();
    for (const SortKeyName& key : kSortKeys) {
      if (Is(word, key.words) && Knows(generation, key.by)) {
        keys.push_back({key.by, descending});
      }
    }
    if (keys.size() == before) return std::nullopt;
  }
  return keys;
}

std::vector<std::string_view> CullKeyNames(SortGeneration generation) {
  std::vector<std::string_view> names;
  for (const CullKeyName& key : kCullKeys) {
    if (Knows(generation, key.key)) names.push_back(key.words.name);
  }
  return names;
}

std::vector<std::string_view> SortKeyNames(SortGeneration generation) {
  std::vector<std::string_view> names;
  for (const SortKeyName& key : kSortKeys) {
    if (Knows(generation, key.by)) names.push_back(key.words.name);
  }
  return names;
}

}  // namespace pagelab
