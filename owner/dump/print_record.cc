#include "pagelab/owner/dump/print_record.h"

#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/pfn_line.h"
#include "pagelab/owner/memcg_line.h"

namespace pagelab {
namespace {

constexpr int kAddressDigits = 16;
constexpr int kMaxPageblockOrder = 13;
constexpr int kMaxNodeWidth = 10;
constexpr int kMaxZoneWidth = 3;
constexpr int kMaxLastcpupidWidth = 21;

// The memory cgroup of the one record that is printed.
class OnlyMemcg : public MemcgSource {
 public:
  explicit OnlyMemcg(const ParsedMemcg& memcg) : memcg_(memcg) {}
  MemcgView Memcg(uint32_t) const override {
    return {.name = memcg_.name, .online = memcg_.online};
  }

 private:
  const ParsedMemcg& memcg_;
};

MemcgWord WordOf(ParsedMemcg::Kind kind) {
  switch (kind) {
    case ParsedMemcg::Kind::kNone:
      return MemcgWord();
    case ParsedMemcg::Kind::kSlab:
      return MemcgWord::Slab(0);
    case ParsedMemcg::Kind::kUser:
      return MemcgWord::User(0);
    case ParsedMemcg::Kind::kKernel:
      return MemcgWord::Kernel(0);
  }
  return MemcgWord();
}

// Those of usual builds, then all others.
std::vector<PageFlagsLayout> Layouts() {
  std::vector<PageFlagsLayout> layouts = {
      PageFlagsLayout{},
      {.node_width = 10, .zone_width = 3, .lastcpupid_width = 21}};
  for (int node = 0; node <= kMaxNodeWidth; ++node) {
    for (int zone = 0; zone <= kMaxZoneWidth; ++zone) {
      for (int cpupid = 0; cpupid <= kMaxLastcpupidWidth; ++cpupid) {
        layouts.push_back({node, zone, cpupid});
      }
    }
  }
  return layouts;
}

// Also where all do, as for the first pageblock.
int PageblockOrderOf(const PfnLine& line) {
  const int usual = RecordFormat{}.pageblock_order;
  if (line.pfn >> usual == line.pageblock) return usual;
  int order = 0;
  while (order < kMaxPageblockOrder && line.pfn >> order != line.pageblock) {
    ++order;
  }
  return order;
}

bool PrintsAs(const ParsedRecord& record, const RecordFormat& format,
              std::string_view text) {
  std::string out;
  RecordPrinter(format).Append(out, record);
  return out == text;
}

}  // namespace

void RecordPrinter::AppendFrame(const ParsedFrame& frame) {
  stack_ += ' ';
  if (frame_style_ == FrameStyle::kAddress) {
    stack_ += "[<";
    AppendHexZeroPadded(stack_, frame.address.value_or(0), kAddressDigits);
    stack_ += ">] ";
  }
  if (frame.symbol.empty()) {
    stack_ += "0x";
    AppendHex(stack_, frame.address.value_or(0));
  } else {
    stack_ += frame.symbol;
    stack_ += "+0x";
    AppendHex(stack_, frame.offset);
    stack_ += "/0x";
    AppendHex(stack_, frame.size);
  }
  if (!frame.module.empty()) {
    stack_ += " [";
    stack_ += frame.module;
    stack_ += ']';
  }
  stack_ += '\n';
}

void RecordPrinter::Append(std::string& out, const ParsedRecord& record) {
  stack_.clear();
  for (const ParsedFrame& frame : record.frames) AppendFrame(frame);
  memcg_line_.clear();
  AppendMemcgLine(memcg_line_, WordOf(record.memcg.kind),
                  OnlyMemcg(record.memcg));
  const RecordText text{.record = record.values,
                        .pfn = record.pfn,
                        .pageblock_type = record.pageblock_type,
                        .flags_word = record.flags_word,
                        .stack = stack_,
                        .memcg_line = memcg_line_};
  const size_t before = out.size();
  out.resize(before + RecordFormatter::MaxSize(text));
  char* const end = formatter_.Write(out.data() + before, text);
  out.resize(static_cast<size_t>(end - out.data()));
}

absl::StatusOr<RecordFormat> InferFormat(const DumpRecord& record) {
  PfnLine line;
  if (!ParsePfnLine(record.pfn_line, line)) {
    return InvalidInput("expected \"PFN N ...\", got \"" +
                        std::string(record.pfn_line) + "\"");
  }
  const int pageblock_order = PageblockOrderOf(line);
  const std::vector<PageFlagsLayout> layouts = Layouts();
  const auto profiles = OwnerTextProfiles();
  for (auto profile = profiles.rbegin(); profile != profiles.rend();
       ++profile) {
    const absl::StatusOr<ParsedRecord> parsed = ParseValues(record, **profile);
    if (!parsed.ok()) continue;
    for (const PageFlagsLayout& layout : layouts) {
      for (bool disabled : {false, true}) {
        const RecordFormat format{.flags_layout = layout,
                                  .pageblock_order = pageblock_order,
                                  .group_by_mobility_disabled = disabled,
                                  .profile = *profile};
        if (PrintsAs(*parsed, format, record.text)) return format;
      }
    }
  }
  return InvalidInput("no known kernel version prints such a record");
}

}  // namespace pagelab
