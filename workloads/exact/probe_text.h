#ifndef PAGELAB_WORKLOADS_EXACT_PROBE_TEXT_H_
#define PAGELAB_WORKLOADS_EXACT_PROBE_TEXT_H_

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pagelab {

// The word after `key` ("order=") in the "name=value" text of an event.
inline std::optional<std::string_view> ProbeWord(std::string_view text,
                                                 std::string_view key) {
  for (size_t at = text.find(key); at != std::string_view::npos;
       at = text.find(key, at + 1)) {
    if (at != 0 && text[at - 1] != ' ') continue;
    const std::string_view rest = text.substr(at + key.size());
    return rest.substr(0, rest.find(' '));
  }
  return std::nullopt;
}

// Its value: decimal, perhaps negative, or hexadecimal after 0x.
inline std::optional<uint64_t> ProbeNumber(std::string_view text,
                                           std::string_view key) {
  const std::optional<std::string_view> word = ProbeWord(text, key);
  if (!word.has_value()) return std::nullopt;
  const bool hex = word->starts_with("0x");
  const char* begin = word->data() + (hex ? 2 : 0);
  const char* end = word->data() + word->size();
  int64_t decimal = 0;
  uint64_t value = 0;
  const std::from_chars_result result =
      hex ? std::from_chars(begin, end, value, 16)
          : std::from_chars(begin, end, decimal, 10);
  if (result.ec != std::errc()) return std::nullopt;
  return hex ? value : static_cast<uint64_t>(decimal);
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_PROBE_TEXT_H_
