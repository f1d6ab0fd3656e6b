#ifndef PAGELAB_OWNER_SORT_FIELD_SEARCH_H_
#define PAGELAB_OWNER_SORT_FIELD_SEARCH_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace pagelab {

// The kernel tool's searches in a block (page-owner-sort.md 2.2), each as its
// POSIX extended regular expression finds the value: leftmost, then longest.
// The text has no NUL. A view of no digits is a match without a number.

// order\s*([0-9]*),
std::optional<std::string_view> FindOrder(std::string_view text);
// pid\s*([0-9]*),
std::optional<std::string_view> FindPid(std::string_view text);
// tgid\s*([0-9]*) with a blank behind it.
std::optional<std::string_view> FindTgid(std::string_view text);
// tgid\s*[0-9]*\s*\((.*)\),\s*ts
std::optional<std::string_view> FindName(std::string_view text);
// ts\s*([0-9]*)\s*ns
std::optional<std::string_view> FindTs(std::string_view text);
// ts\s*([0-9]*)\s*ns, with the comma: before the tool of 6.7.
std::optional<std::string_view> FindTsBeforeComma(std::string_view text);
// free_ts\s*([0-9]*)\s*ns
std::optional<std::string_view> FindFreeTs(std::string_view text);

// What the digits are worth to the tool: no digits and too many are nothing.
std::optional<int64_t> SignedValue(std::string_view digits);
std::optional<uint64_t> UnsignedValue(std::string_view digits);

// Pages of an order that was found as these digits, 0 if they are no order. An
// order of 32 and more counts as its low five bits, as the original does it on
// x86.
uint32_t PagesOfOrder(std::string_view digits);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_FIELD_SEARCH_H_
