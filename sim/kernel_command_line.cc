#include "pagelab/sim/kernel_command_line.h"

#include <array>
#include <charconv>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "pagelab/alloc/guard_page.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// Parameters of things that are not simulated and that a recorded command
// line may well carry: taken, without effect.
constexpr std::array<std::string_view, 12> kAcceptedWithoutEffect = {
    "console",     "no_hash_pointers", "panic",
    "log_buf_len", "nokaslr",          "quiet",
    "trace_event", "trace_buf_size",   "trace_clock",
    "memblock",    "early_page_ext",   "maxcpus"};

bool TakenWithoutEffect(std::string_view key) {
  for (std::string_view accepted : kAcceptedWithoutEffect) {
    if (key == accepted) return true;
  }
  return false;
}

// False when the value makes no sense for the key.
bool TakeBool(std::string_view value, bool& field) {
  const std::optional<bool> parsed = ParseKernelBool(value);
  if (parsed.has_value()) field = *parsed;
  return parsed.has_value();
}

// A whole number in base 10, all of the text. Kernel counterpart: kstrtoul().
std::optional<uint64_t> ParseKernelNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

// A bad value is printed, and no error for the kernel (page-ext-owner-depot.md
// 13).
void TakeGuardpageMinorder(KernelCommandLine& line, std::string_view value) {
  const std::optional<uint64_t> order = ParseKernelNumber(value);
  if (!order.has_value() || *order > kMaxDebugGuardpageMinorder) {
    line.messages.emplace_back("Bad debug_guardpage_minorder value");
    return;
  }
  line.debug_guardpage_minorder = static_cast<int>(*order);
  line.messages.push_back("Setting debug_guardpage_minorder to " +
                          std::to_string(*order));
}

// "never", whatever follows, or a boolean.
bool TakeMemProfiling(std::string_view value, MemProfiling& field) {
  if (value.starts_with("never")) {
    field = MemProfiling::kNever;
    return true;
  }
  bool on = false;
  if (!TakeBool(value, on)) return false;
  field = on ? MemProfiling::kOn : MemProfiling::kOff;
  return true;
}

enum class Taken { kYes, kUnknown, kMalformed };

Taken Take(KernelCommandLine& line, const CommandLineRules& rules,
           std::string_view key, std::string_view value) {
  bool fine = true;
  if (key == "page_owner") {
    if (rules.page_owner_takes_bool) {
      fine = TakeBool(value, line.page_owner);
    } else if (value == "on") {
      line.page_owner = true;
    }
  } else if (key == "debug_pagealloc") {
    fine = TakeBool(value, line.debug_pagealloc);
  } else if (key == "debug_guardpage_minorder") {
    TakeGuardpageMinorder(line, value);
  } else if (key == "page_poison") {
    fine = TakeBool(value, line.page_poison);
  } else if (key == "stack_depot_disable" && rules.has_stack_depot_disable) {
    fine = TakeBool(value, line.stack_depot_disable);
  } else if (key == "page_table_check" && rules.has_page_table_check) {
    fine = TakeBool(value, line.page_table_check);
  } else if (key == "sysctl.vm.mem_profiling" && rules.has_mem_profiling) {
    fine = TakeMemProfiling(value, line.mem_profiling);
  } else if (key == "stack_depot_max_pools") {
    uint32_t pools = 0;
    fine = absl::SimpleAtoi(ToAbsl(value), &pools) && pools > 0;
    if (fine) line.stack_depot_max_pools = pools;
  } else if (key == "movablecore") {
    const std::optional<uint64_t> bytes = ParseKernelSize(value);
    fine = bytes.has_value();
    if (fine) line.movablecore = PageCount(*bytes >> kPageShift);
  } else if (key == "cma") {
    const std::optional<uint64_t> bytes = ParseKernelSize(value);
    fine = bytes.has_value();
    if (fine) line.cma = *bytes;
  } else if (!TakenWithoutEffect(key)) {
    return Taken::kUnknown;
  }
  return fine ? Taken::kYes : Taken::kMalformed;
}

}  // namespace

std::optional<bool> ParseKernelBool(std::string_view text) {
  if (text.empty()) return std::nullopt;
  switch (absl::ascii_tolower(static_cast<unsigned char>(text[0]))) {
    case 'y':
    case 't':
    case '1':
      return true;
    case 'n':
    case 'f':
    case '0':
      return false;
    case 'o':
      break;
    default:
      return std::nullopt;
  }
  if (text.size() < 2) return std::nullopt;
  const char second = absl::ascii_tolower(static_cast<unsigned char>(text[1]));
  if (second == 'n') return true;
  if (second == 'f') return false;
  return std::nullopt;
}

std::optional<uint64_t> ParseKernelSize(std::string_view text) {
  uint64_t value = 0;
  const auto [rest, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  const std::string_view suffix(rest, static_cast<size_t>(text.end() - rest));
  if (suffix.empty()) return value;
  if (suffix.size() > 1) return std::nullopt;
  constexpr std::string_view kSuffixes = "KMGT";
  const size_t index = kSuffixes.find(static_cast<char>(
      absl::ascii_toupper(static_cast<unsigned char>(suffix[0]))));
  if (index == std::string_view::npos) return std::nullopt;
  const int shift = 10 * (static_cast<int>(index) + 1);
  if (value >> (64 - shift) != 0) return std::nullopt;
  return value << shift;
}

KernelCommandLine ParseKernelCommandLine(std::string_view text,
                                         const CommandLineRules& rules) {
  KernelCommandLine line;
  for (absl::string_view word : absl::StrSplit(
           ToAbsl(text), absl::ByAnyChar(" \t\n"), absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(word, absl::MaxSplits('=', 1));
    switch (Take(line, rules, FromAbsl(parts.first), FromAbsl(parts.second))) {
      case Taken::kYes:
        break;
      case Taken::kUnknown:
        line.unknown.emplace_back(word);
        break;
      case Taken::kMalformed:
        line.malformed.emplace_back(parts.first);
        break;
    }
  }
  return line;
}

}  // namespace pagelab
