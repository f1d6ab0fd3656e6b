#ifndef PAGELAB_OWNER_DUMP_LINE_CURSOR_H_
#define PAGELAB_OWNER_DUMP_LINE_CURSOR_H_

#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>

namespace pagelab {

// Takes pieces off the front of a line.
class LineCursor {
 public:
  explicit LineCursor(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }
  bool empty() const { return rest_.empty(); }

  // Inline, so that a literal is compared in a word or two.
  bool Take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  // A number without a plus sign; a minus sign for signed types.
  template <typename T>
  bool TakeNumber(T& value, int base = 10) {
    const auto [end, error] =
        std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, base);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return true;
  }
  // Up to the next `end`, which is taken, too.
  bool TakeUntil(char end, std::string_view& text) {
    const size_t at = rest_.find(end);
    if (at == std::string_view::npos) return false;
    text = rest_.substr(0, at);
    rest_.remove_prefix(at + 1);
    return true;
  }
  bool TakeUntil(std::string_view end, std::string_view& text) {
    const size_t at = rest_.find(end);
    if (at == std::string_view::npos) return false;
    text = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return true;
  }
  // Up to the last `end`, which is taken, too: names of tasks may hold
  // anything but a newline.
  bool TakeUntilLast(std::string_view end, std::string_view& text) {
    const size_t at = rest_.rfind(end);
    if (at == std::string_view::npos) return false;
    text = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return true;
  }

 private:
  std::string_view rest_;
};

// The first line of `text`, without its newline, is taken off.
inline std::string_view TakeLine(std::string_view& text) {
  const size_t newline = text.find('\n');
  const std::string_view line = text.substr(0, newline);
  text.remove_prefix(newline == std::string_view::npos ? text.size()
                                                       : newline + 1);
  return line;
}

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_LINE_CURSOR_H_
