#include "pagelab/stackdepot/frame_text.h"

#include <fmt/format.h>

#include <charconv>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr std::string_view kForms =
    "\"name\", \"name+0xoffset/0xsize\" or \"name+0xoffset/0xsize [module]\"";

absl::Status WrongFrame(std::string_view text, std::string_view what) {
  return InvalidInput(fmt::format("stack frame \"{}\": {}", text, what));
}

bool IsNameCharacter(char c) {
  return c > ' ' && c != '\x7f' && c != '+' && c != '[' && c != ']' && c != '"';
}

}  // namespace

std::optional<uint64_t> ParseHexAddress(std::string_view text) {
  if (text.size() < 3 || text.substr(0, 2) != "0x") return std::nullopt;
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 2, end, value, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

absl::Status CheckSymbolName(std::string_view what, std::string_view name) {
  if (name.empty()) {
    return InvalidInput(fmt::format("the {} name is empty", what));
  }
  for (const char c : name) {
    if (!IsNameCharacter(c)) {
      return InvalidInput(fmt::format(
          "\"{}\" is no {} name: blanks, quotes, '+', '[' and ']' do not occur "
          "in one",
          name, what));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<SymbolicFrame> ParseFrame(std::string_view text) {
  SymbolicFrame frame;
  std::string_view rest = text;
  if (const size_t blank = rest.find(' '); blank != rest.npos) {
    const std::string_view module = rest.substr(blank + 1);
    if (module.size() < 3 || module.front() != '[' || module.back() != ']') {
      return WrongFrame(text, fmt::format("expected {}", kForms));
    }
    frame.module = module.substr(1, module.size() - 2);
    PAGELAB_RETURN_IF_ERROR(CheckSymbolName("module", frame.module));
    rest = rest.substr(0, blank);
  }
  const size_t plus = rest.find('+');
  frame.name = rest.substr(0, plus);
  if (frame.name.empty()) {
    return WrongFrame(text, fmt::format("no name; expected {}", kForms));
  }
  PAGELAB_RETURN_IF_ERROR(CheckSymbolName("function", frame.name));
  if (plus == rest.npos) return frame;

  const std::string_view place = rest.substr(plus + 1);
  const size_t slash = place.find('/');
  const std::optional<uint64_t> offset =
      ParseHexAddress(place.substr(0, slash));
  const std::optional<uint64_t> size =
      slash == place.npos ? std::nullopt
                          : ParseHexAddress(place.substr(slash + 1));
  if (!offset.has_value() || !size.has_value()) {
    return WrongFrame(text,
                      "offset and size must be hexadecimal, as in "
                      "\"name+0x1f/0x90\"");
  }
  frame.offset = *offset;
  frame.size = *size;
  return frame;
}

}  // namespace pagelab
