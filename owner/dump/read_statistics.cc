#include "pagelab/owner/dump/read_statistics.h"

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

std::string Counted(uint64_t number, std::string_view one,
                    std::string_view many) {
  std::string text = Grouped(number);
  text += ' ';
  text += number == 1 ? one : many;
  return text;
}

std::string AtByte(const InputStatistics::Damage& damage) {
  std::string text = "byte ";
  AppendDecimal(text, damage.offset);
  return text + ": " + damage.what;
}

uint64_t Sum(const ReadStatistics& statistics,
             uint64_t InputStatistics::*member) {
  uint64_t sum = 0;
  for (const InputStatistics& input : statistics.inputs) sum += input.*member;
  return sum;
}

}  // namespace

void InputStatistics::Merge(const InputStatistics& other) {
  bytes += other.bytes;
  records += other.records;
  pages += other.pages;
  damaged += other.damaged;
  other_lines += other.other_lines;
  found_report = found_report || other.found_report;
  if (other.first_damage.has_value() &&
      (!first_damage.has_value() ||
       other.first_damage->offset < first_damage->offset)) {
    first_damage = other.first_damage;
  }
}

uint64_t ReadStatistics::records() const {
  return Sum(*this, &InputStatistics::records);
}

uint64_t ReadStatistics::pages() const {
  return Sum(*this, &InputStatistics::pages);
}

uint64_t ReadStatistics::damaged() const {
  return Sum(*this, &InputStatistics::damaged);
}

std::vector<std::string> ReadNotes(const ReadStatistics& statistics) {
  std::vector<std::string> notes;
  for (const InputStatistics& input : statistics.inputs) {
    if (input.first_damage.has_value()) {
      notes.push_back(input.name + ": " +
                      Counted(input.damaged, "damaged record left out, at ",
                              "damaged records left out, the first at ") +
                      AtByte(*input.first_damage));
    }
    if (input.other_lines != 0 && !input.found_report) {
      notes.push_back(input.name + ": " +
                      Counted(input.other_lines,
                              "line that belongs to no record passed over",
                              "lines that belong to no record passed over"));
    }
  }
  return notes;
}

absl::Status StrictStatus(const ReadStatistics& statistics) {
  for (const InputStatistics& input : statistics.inputs) {
    if (!input.first_damage.has_value()) continue;
    return InvalidInput(input.name + ": " + AtByte(*input.first_damage));
  }
  return absl::OkStatus();
}

absl::Status RequireRecords(const InputStatistics& input) {
  if (input.records != 0) return absl::OkStatus();
  std::string text = input.name;
  text += ": no ";
  if (input.first_damage.has_value()) {
    return InvalidInput(text + "page_owner record is whole; " +
                        AtByte(*input.first_damage));
  }
  return InvalidInput(text +
                      "page_owner record; expected \"Page allocated via order "
                      "...\"");
}

}  // namespace pagelab
