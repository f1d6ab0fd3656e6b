#include "pagelab/report/export/redactor.h"

#include "absl/strings/ascii.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

bool TakeHex(std::string_view& text, std::string_view before,
             std::string_view& digits) {
  if (!text.starts_with(before)) return false;
  text.remove_prefix(before.size());
  digits = text.substr(0, text.find_first_not_of(kHexDigits));
  text.remove_prefix(digits.size());
  return !digits.empty();
}

// Symbols that the kernel makes up for what users load: "bpf_prog_TAG_NAME",
// and "bpf__TYPE_MEMBER", whose type may be a module's. Those of trampolines
// and dispatchers have numbers and the kernel's words only.
bool IsProgram(std::string_view symbol) {
  if (symbol.starts_with("bpf__")) return true;
  std::string_view tag;
  return TakeHex(symbol, "bpf_prog_", tag) &&
         (symbol.empty() || symbol.front() == '_');
}

// "sym+0x1/0x2". A tracer that gives no offsets gives no modules either, so
// that without a size it is not known whose function it is.
bool IsOfKernel(std::string_view frame) {
  constexpr std::string_view kSymbol =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$";
  const size_t end = frame.find_first_not_of(kSymbol);
  if (end == 0 || end == std::string_view::npos) return false;
  if (IsProgram(frame.substr(0, end))) return false;
  std::string_view rest = frame.substr(end);
  std::string_view offset;
  std::string_view size;
  return TakeHex(rest, "+0x", offset) && TakeHex(rest, "/0x", size) &&
         rest.empty() && size.find_first_not_of('0') != std::string_view::npos;
}

// "handle: 42", in place of frames.
bool IsHandle(std::string_view frame) {
  constexpr std::string_view kHandle = "handle: ";
  return frame.starts_with(kHandle) && frame.size() > kHandle.size() &&
         frame.find_first_not_of("0123456789", kHandle.size()) ==
             std::string_view::npos;
}

bool IsWordCharacter(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Not a part of a longer word: "out", but not in "without".
bool IsWhole(std::string_view text, size_t at, size_t size) {
  const size_t end = at + size;
  return (at == 0 || !IsWordCharacter(text[at - 1]) ||
          !IsWordCharacter(text[at])) &&
         (end == text.size() || !IsWordCharacter(text[end]) ||
          !IsWordCharacter(text[end - 1]));
}

}  // namespace

std::string Redactor::Replace(Names& names, std::string_view kind,
                              std::string_view name) {
  const auto at = names.find(name);
  if (at != names.end()) return at->second;
  std::string other =
      std::string(kind) + "-" + std::to_string(names.size() + 1);
  names.emplace(name, other);
  return other;
}

std::string Redactor::Comm(std::string_view comm) {
  if (!active() || comm.empty()) return std::string(comm);
  return Replace(comms_, "task", comm);
}

std::string Redactor::Memcg(std::string_view memcg) {
  if (!active() || memcg.empty() || memcg == "-") return std::string(memcg);
  return Replace(memcgs_, "cgroup", memcg);
}

int64_t Redactor::Pid(int64_t pid) {
  if (!active() || pid <= 0) return pid;
  const auto next = static_cast<int64_t>(pids_.size()) + 1;
  return pids_.emplace(pid, next).first->second;
}

std::string Redactor::Frame(std::string_view frame) {
  if (!active() || IsHandle(frame)) return std::string(frame);
  // So that a module is seen.
  frame = frame.substr(0, frame.find_last_not_of(" \t\r") + 1);
  const std::string_view module = ModuleOf(frame);
  if (redaction_ == Redaction::kNames && IsOfKernel(frame)) {
    return std::string(frame);
  }
  std::string text = Replace(functions_, "function", FunctionOf(frame));
  if (!module.empty()) {
    text += " [" + Replace(modules_, "module", module) + "]";
  }
  return text;
}

Redactor::Owner Redactor::OwnerOf(absl::Span<const std::string_view> frames) {
  Owner owner = {OwnerName(frames), OwnerModule(frames)};
  const std::string_view own = OwnFrame(frames);
  if (!active() || frames.empty() || IsHandle(own)) return owner;
  // Who asked was found before names are replaced.
  const std::string shown = Frame(own);
  const std::string_view module = ModuleOf(shown);
  if (SpecialStack(frames).empty()) owner.function = FunctionOf(shown);
  owner.module = module.empty() ? "kernel" : module;
  return owner;
}

std::string Redactor::Sentence(std::string_view sentence,
                               std::string_view source) {
  std::string text(sentence);
  if (!active()) return text;
  for (size_t at = 0;
       !source.empty() && (at = text.find(source, at)) != std::string::npos;) {
    if (!IsWhole(text, at, source.size())) {
      at += source.size();
      continue;
    }
    constexpr std::string_view kSource = "the source";
    text.replace(at, source.size(), kSource);
    at += kSource.size();
  }
  for (size_t at = 0; (at = text.find('"', at)) != std::string::npos;) {
    const size_t end = text.find('"', at + 1);
    if (end == std::string::npos) break;
    text.replace(at + 1, end - at - 1, "...");
    at += 5;
  }
  return text;
}

}  // namespace pagelab
