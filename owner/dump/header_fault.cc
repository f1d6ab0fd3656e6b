#include "pagelab/owner/dump/header_fault.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "pagelab/base/text.h"
#include "pagelab/owner/dump/line_cursor.h"
#include "pagelab/owner/dump/record_header.h"

namespace pagelab {
namespace {

// Of a number that is shown.
constexpr size_t kMaxShown = 24;

// A number behind a name, and what is wrong with it, if anything.
class NumberJudge {
 public:
  explicit NumberJudge(std::string_view line) : cursor_(line) {}

  const std::string& fault() const { return fault_; }
  LineCursor& cursor() { return cursor_; }

  // False where there is no number or one that is wrong.
  template <typename T>
  bool Take(std::string_view name, T& value, std::string_view kind,
            int base = 10) {
    LineCursor at = cursor_;
    if (at.TakeNumber(value, base)) {
      cursor_ = at;
      return true;
    }
    const std::string_view shown = Number(cursor_.rest(), base);
    if (!shown.empty()) Blame(name, shown, base, kind);
    return false;
  }

  void Blame(std::string_view name, std::string_view number, int base,
             std::string_view what) {
    fault_ = name;
    fault_ += base == 16 ? " 0x" : " ";
    fault_ += number.substr(0, kMaxShown);
    if (number.size() > kMaxShown) fault_ += "...";
    fault_ += what;
  }

 private:
  // Digits in front, with their sign; empty without digits.
  static std::string_view Number(std::string_view text, int base) {
    const size_t sign = text.starts_with('-') ? 1 : 0;
    const std::string_view digits = std::string_view("0123456789abcdefABCDEF")
                                        .substr(0, base == 16 ? 22 : 10);
    const size_t end =
        std::min(text.find_first_not_of(digits, sign), text.size());
    return end == sign ? std::string_view() : text.substr(0, end);
  }

  LineCursor cursor_;
  std::string fault_;
};

constexpr std::string_view kNo32Bits = " is no 32-bit number";
constexpr std::string_view kNo64Bits = " is no 64-bit number";

bool TakeOrder(NumberJudge& judge) {
  std::string above = " is above ";
  AppendDecimal(above, kMaxDumpOrder);
  uint64_t order = 0;
  if (!judge.Take("order", order, above)) return false;
  if (order <= kMaxDumpOrder) return true;
  judge.Blame("order", std::to_string(order), 10, above);
  return false;
}

// Behind the mask.
void JudgeTask(NumberJudge& judge) {
  LineCursor& cursor = judge.cursor();
  int32_t id = 0;
  uint64_t time = 0;
  std::string_view passed;
  if (cursor.Take(", pid ") && !judge.Take("pid", id, kNo32Bits)) return;
  if (cursor.Take(", tgid ")) {
    if (!judge.Take("tgid", id, kNo32Bits)) return;
    // Behind the name, which may hold anything.
    if (!cursor.TakeUntilLast("), ts ", passed)) return;
  } else if (!cursor.Take(", ts ")) {
    return;
  }
  if (!judge.Take("ts", time, kNo64Bits)) return;
  cursor.Take(" ns");
  if (cursor.Take(", free_ts ")) judge.Take("free_ts", time, kNo64Bits);
}

}  // namespace

std::string HeaderFault(std::string_view line) {
  NumberJudge judge(line);
  LineCursor& cursor = judge.cursor();
  std::string_view passed;
  uint32_t mask = 0;
  if (cursor.TakeUntil(" via order ", passed) && TakeOrder(judge) &&
      cursor.TakeUntil("mask 0x", passed) &&
      judge.Take("mask", mask, kNo32Bits, 16)) {
    if (!cursor.Take("(") || cursor.TakeUntil(')', passed)) JudgeTask(judge);
  }
  return judge.fault();
}

}  // namespace pagelab
