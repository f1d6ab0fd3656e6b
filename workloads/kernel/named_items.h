#ifndef PAGELAB_WORKLOADS_KERNEL_NAMED_ITEMS_H_
#define PAGELAB_WORKLOADS_KERNEL_NAMED_ITEMS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pagelab/base/random.h"

namespace pagelab {

// Which of several things of one name.
enum class ItemPick : uint8_t { kOldest, kNewest, kRandom };

// Things that a scenario calls by names, several by one name.
template <class T>
class NamedItems {
 public:
  void Add(std::string_view name, T item) {
    items_[std::string(name)].push_back(std::move(item));
  }
  // Somebody will want things of that name, whether there are any or not.
  void Declare(std::string_view name) { items_[std::string(name)]; }
  // One of them; nothing if there is none. A random pick puts the newest into
  // the gap.
  std::optional<T> Take(std::string_view name, ItemPick pick, Random& random) {
    const auto found = items_.find(name);
    if (found == items_.end() || found->second.empty()) return std::nullopt;
    std::deque<T>& items = found->second;
    if (pick == ItemPick::kOldest) {
      T item = std::move(items.front());
      items.pop_front();
      return item;
    }
    if (pick == ItemPick::kRandom) {
      std::swap(items[random.Uniform(items.size())], items.back());
    }
    T item = std::move(items.back());
    items.pop_back();
    return item;
  }
  size_t size(std::string_view name) const {
    const auto found = items_.find(name);
    return found == items_.end() ? 0 : found->second.size();
  }
  // The name was declared, or added to.
  bool knows(std::string_view name) const {
    return items_.find(name) != items_.end();
  }

 private:
  std::map<std::string, std::deque<T>, std::less<>> items_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_NAMED_ITEMS_H_
