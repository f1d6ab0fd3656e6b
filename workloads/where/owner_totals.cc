#include "pagelab/workloads/where/owner_totals.h"

#include <algorithm>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "pagelab/base/status.h"
#include "pagelab/owner/dump/owner_dump_reader.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {
namespace {

// What a stack says; dumps repeat them.
struct StackFacts {
  MemoryClass memory = MemoryClass::kDirect;
  // Index in OwnerTotals::direct, for that class.
  size_t owner = 0;
};

class Adder {
 public:
  void Add(const OwnerDumpRecord& record) {
    StackFacts facts = FactsOf(record.stack);
    if (facts.memory == MemoryClass::kDirect) {
      facts.memory = ClassOfFlags(record.flag_names);
    }
    const auto pages = static_cast<int64_t>(record.order.pages());
    ++totals_.records;
    totals_.pages[static_cast<size_t>(Index(facts.memory))] += pages;
    if (facts.memory != MemoryClass::kDirect) return;
    totals_.direct[facts.owner].pages += pages;
    ++totals_.direct[facts.owner].blocks;
  }

  OwnerTotals Finish() {
    // All of theirs may be user memory.
    totals_.direct.erase(
        std::remove_if(totals_.direct.begin(), totals_.direct.end(),
                       [](const DirectOwner& o) { return o.blocks == 0; }),
        totals_.direct.end());
    std::sort(totals_.direct.begin(), totals_.direct.end(),
              [](const DirectOwner& a, const DirectOwner& b) {
                if (a.pages != b.pages) return a.pages > b.pages;
                return a.function < b.function;
              });
    return std::move(totals_);
  }

 private:
  StackFacts FactsOf(std::string_view stack) {
    const auto [at, added] = stacks_.try_emplace(std::string(stack));
    if (!added) return at->second;
    const FrameList frames = FramesOf(stack);
    at->second.memory = ClassOfStack(frames);
    if (at->second.memory == MemoryClass::kDirect) {
      const std::string name = OwnerName(frames);
      const auto [owner, is_new] =
          owners_.try_emplace(name, totals_.direct.size());
      if (is_new) totals_.direct.push_back({.function = name});
      at->second.owner = owner->second;
    }
    return at->second;
  }

  OwnerTotals totals_;
  absl::flat_hash_map<std::string, StackFacts> stacks_;
  absl::flat_hash_map<std::string, size_t> owners_;
};

}  // namespace

absl::StatusOr<OwnerTotals> TotalOwners(InputStream& dump) {
  OwnerDumpReader reader(dump);
  Adder adder;
  OwnerDumpRecord record;
  while (reader.Next(record)) adder.Add(record);
  PAGELAB_RETURN_IF_ERROR(reader.status());
  return adder.Finish();
}

}  // namespace pagelab
