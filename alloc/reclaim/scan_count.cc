#include "pagelab/alloc/reclaim/scan_count.h"

namespace pagelab {
namespace {

// floor(sqrt(n)) of a small number.
uint64_t SquareRoot(uint64_t n) {
  uint64_t root = 0;
  while ((root + 1) * (root + 1) <= n) ++root;
  return root;
}

// The shares of the two sides, out of their sum.
struct Shares {
  uint64_t anon = 1;
  uint64_t file = 1;
};

// A side that was expensive lately gets less, but never less than a third of
// the pressure: its own cost counts only half.
Shares SharesOf(const ScanCountInputs& inputs) {
  const auto anon = static_cast<uint64_t>(inputs.cost[0]);
  const auto file = static_cast<uint64_t>(inputs.cost[1]);
  const uint64_t total = anon + file;
  const uint64_t both = (total + anon) + (total + file);
  const auto swappiness = static_cast<uint64_t>(inputs.swappiness);
  return {.anon = swappiness * (both + 1) / (total + anon + 1),
          .file = (200 - swappiness) * (both + 1) / (total + file + 1)};
}

enum class Balance : uint8_t { kAnonOnly, kFileOnly, kEqual, kByCost };

Balance BalanceOf(const ScanCountInputs& inputs) {
  if (!inputs.can_swap) return Balance::kFileOnly;
  if (inputs.priority == 0 && inputs.swappiness != 0) return Balance::kEqual;
  if (inputs.file_is_tiny) return Balance::kAnonOnly;
  if (inputs.cache_trim_mode) return Balance::kFileOnly;
  return Balance::kByCost;
}

}  // namespace

ListPages GetScanCount(const ScanCountInputs& inputs) {
  const Balance balance = BalanceOf(inputs);
  const Shares shares = SharesOf(inputs);
  ListPages counts{};
  for (int i = 0; i < kNrEvictableLists; ++i) {
    const auto at = static_cast<size_t>(i);
    const bool file = IsFileList(ListAt(i));
    const uint64_t scan = inputs.sizes[at] >> inputs.priority;
    switch (balance) {
      case Balance::kEqual:
        counts[at] = scan;
        break;
      case Balance::kAnonOnly:
        counts[at] = file ? 0 : scan;
        break;
      case Balance::kFileOnly:
        counts[at] = file ? scan : 0;
        break;
      case Balance::kByCost:
        counts[at] = scan * (file ? shares.file : shares.anon) /
                     (shares.anon + shares.file);
        break;
    }
  }
  return counts;
}

bool InactiveIsLow(PageCount inactive, PageCount active) {
  const uint64_t gib = (inactive + active).bytes() >> 30;
  const uint64_t ratio = gib == 0 ? 1 : SquareRoot(10 * gib);
  return inactive.value() * ratio < active.value();
}

}  // namespace pagelab
