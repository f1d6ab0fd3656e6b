#include "pagelab/workloads/trace/event.h"

#include <algorithm>
#include <array>

#include "pagelab/workloads/trace/text_cursor.h"

namespace pagelab {

std::string_view ToString(TraceEventKind kind) {
  static constexpr std::array<std::string_view, kNrTraceEventKinds> kNames = {
      "mm_page_alloc",
      "mm_page_free",
      "mm_page_free_batched",
      "mm_page_alloc_zone_locked",
      "mm_page_pcpu_drain",
      "mm_page_alloc_extfrag",
      "mm_alloc_contig_migrate_range_info",
      "probe",
      "marker",
      "other"};
  return kNames[static_cast<size_t>(kind)];
}

namespace {

// "function", "function+0xoffset/0xsize", both perhaps with " [module]".
TraceFrame FrameOf(std::string_view symbol) {
  TraceFrame frame;
  frame.function = symbol;
  if (symbol.front() == '[') return frame;
  if (const size_t bracket = symbol.find(" [");
      bracket != std::string_view::npos && symbol.back() == ']') {
    frame.module = symbol.substr(bracket + 2, symbol.size() - bracket - 3);
    frame.function = symbol.substr(0, bracket);
  }
  const size_t plus = frame.function.rfind("+0x");
  if (plus == std::string_view::npos) return frame;
  TextCursor cursor(frame.function.substr(plus + 1));
  uint64_t offset = 0;
  uint64_t size = 0;
  if (cursor.TakeNumber(offset) && cursor.TakeChar('/') &&
      cursor.TakeNumber(size) && cursor.done()) {
    frame.function = frame.function.substr(0, plus);
    frame.has_offset = true;
    frame.offset = offset;
    frame.size = size;
  }
  return frame;
}

// The module that a file belongs to: "[virtio_net]", ".../virtio-net.ko.xz".
// Empty for the kernel itself.
std::string_view ModuleOf(std::string_view file) {
  if (file.starts_with('[')) {
    if (file.starts_with("[kernel") || file.starts_with("[guest.kernel") ||
        file == "[unknown]" || file.size() < 2) {
      return {};
    }
    return file.substr(1, file.size() - 2);
  }
  const size_t end = file.find(".ko");
  if (end == std::string_view::npos) return {};
  file = file.substr(0, end);
  return file.substr(file.rfind('/') + 1);
}

// A frame as perf script prints it, after the blanks before it:
// "ffffffff81001010 function+0x10 ([kernel.kallsyms])". False for one that is
// not the kernel's or has no address of its own in the recorded stack.
bool TakePerfFrame(std::string_view line, TraceFrame& frame) {
  constexpr uint64_t kKernelHalf = uint64_t{1} << 63;
  TextCursor cursor(line);
  uint64_t address = 0;
  if (!cursor.TakeHex(address) || address < kKernelHalf) return false;
  if (!cursor.TakeChar(' ')) return false;
  std::string_view symbol = cursor.rest();
  std::string_view file;
  if (const size_t bracket = symbol.rfind(" (");
      symbol.ends_with(')') && bracket != std::string_view::npos) {
    file = symbol.substr(bracket + 2, symbol.size() - bracket - 3);
    symbol = symbol.substr(0, bracket);
  }
  if (symbol.empty() || file == "inlined") return false;
  frame = {};
  frame.function = symbol.substr(0, symbol.rfind("+0x"));
  frame.module = ModuleOf(file);
  return true;
}

}  // namespace

bool TraceFrames::Next(TraceFrame& frame) {
  constexpr std::string_view kArrow = " => ";
  while (!rest_.empty()) {
    const size_t newline = rest_.find('\n');
    std::string_view line = rest_.substr(0, newline);
    rest_ = newline == std::string_view::npos ? std::string_view()
                                              : rest_.substr(newline + 1);
    if (line.starts_with('\t')) {
      line.remove_prefix(std::min(line.find_first_not_of("\t "), line.size()));
      if (TakePerfFrame(line, frame)) return true;
      continue;
    }
    if (!line.starts_with(kArrow)) continue;
    line.remove_prefix(kArrow.size());
    // The sym-addr option appends " <address>".
    line = line.substr(0, line.find(" <"));
    if (line.empty()) continue;
    frame = FrameOf(line);
    return true;
  }
  return false;
}

}  // namespace pagelab
