#include "pagelab/report/bench/hotpath_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/base/text.h"
#include "pagelab/report/bench/number_text.h"

namespace pagelab {
namespace {

constexpr std::string_view kAllocator = "allocator, ";
constexpr std::string_view kHooksAbsent = "allocator, hooks absent";

const ObjectSize* AbsentOf(absl::Span<const ObjectSize> sizes) {
  for (const ObjectSize& size : sizes) {
    if (size.object == kHooksAbsent) return &size;
  }
  return nullptr;
}

bool IsBuild(const ObjectSize& size) {
  return size.object.starts_with(kAllocator) && size.object != kHooksAbsent;
}

std::string SignedDifference(uint64_t value, uint64_t reference) {
  std::string text = value < reference ? "" : "+";
  AppendSigned(text, static_cast<int64_t>(value - reference));
  return text;
}

// "+230", or blank where there is nothing to compare.
std::string MoreText(const ObjectSize& size, const ObjectSize* absent) {
  if (absent == nullptr || !IsBuild(size)) return "";
  return SignedDifference(size.text + size.data + size.bss,
                          absent->text + absent->data + absent->bss);
}

std::string MoreHot(const ObjectSize& size, const ObjectSize* absent) {
  if (absent == nullptr || !IsBuild(size) || !size.hot_text.has_value() ||
      !absent->hot_text.has_value()) {
    return "";
  }
  return SignedDifference(*size.hot_text, *absent->hot_text);
}

std::string MeasuredBranches(const HotpathDocument& document) {
  const HotpathRow& row = document.rows[AnswerRow(document)];
  const HotpathRowStatistics statistics = AnalyzeHotpathRow(row);
  std::string text;
  for (const std::string_view hooks : {"branch", "static key"}) {
    const int variant = OffVariant(row, hooks);
    if (variant < 0) continue;
    const std::optional<double>& more =
        statistics.variants[static_cast<size_t>(variant)].more_branches;
    if (!more.has_value()) continue;
    if (!text.empty()) text += ", ";
    text += fmt::format("{}: {} a pair", hooks, SignedCountText(*more));
  }
  return text.empty() ? "branches were not counted" : text;
}

std::string MeasuredTimes(const HotpathDocument& document) {
  size_t shown = 0;
  size_t all = 0;
  for (const HotpathRow& row : document.rows) {
    const HotpathRowStatistics statistics = AnalyzeHotpathRow(row);
    for (const std::string_view hooks : {"branch", "static key"}) {
      const int variant = OffVariant(row, hooks);
      if (variant < 0) continue;
      ++all;
      shown += statistics.variants[static_cast<size_t>(variant)].verdict ==
               TimeVerdict::kDiffers;
    }
  }
  return fmt::format(
      "a difference in time shows in {} of {} cases (each kind of work, each "
      "build, off)",
      shown, all);
}

std::string MeasuredGrowth(const HotpathDocument& document) {
  const ObjectSize* absent = AbsentOf(document.sizes);
  std::string text;
  for (const ObjectSize& size : document.sizes) {
    const std::string more = MoreText(size, absent);
    if (more.empty()) continue;
    if (!text.empty()) text += "; ";
    text += size.object.substr(kAllocator.size()) + ": " + more + " bytes";
    const std::string hot = MoreHot(size, absent);
    if (!hot.empty()) text += ", " + hot + " of them hot";
  }
  return text.empty() ? "sizes were not measured" : text;
}

}  // namespace

std::string DifferenceText(const VariantStatistics& statistics) {
  switch (statistics.verdict) {
    case TimeVerdict::kReference:
      return "";
    case TimeVerdict::kTooFewRounds:
      return fmt::format("too few rounds for an interval ({} are needed)",
                         ValuesForMedianInterval());
    case TimeVerdict::kUnresolved:
      return "below what this machine resolves (" +
             ResolutionText(statistics.resolution_ns) + " ns)";
    case TimeVerdict::kDiffers:
      return fmt::format(
          "{} ns ({} to {})", SignedNanosecondsText(statistics.difference_ns),
          SignedNanosecondsText(statistics.difference_interval->low),
          SignedNanosecondsText(statistics.difference_interval->high));
  }
  return "";
}

std::string SizeTable(absl::Span<const ObjectSize> sizes) {
  if (sizes.empty()) return "";
  constexpr std::string_view kRow =
      "{:>7} {:>7} {:>7} {:>7} {:>7}  {:>7}  {:>9}  {:>9}  {}\n";
  const ObjectSize* absent = AbsentOf(sizes);
  std::string text = "Bytes of the objects\n";
  text += fmt::format(fmt::runtime(kRow), "text", "data", "bss", "dec", "hex",
                      "hot", "vs absent", "of it hot", "object");
  for (const ObjectSize& size : sizes) {
    const uint64_t sum = size.text + size.data + size.bss;
    text += fmt::format(
        fmt::runtime(kRow), size.text, size.data, size.bss, sum,
        fmt::format("{:x}", sum),
        size.hot_text.has_value() ? std::to_string(*size.hot_text) : "-",
        MoreText(size, absent), MoreHot(size, absent), size.object);
  }
  text +=
      "  hot: the part of text that an ordinary pair may run through; the rest "
      "is out of line\n";
  return text;
}

std::string ClaimsText(const HotpathDocument& document) {
  std::string text = "What page_owner's documents say, and what was measured\n";
  const auto claim = [&text](std::string_view said, std::string_view found) {
    text += fmt::format("  said:     {}\n  measured: {}\n", said, found);
  };
  claim("just two unlikely branches in the allocator's hot path",
        MeasuredBranches(document));
  claim(
      "no effect on allocation when off, above all with static keys (jump "
      "labels)",
      MeasuredTimes(document));
  claim(
      "page_alloc.o grows by 230 bytes (a later kernel: 520), half of it in "
      "the hot path",
      MeasuredGrowth(document));
  return text;
}

std::string LimitsText() {
  return "What this is and is not\n"
         "  Each variant is the same allocator source, compiled another way:\n"
         "  absent      CONFIG_PAGE_OWNER=n: no hook in the code\n"
         "  branch      a plain unlikely test of a flag, as without jump "
         "labels\n"
         "  static key  CONFIG_JUMP_LABEL: a no-op of 5 bytes, patched into a "
         "jump while\n"
         "              page_owner is on\n"
         "  With page_owner on: \"record\" writes the record, its stack handle "
         "known before;\n"
         "  \"depot\" also looks a given stack up; \"libunwind\" and \"frame "
         "pointers\" take it too.\n"
         "  Tracepoints are in all of them, off, behind static keys of their "
         "own.\n"
         "\n"
         "  It is a model in a process, and none of this is overhead of a "
         "kernel. Not here:\n"
         "  - interrupts off, preemption, and the locks and atomics of the "
         "kernel's path\n"
         "  - the pressure on caches, TLB and branch predictor by everything "
         "else that runs\n"
         "  - the code that another compiler, version or configuration puts "
         "elsewhere\n"
         "  - how text is patched: here by mprotect(), there by the breakpoint "
         "protocol on\n"
         "    all CPUs\n"
         "  A difference in time between builds can come from the placement of "
         "code alone;\n"
         "  the count of instructions cannot.\n";
}

}  // namespace pagelab
