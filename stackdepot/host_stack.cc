#include "pagelab/stackdepot/host_stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// That are looked through for functions of the simulated kernel.
constexpr size_t kMaxHostFrames = 128;

using IdsByName = absl::flat_hash_map<std::string, SymbolId>;

absl::Status Wrong(const KernelFunction& function, std::string_view what) {
  return InvalidInput(
      fmt::format("kernel function \"{}\": {}", function.name, what));
}

absl::Status AddCalls(const KernelFunction& function, const IdsByName& ids,
                      SymbolTable& symbols) {
  const SymbolId caller = ids.at(std::string(function.name));
  for (const KernelCall& call : function.calls) {
    const auto callee = ids.find(ToAbsl(call.callee));
    if (callee == ids.end()) {
      return Wrong(function, fmt::format("calls \"{}\", which is not listed",
                                         call.callee));
    }
    PAGELAB_RETURN_IF_ERROR(
        symbols.AddCallSite(caller, callee->second, call.offset));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HostStackTranslator> HostStackTranslator::Create(
    absl::Span<const KernelFunction> functions, HostTextRange section,
    SymbolTable& symbols) {
  HostStackTranslator translator;
  translator.section_ = section;
  IdsByName ids;
  for (const KernelFunction& function : functions) {
    PAGELAB_RETURN_IF_ERROR(translator.AddFunction(function, symbols));
    const SymbolId symbol = translator.functions_.back().symbol;
    if (!ids.emplace(function.name, symbol).second) {
      return Wrong(function, "is listed twice");
    }
  }
  for (const KernelFunction& function : functions) {
    PAGELAB_RETURN_IF_ERROR(AddCalls(function, ids, symbols));
  }
  std::sort(
      translator.functions_.begin(), translator.functions_.end(),
      [](const Function& a, const Function& b) { return a.host < b.host; });
  const auto same = std::adjacent_find(
      translator.functions_.begin(), translator.functions_.end(),
      [](const Function& a, const Function& b) { return a.host == b.host; });
  if (same != translator.functions_.end()) {
    return InvalidInput(fmt::format(
        "kernel functions \"{}\" and \"{}\" are the same host function",
        symbols.NameOf(same->symbol), symbols.NameOf((same + 1)->symbol)));
  }
  return translator;
}

absl::Status HostStackTranslator::AddFunction(const KernelFunction& function,
                                              SymbolTable& symbols) {
  if (function.host < section_.begin || function.host >= section_.end) {
    return Wrong(function, "lies outside the section of kernel functions");
  }
  if (function.allocator_call == 0 ||
      function.allocator_call >= function.size) {
    return Wrong(function,
                 fmt::format("enters the allocator at offset {:#x}: must be "
                             "above 0 and below the size {:#x}",
                             function.allocator_call, function.size));
  }
  PAGELAB_ASSIGN_OR_RETURN(
      const SymbolId symbol,
      symbols.AddFunction(function.name, function.size, function.module));
  functions_.push_back(
      {.host = function.host,
       .symbol = symbol,
       .allocator_call = symbols.StartOf(symbol) + function.allocator_call});
  return absl::OkStatus();
}

size_t HostStackTranslator::Translate(absl::Span<const uintptr_t> host,
                                      const SymbolTable& symbols,
                                      absl::Span<SimAddress> out) const {
  size_t nr_frames = 0;
  const Function* callee = nullptr;
  for (const uintptr_t return_address : host) {
    const Function* caller = Find(return_address);
    if (caller == nullptr) continue;
    if (nr_frames == out.size()) break;
    if (callee == nullptr) {
      out[nr_frames++] = caller->allocator_call;
    } else {
      const std::optional<SimAddress> site =
          symbols.CallSite(caller->symbol, callee->symbol);
      if (!site.has_value()) [[unlikely]] {
        PAGELAB_CHECK_EQ(
            fmt::format("{} calls {}", symbols.NameOf(caller->symbol),
                        symbols.NameOf(callee->symbol)),
            "a listed call");
      }
      out[nr_frames++] = *site;
    }
    callee = caller;
  }
  return nr_frames;
}

const HostStackTranslator::Function* HostStackTranslator::Find(
    uintptr_t return_address) const {
  // The call is in front of its return address, which may lie behind the
  // function's end when nothing follows the call.
  const uintptr_t call = return_address - 1;
  if (call < section_.begin || call >= section_.end) return nullptr;
  const auto after = std::partition_point(
      functions_.begin(), functions_.end(),
      [call](const Function& function) { return function.host <= call; });
  return after == functions_.begin() ? nullptr : &*(after - 1);
}

size_t HostStacks::Capture(const SymbolTable& symbols,
                           absl::Span<SimAddress> out) const {
  if (unwinder == nullptr || translator == nullptr) return 0;
  std::array<uintptr_t, kMaxHostFrames> host;
  const size_t depth = unwinder->Capture(absl::MakeSpan(host));
  return translator->Translate(absl::MakeConstSpan(host.data(), depth), symbols,
                               out);
}

}  // namespace pagelab
