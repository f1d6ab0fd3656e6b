#include "pagelab/sim/symbol_call_sites.h"

#include <algorithm>
#include <charconv>

namespace pagelab {
namespace {

constexpr uint32_t kBytesPerLine = 16;

// "mm_init.constprop.0" is mm_init() in the source.
std::string_view SourceName(std::string_view symbol) {
  return symbol.substr(0, symbol.find('.'));
}

// A line of a stack trace, taken apart: "name+0x1f/0x90 [module]".
struct Call {
  std::string_view function;
  std::string_view module;
  uint32_t offset = 0;
};

Call CallOf(std::string_view text) {
  Call call;
  call.function = text.substr(0, text.find_first_of("+ "));
  const size_t bracket = text.find('[');
  if (bracket != std::string_view::npos) {
    call.module = text.substr(bracket + 1, text.size() - bracket - 2);
  }
  const size_t plus = text.find("+0x");
  if (plus != std::string_view::npos) {
    const std::string_view digits = text.substr(plus + 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), call.offset,
                    16);
  }
  return call;
}

}  // namespace

void SymbolCallSites::AddSource(std::string_view function,
                                std::string_view module, std::string_view file,
                                uint32_t line) {
  sources_.insert_or_assign(FunctionKey(SourceName(function), module),
                            Place{.file = std::string(file), .line = line});
}

bool SymbolCallSites::HasSource(std::string_view function,
                                std::string_view module) const {
  return sources_.count(FunctionKey(SourceName(function), module)) > 0;
}

bool SymbolCallSites::IsHelper(std::string_view function) {
  return SourceName(function).ends_with("_noprof");
}

size_t SymbolCallSites::CallsOf(const ExecutionContext& context,
                                absl::Span<SimAddress> calls) const {
  if (context.stack_kind == StackKind::kHost) {
    return host_.Capture(symbols_, calls);
  }
  const size_t count = std::min(calls.size(), context.frames.size());
  std::copy_n(context.frames.begin(), count, calls.begin());
  return count;
}

std::optional<CodeTag> SymbolCallSites::TagOf(SimAddress address) const {
  const std::string text = symbols_.ToText(address);
  const Call call = CallOf(text);
  if (IsHelper(call.function)) return std::nullopt;
  CodeTag tag{.file = "unknown",
              .line = call.offset,
              .module = std::string(call.module),
              .function = std::string(SourceName(call.function))};
  const auto source = sources_.find(FunctionKey(tag.function, tag.module));
  if (source != sources_.end()) {
    tag.file = source->second.file;
    tag.line = source->second.line + call.offset / kBytesPerLine;
  }
  return tag;
}

}  // namespace pagelab
