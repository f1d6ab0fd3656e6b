#ifndef PAGELAB_OWNER_DUMP_LOOSE_LINES_H_
#define PAGELAB_OWNER_DUMP_LOOSE_LINES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pagelab {

// What a line of a dump is, wherever it was copied to.
enum class LooseLine : uint8_t {
  // Nothing, or only what a logger or mailer put in front of nothing.
  kEmpty,
  // "Page allocated via order ...".
  kRecord,
  // "page last allocated via order ...".
  kReport,
  // "page_owner tracks the page as ...".
  kReportState,
  // "page: refcount:1 ... pfn:0x12345", the first of a bug report.
  kReportPage,
  // "PFN ...".
  kPfn,
  // "symbol+0x1/0x2", "[<address>] symbol+0x1/0x2", "0xffffffff81000000".
  kFrame,
  // "nr_base_pages: 16", "stack_count: 16".
  kPages,
  // "handle: 42".
  kHandle,
  // "Page has been migrated, ...", "Charged to ...", "Slab cache page".
  kNote,
  // Begins with bytes of zero, which a crash leaves where nothing was written.
  kZeros,
  // "BUG: ...", "Call Trace:": a kernel tells of a bug of its own.
  kBug,
  kOther,
};

// Goes through the lines of a text one by one, without the carriage returns,
// log prefixes (log_prefix.h), quotation marks ("> ") and blanks around them.
class LooseLines {
 public:
  // With `last` the text's last line needs no newline.
  LooseLines(std::string_view text, bool last) : text_(text), last_(last) {
    Read();
  }

  // False behind the last whole line.
  bool has_line() const { return has_line_; }
  LooseLine kind() const { return kind_; }
  std::string_view line() const { return line_; }
  // With everything around it but the newline.
  std::string_view raw() const {
    return text_.substr(position_, next_ - position_ - (cut_ ? 0 : 1));
  }
  // Whether the line's newline is missing.
  bool cut() const { return cut_; }
  // Whether a logger's prefix was in front of it.
  bool logged() const { return logged_; }
  void Next();

  // Bytes before the line, and whether that is all of a text that is whole.
  size_t position() const { return position_; }
  bool at_end() const { return last_ && position_ == text_.size(); }

 private:
  void Read();

  std::string_view text_;
  bool last_;
  size_t position_ = 0;
  size_t next_ = 0;
  bool has_line_ = false;
  bool cut_ = false;
  bool logged_ = false;
  LooseLine kind_ = LooseLine::kEmpty;
  std::string_view line_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_LOOSE_LINES_H_
