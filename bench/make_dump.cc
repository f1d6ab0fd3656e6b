// Makes a large page_owner dump of the records of a real one, of any kernel
// version: again and again, each time at other page frames, by other tasks, at
// a later time. The same input gives the same bytes.
//
//   pagelab_make_dump REAL_DUMP SIZE > dump.txt

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/pfn_line.h"
#include "pagelab/owner/dump/print_record.h"

namespace pagelab {
namespace {

// The largest pageblocks have 2^13 pages: replicas begin at one.
constexpr uint64_t kAlignment = uint64_t{1} << 13;
// As many numbers as there can be on a 64-bit machine.
constexpr uint64_t kMaxPid = uint64_t{1} << 22;
constexpr uint64_t kPidStep = 997;

// A number in the text of a record, and how it grows with each replica.
struct Number {
  enum class Kind : uint8_t { kDecimal, kHex, kPid };
  size_t begin = 0;
  size_t size = 0;
  Kind kind = Kind::kDecimal;
  uint64_t value = 0;
  uint64_t step = 0;
};

struct Template {
  std::string text;
  // In the order of the text.
  std::vector<Number> numbers;
};

// What a replica adds.
struct Steps {
  uint64_t pfn = 0;
  uint64_t pageblock = 0;
  uint64_t ts = 0;
};

class TemplateMaker {
 public:
  TemplateMaker(const DumpRecord& record, const Steps& steps)
      : record_(record), steps_(steps) {
    made_.text = record.text;
  }

  Template Make() {
    const RecordHeader& header = record_.header;
    const std::string_view line = record_.header_line;
    // The name of a task may hold anything.
    if (header.has_pid) AddAfter(line, ", pid ", Number::Kind::kPid, 0);
    if (header.has_task) AddAfter(line, ", tgid ", Number::Kind::kPid, 0);
    if (header.has_ts) {
      Add(header.ts_digits, Number::Kind::kDecimal, steps_.ts);
      const size_t behind =
          static_cast<size_t>(header.ts_digits.data() - line.data());
      if (header.has_free_ts && header.free_ts_nsec != 0) {
        AddAfter(line.substr(behind), ", free_ts ", Number::Kind::kDecimal,
                 steps_.ts);
      }
    }
    const std::string_view pfn_line = record_.pfn_line;
    const bool hex = pfn_line.starts_with("PFN 0x");
    AddAfter(pfn_line, hex ? "PFN 0x" : "PFN ",
             hex ? Number::Kind::kHex : Number::Kind::kDecimal, steps_.pfn);
    AddAfter(pfn_line, " Block ", Number::Kind::kDecimal, steps_.pageblock);
    return std::move(made_);
  }

 private:
  void AddAfter(std::string_view line, std::string_view words,
                Number::Kind kind, uint64_t step) {
    const std::string_view rest = line.substr(line.find(words) + words.size());
    const char* const digits =
        kind == Number::Kind::kHex ? "0123456789abcdef" : "0123456789";
    Add(rest.substr(0, rest.find_first_not_of(digits)), kind, step);
  }
  void Add(std::string_view digits, Number::Kind kind, uint64_t step) {
    // Tasks that were not known have the number -1.
    if (digits.empty()) return;
    const int base = kind == Number::Kind::kHex ? 16 : 10;
    made_.numbers.push_back(
        {.begin = static_cast<size_t>(digits.data() - record_.text.data()),
         .size = digits.size(),
         .kind = kind,
         .value = std::stoull(std::string(digits), nullptr, base),
         .step = step});
  }

  const DumpRecord& record_;
  const Steps& steps_;
  Template made_;
};

template <typename Visit>
void ForEachRecord(std::string_view text, Visit visit) {
  DumpParser parser;
  DumpRecord record;
  size_t taken = 0;
  DumpParser::Found found = DumpParser::Found::kRecord;
  while (found != DumpParser::Found::kNothing) {
    found = parser.Next(text, /*last=*/true, record, taken);
    text.remove_prefix(taken);
    const bool usable = found == DumpParser::Found::kRecord &&
                        record.kind == RecordKind::kRecord &&
                        // As the kernel prints it: all of it is in the text.
                        record.text.starts_with(record.header_line) &&
                        record.header_line.data() == record.text.data();
    if (usable) visit(record);
  }
}

absl::StatusOr<std::vector<Template>> ReadTemplates(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  uint64_t pages = 0;
  Steps steps;
  int pageblock_order = -1;
  ForEachRecord(text, [&](const DumpRecord& record) {
    PfnLine line;
    if (!ParsePfnLine(record.pfn_line, line)) return;
    pages = std::max(pages, line.pfn + record.pages);
    steps.ts = std::max(steps.ts, record.header.ts_nsec + 1);
    if (pageblock_order >= 0 || line.pageblock == 0) return;
    const absl::StatusOr<RecordFormat> format = InferFormat(record);
    if (format.ok()) pageblock_order = format->pageblock_order;
  });
  if (pageblock_order < 0) {
    return InvalidInput(path + ": expected a page_owner dump");
  }
  steps.pfn = (pages + kAlignment - 1) / kAlignment * kAlignment;
  steps.pageblock = steps.pfn >> pageblock_order;
  std::vector<Template> templates;
  ForEachRecord(text, [&](const DumpRecord& record) {
    templates.push_back(TemplateMaker(record, steps).Make());
  });
  return templates;
}

char* WriteNumber(char* out, const Number& number, uint64_t replica) {
  const uint64_t value = number.value + replica * number.step;
  switch (number.kind) {
    case Number::Kind::kDecimal:
      return WriteDecimal(out, value);
    case Number::Kind::kHex:
      return WriteHex(out, value);
    case Number::Kind::kPid:
      break;
  }
  // The idle task and init are the same everywhere.
  if (number.value <= 1) return WriteDecimal(out, number.value);
  return WriteDecimal(
      out, 2 + (number.value - 2 + replica * kPidStep) % (kMaxPid - 2));
}

size_t WriteReplica(OutputStream& output, const Template& record,
                    uint64_t replica) {
  char* const begin = output.Reserve(record.text.size() +
                                     record.numbers.size() * kMaxDecimalDigits);
  char* out = begin;
  size_t done = 0;
  for (const Number& number : record.numbers) {
    out = WriteText(
        out, std::string_view(record.text).substr(done, number.begin - done));
    out = WriteNumber(out, number, replica);
    done = number.begin + number.size;
  }
  out = WriteText(out, std::string_view(record.text).substr(done));
  output.Advance(out);
  return static_cast<size_t>(out - begin);
}

absl::Status MakeDump(const std::string& path, std::string_view size_text) {
  PAGELAB_ASSIGN_OR_RETURN(const uint64_t size, ParseSize(size_text));
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<Template> templates,
                           ReadTemplates(path));
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> output,
                           OpenOutput("-"));
  uint64_t written = 0;
  for (uint64_t replica = 0; written < size && output->ok(); ++replica) {
    for (const Template& record : templates) {
      if (written >= size) break;
      written += WriteReplica(*output, record, replica);
    }
  }
  return output->Commit();
}

}  // namespace
}  // namespace pagelab

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: pagelab_make_dump REAL_DUMP SIZE > dump.txt\n", stderr);
    return 2;
  }
  const absl::Status status = pagelab::MakeDump(argv[1], argv[2]);
  if (!status.ok() && !pagelab::IsClosedPipe(status)) {
    const std::string message(status.message().data(), status.message().size());
    std::fprintf(stderr, "pagelab_make_dump: %s\n", message.c_str());
  }
  return pagelab::ExitCodeFor(status);
}
