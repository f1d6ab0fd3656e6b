#ifndef PAGELAB_OWNER_SORT_COMPAT_FIELDS_H_
#define PAGELAB_OWNER_SORT_COMPAT_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pagelab/owner/sort/group_table.h"
#include "pagelab/owner/sort/sort_block.h"
#include "pagelab/owner/sort/sort_plan.h"
#include "pagelab/owner/sort/strict_head.h"

namespace pagelab {

// A block as the kernel's tool has read it.
struct CompatBlock {
  uint64_t position = 0;
  // The first line, with its newline, and all others but the PFN's. No NUL in
  // either.
  std::string_view head;
  std::string_view rest;
  // What the PFN line tells.
  AllocatorBits pfn_bits = 0;
};

// Finds the fields of blocks as one generation of the kernel's tool does, and
// puts into a table what its filters let through. Thread-compatible.
class CompatFields {
 public:
  // Messages of -d are appended to `debug` if there is one.
  CompatFields(const SortPlan& plan, GroupTable& table, std::string* debug);

  // Whether the filters let the block through.
  bool Add(const CompatBlock& block);
  // Counts a block that equals the last one that passed.
  void Repeat(const CompatBlock& block);

 private:
  // The quick way, for blocks as the kernel prints them.
  bool ReadStrictly(const CompatBlock& block, SortBlock& read);
  // With the tool's searches in all of the block, in the order of its messages.
  bool ReadBySearching(const CompatBlock& block, SortBlock& read);
  void SetText(const CompatBlock& block);
  bool SearchFor517(SortBlock& read);
  bool SearchFor63(SortBlock& read);
  bool SearchFor612(SortBlock& read);

  bool PassesFilters(const SortBlock& read) const;
  // Searches again for what is filtered by, for the messages.
  bool PassesSearchedFilters();

  void SearchTask(SortBlock& read);
  void SearchBothTimes(SortBlock& read);
  int32_t SearchPid();
  int32_t SearchTgid();
  std::string_view SearchName();
  uint32_t SearchPages();
  uint64_t SearchTs();
  uint64_t SearchFreeTs();
  // What was found as a number; `wrong` is the message if it is none.
  int32_t IdOf(std::optional<std::string_view> digits, std::string_view wrong);
  uint64_t TimeOf(std::optional<std::string_view> digits,
                  std::string_view wrong, std::string_view& found);
  void TellNoMatch();
  void TellWrong(std::string_view what);

  void PlaceTimes(const CompatBlock& block, SortBlock& read);
  AllocatorBits AllocatorOf(const CompatBlock& block, bool strict);

  const SortPlan& plan_;
  const bool needs_allocator_;
  GroupTable& table_;
  std::string* const debug_;
  StrictHeadParser strict_;
  // All of the block with the newline of the empty line behind it, and what
  // the searches found in it.
  std::string text_;
  std::string_view found_ts_;
  std::string_view found_free_ts_;
  // Its lines without the first, less the digits of a time.
  std::string rest_;
  std::string joined_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_COMPAT_FIELDS_H_
