#include "pagelab/workloads/trace_owners/owner_dump_reader.h"

#include <algorithm>
#include <charconv>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

// The kernel's limit is 4096 bytes; with this much there is no end of it.
constexpr size_t kMaxRecord = size_t{64} << 10;
constexpr size_t kReadSize = size_t{256} << 10;

constexpr std::string_view kHeaderStart = "Page allocated via order ";
constexpr std::string_view kExpectedHeader =
    "expected \"Page allocated via order N, mask 0xM(names), pid P, tgid T "
    "(comm), ts N ns\"";
constexpr std::string_view kMigrated =
    "Page has been migrated, last migrate reason: ";

// Takes pieces off the front of a line.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : rest_(text) {}

  bool Take(std::string_view literal) {
    if (!rest_.starts_with(literal)) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  template <typename T>
  bool Number(T& value, int base = 10) {
    const auto [end, error] =
        std::from_chars(rest_.data(), rest_.data() + rest_.size(), value, base);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return true;
  }
  // Up to the next `end`, which is taken, too.
  bool Until(std::string_view end, std::string_view& text) {
    const size_t at = rest_.find(end);
    if (at == std::string_view::npos) return false;
    text = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return true;
  }
  // Names of tasks may hold anything but a newline.
  bool UntilLast(std::string_view end, std::string_view& text) {
    const size_t at = rest_.rfind(end);
    if (at == std::string_view::npos) return false;
    text = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return true;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 (init),
// ts 5 ns"; everything from the names on is missing in some kernels.
bool ParseHeader(std::string_view line, OwnerDumpRecord& record) {
  Pieces pieces(line);
  int order = 0;
  uint32_t mask = 0;
  if (!pieces.Take(kHeaderStart) || !pieces.Number(order)) return false;
  if (order < 0 || order > kMaxPageOrder) return false;
  if (!pieces.Take(", mask 0x") || !pieces.Number(mask, 16)) return false;
  record.order = Order(order);
  record.gfp = Gfp(mask);
  if (pieces.Take("(") && !pieces.Until(")", record.gfp_names)) return false;
  if (pieces.Take(", pid ") && !pieces.Number(record.pid)) return false;
  if (pieces.Take(", tgid ")) {
    if (!pieces.Number(record.tgid) || !pieces.Take(" (")) return false;
    const bool has_ts = pieces.rest().find("), ts ") != std::string_view::npos;
    if (!has_ts) return pieces.UntilLast(")", record.comm);
    if (!pieces.UntilLast("), ts ", record.comm)) return false;
  } else if (!pieces.Take(", ts ")) {
    return pieces.rest().empty();
  }
  uint64_t ts = 0;
  if (!pieces.Number(ts) || !pieces.Take(" ns")) return false;
  record.ts_nsec = ts;
  return pieces.rest().empty() || pieces.rest().starts_with(", free_ts ");
}

// Up to 4.5: "PFN 26 Block 0 type 2 Fallback Flags    U LA     ", without the
// type that the page asked for, and with letters instead of flag names.
bool ParseNumberedPfnLine(Pieces pieces, OwnerDumpRecord& record) {
  uint64_t block = 0;
  if (!pieces.Take(" Block ") || !pieces.Number(block) ||
      !pieces.Take(" type ") || !pieces.Until(" ", record.block_type) ||
      !pieces.Until("Flags ", record.type)) {
    return false;
  }
  record.type = {};
  return true;
}

// "PFN 0x1a type Movable Block 0 type Movable Flags ..."; the frame number is
// decimal in some kernels.
bool ParsePfnLine(std::string_view line, OwnerDumpRecord& record) {
  Pieces pieces(line);
  uint64_t pfn = 0;
  uint64_t block = 0;
  if (!pieces.Take("PFN ")) return false;
  if (!pieces.Number(pfn, pieces.Take("0x") ? 16 : 10)) return false;
  if (pfn >= uint64_t{1} << (52 - kPageShift)) return false;
  record.pfn = Pfn(pfn);
  if (pieces.rest().starts_with(" Block ")) {
    return ParseNumberedPfnLine(pieces, record);
  }
  if (!pieces.Take(" type ") || !pieces.Until(" Block ", record.type) ||
      !pieces.Number(block) || !pieces.Take(" type ") ||
      !pieces.Until(" Flags ", record.block_type)) {
    return false;
  }
  std::string_view number;
  if (pieces.Until("(", number)) pieces.Until(")", record.flag_names);
  return true;
}

std::string_view TakeLine(std::string_view& text) {
  const size_t newline = text.find('\n');
  const std::string_view line = text.substr(0, newline);
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

}  // namespace

bool OwnerDumpReader::Next(OwnerDumpRecord& record) {
  if (!FillRecord()) {
    if (status_.ok() && !found_any_) {
      status_ = InvalidInputAt({input_.name(), 1, 1},
                               "no page_owner record; expected \"Page "
                               "allocated via order ...\"");
    }
    return false;
  }
  return ParseRecord(std::string_view(buffer_).substr(begin_, end_ - begin_),
                     record);
}

bool OwnerDumpReader::FillRecord() {
  const std::string_view taken =
      std::string_view(buffer_).substr(begin_, end_ - begin_);
  line_ += static_cast<uint64_t>(std::count(taken.begin(), taken.end(), '\n'));
  begin_ = end_;
  while (true) {
    // Blank lines between records.
    while (begin_ < buffer_.size() && buffer_[begin_] == '\n') {
      ++begin_;
      ++line_;
    }
    const size_t blank = buffer_.find("\n\n", begin_);
    if (blank != std::string::npos) {
      end_ = blank + 1;
      return true;
    }
    if (end_of_input_) {
      end_ = buffer_.size();
      return begin_ < end_;
    }
    if (buffer_.size() - begin_ > kMaxRecord) {
      end_ = begin_;
      const bool is_record =
          std::string_view(buffer_).substr(begin_).starts_with(kHeaderStart);
      return Fail(0, is_record
                         ? "no record is that long; expected an empty line"
                         : kExpectedHeader);
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    end_ = 0;
    const size_t size = buffer_.size();
    buffer_.resize(size + kReadSize);
    const absl::StatusOr<size_t> got =
        input_.Read(absl::MakeSpan(buffer_.data() + size, kReadSize));
    buffer_.resize(size + (got.ok() ? *got : 0));
    if (!got.ok()) {
      status_ = got.status();
      return false;
    }
    end_of_input_ = *got == 0;
  }
}

bool OwnerDumpReader::Fail(size_t line, std::string_view what) {
  status_ =
      InvalidInputAt({input_.name(), static_cast<int>(line_ + line), 1}, what);
  return false;
}

bool OwnerDumpReader::ParseRecord(std::string_view text,
                                  OwnerDumpRecord& record) {
  record = OwnerDumpRecord();
  record.line = line_;
  if (!ParseHeader(TakeLine(text), record)) {
    return Fail(0, kExpectedHeader);
  }
  if (text.empty() || !ParsePfnLine(TakeLine(text), record)) {
    return Fail(1, "expected \"PFN 0xN type T Block N type T Flags ...\"");
  }
  const char* frames = text.data();
  size_t line = 2;
  while (text.starts_with(' ')) {
    TakeLine(text);
    ++line;
  }
  record.stack = {frames, static_cast<size_t>(text.data() - frames)};
  while (!text.empty()) {
    std::string_view note = TakeLine(text);
    if (note.starts_with(kMigrated)) {
      record.migrate_reason = note.substr(kMigrated.size());
    } else if (!note.starts_with("Charged ") && note != "Slab cache page") {
      return Fail(line,
                  "expected a frame, a note on the page, or an empty "
                  "line");
    }
    ++line;
  }
  found_any_ = true;
  return true;
}

}  // namespace pagelab
