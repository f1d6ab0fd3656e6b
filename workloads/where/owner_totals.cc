#include "pagelab/workloads/where/owner_totals.h"

#include <algorithm>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/top_owners.h"
#include "pagelab/workloads/trace_owners/owner_dump_reader.h"

namespace pagelab {
namespace {

// What a stack says; dumps repeat them.
struct StackFacts {
  MemoryClass memory = MemoryClass::kDirect;
  // Index in OwnerTotals::direct, for that class.
  size_t owner = 0;
};

std::vector<std::string> FramesOf(std::string_view stack) {
  std::vector<std::string> frames;
  while (!stack.empty()) {
    const size_t end = std::min(stack.find('\n'), stack.size());
    std::string_view frame = stack.substr(0, end);
    stack.remove_prefix(std::min(end + 1, stack.size()));
    const size_t begin = frame.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    frames.emplace_back(WithoutAddress(frame.substr(begin)));
  }
  return frames;
}

// The stacks that page_owner registers for itself begin with these functions.
std::string OwnerName(absl::Span<const std::string> frames) {
  for (const std::string& frame : frames) {
    const std::string function = FunctionOf(frame);
    if (function == "register_dummy_stack") return "(page_owner itself)";
    if (function == "register_failure_stack") {
      return "(unknown: the stack depot was full)";
    }
  }
  return FunctionOf(OwnFrame(frames));
}

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
    const std::vector<std::string> frames = FramesOf(stack);
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
