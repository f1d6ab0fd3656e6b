#ifndef PAGELAB_OWNER_SORT_STRICT_HEAD_H_
#define PAGELAB_OWNER_SORT_STRICT_HEAD_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace pagelab {

// The first line of a block as 5.18 to 6.12 print it. Views into the line.
struct StrictHead {
  uint32_t pages = 0;
  int32_t pid = -1;
  int32_t tgid = -1;
  std::string_view comm;
  uint64_t ts = 0;
  std::string_view ts_digits;
  // Up to 6.6; no digits without.
  uint64_t free_ts = 0;
  std::string_view free_ts_digits;
};

// Reads those first lines in which the searches of field_search.h find what is
// meant, whatever follows: for the others they must be made. Thread-compatible.
class StrictHeadParser {
 public:
  // `line` with its newline.
  bool Parse(std::string_view line, StrictHead& head);

 private:
  bool IsPlainMask(std::string_view mask);

  // The last one that was plain.
  std::string mask_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_STRICT_HEAD_H_
