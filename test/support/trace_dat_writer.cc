#include "pagelab/test/support/trace_dat_writer.h"

#include <algorithm>
#include <cstring>

#include "pagelab/base/check.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr size_t kPageHeader = 16;
constexpr size_t kPageData = kPageSize - kPageHeader;

template <typename Integer>
void Append(std::string& out, Integer value) {
  char bytes[sizeof(value)];
  std::memcpy(bytes, &value, sizeof(value));
  out.append(bytes, sizeof(value));
}

void AppendString(std::string& out, std::string_view text) {
  out += text;
  out += '\0';
}

void AppendSized(std::string& out, std::string_view text) {
  Append(out, static_cast<uint64_t>(text.size()));
  out += text;
}

void PadToPage(std::string& out) {
  out.resize((out.size() + kPageSize - 1) / kPageSize * kPageSize);
}

// The number after `name` in `text`.
size_t NumberAfter(std::string_view text, std::string_view name) {
  const size_t at = text.find(name);
  PAGELAB_CHECK(at != std::string_view::npos);
  text.remove_prefix(at + name.size());
  const size_t end = text.find_first_not_of("0123456789");
  return *ParseUint64(text.substr(0, end));
}

uint32_t EventWord(uint32_t type, uint64_t delta) {
  return type | static_cast<uint32_t>(delta) << 5;
}

// The kernel's common_flags and common_preempt_count, from the five columns.
void SetFlags(std::string_view columns, TraceDatWriter::Header& header) {
  constexpr uint8_t kIrqsOff = 0x01, kNoIrqs = 0x02, kNeedResched = 0x04,
                    kHardirq = 0x08, kSoftirq = 0x10, kPreemptResched = 0x20,
                    kNmi = 0x40, kBhOff = 0x80;
  static const std::map<char, int> kFirst = {{'d', kIrqsOff},
                                             {'b', kBhOff},
                                             {'D', kIrqsOff | kBhOff},
                                             {'X', kNoIrqs},
                                             {'.', 0}};
  static const std::map<char, int> kSecond = {
      {'N', kNeedResched | kPreemptResched},
      {'n', kNeedResched},
      {'p', kPreemptResched},
      {'.', 0}};
  static const std::map<char, int> kThird = {
      {'Z', kNmi | kHardirq}, {'z', kNmi},     {'H', kHardirq | kSoftirq},
      {'h', kHardirq},        {'s', kSoftirq}, {'.', 0}};
  const auto digit = [](char c) {
    return c == '.'
               ? 0
               : static_cast<int>(std::string_view("0123456789abcdef").find(c));
  };
  header.flags = static_cast<uint8_t>(
      kFirst.at(columns[0]) | kSecond.at(columns[1]) | kThird.at(columns[2]));
  header.preempt_count =
      static_cast<uint8_t>(digit(columns[3]) | digit(columns[4]) << 4);
}

TraceDatWriter::Fields FieldsOf(const TraceEvent& event) {
  const uint64_t pfn =
      event.allocation_failed() ? ~uint64_t{0} : event.pfn.value();
  const auto order = static_cast<uint64_t>(event.order.value());
  const auto type = static_cast<uint64_t>(event.migratetype);
  switch (event.kind) {
    case TraceEventKind::kPageAlloc:
      return {{"pfn", pfn},
              {"order", order},
              {"gfp_flags", event.gfp.value()},
              {"migratetype", type}};
    case TraceEventKind::kPageFree:
      return {{"pfn", pfn}, {"order", order}};
    case TraceEventKind::kPageFreeBatched:
      return {{"pfn", pfn}};
    case TraceEventKind::kPageAllocZoneLocked:
      return {{"pfn", pfn},
              {"order", order},
              {"migratetype", type},
              {"percpu_refill", event.percpu_refill}};
    case TraceEventKind::kPagePcpuDrain:
      return {{"pfn", pfn}, {"order", order}, {"migratetype", type}};
    case TraceEventKind::kPageAllocExtfrag:
      return {{"pfn", pfn},
              {"alloc_order", order},
              {"fallback_order",
               static_cast<uint64_t>(event.extfrag.fallback_order.value())},
              {"alloc_migratetype", type},
              {"fallback_migratetype",
               static_cast<uint64_t>(event.extfrag.fallback_migratetype)},
              {"change_ownership", event.extfrag.change_ownership}};
    case TraceEventKind::kContigMigrateRange:
      return {{"start", event.contig.range.begin.value()},
              {"end", event.contig.range.end.value()},
              {"nr_migrated", event.contig.nr_migrated},
              {"nr_reclaimed", event.contig.nr_reclaimed},
              {"nr_mapped", event.contig.nr_mapped},
              {"migratetype", event.contig.migratetype}};
    case TraceEventKind::kProbe:
    case TraceEventKind::kMarker:
    case TraceEventKind::kOther:
      break;
  }
  PAGELAB_CHECK(IsKmem(event.kind));
  return {};
}

}  // namespace

TraceDatWriter::TraceDatWriter(int nr_cpus)
    : cpus_(static_cast<size_t>(nr_cpus)) {
  ReadFormats();
}

void TraceDatWriter::ReadFormats() {
  const absl::StatusOr<std::string> text = ReadWholeFile(
      std::string(PAGELAB_TEST_DATA_DIR) + "/trace/event-formats.txt");
  PAGELAB_CHECK(text.ok());
  constexpr std::string_view kMark = "=== ";
  std::string_view rest = *text;
  while (!rest.empty()) {
    PAGELAB_CHECK(rest.starts_with(kMark));
    const size_t newline = rest.find('\n');
    const std::string name(rest.substr(kMark.size(), newline - kMark.size()));
    const size_t end = rest.find("\n=== ", newline);
    Format& format = formats_[name];
    format.text = rest.substr(newline + 1, end - newline);
    rest = end == std::string_view::npos ? std::string_view()
                                         : rest.substr(end + 1);
    if (name.find('/') == std::string::npos) continue;
    format.id = static_cast<uint16_t>(NumberAfter(format.text, "ID: "));
    std::string_view fields = format.text;
    for (size_t at = fields.find("\tfield:"); at != std::string_view::npos;
         at = fields.find("\tfield:", at + 1)) {
      std::string_view line = fields.substr(at, fields.find('\n', at) - at);
      const std::string_view declared = line.substr(0, line.find(';'));
      const std::string_view field = declared.substr(declared.rfind(' ') + 1);
      const size_t offset = NumberAfter(line, "offset:");
      const size_t size = NumberAfter(line, "size:");
      format.fields.emplace(field, Field{offset, size});
      format.size = std::max(format.size, offset + size);
    }
  }
}

void TraceDatWriter::DropFormat(std::string_view event) {
  formats_.erase(formats_.find(event));
}

void TraceDatWriter::EditFormat(std::string_view event, std::string_view from,
                                std::string_view to) {
  std::string& text = formats_.find(event)->second.text;
  size_t at = text.find(from);
  PAGELAB_CHECK(at != std::string::npos);
  for (; at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

void TraceDatWriter::AddSymbol(uint64_t address, std::string_view name) {
  AppendHexZeroPadded(symbols_, address, 16);
  symbols_ += " T ";
  symbols_ += name;
  symbols_ += '\n';
}

void TraceDatWriter::AddTask(int32_t pid, std::string_view comm) {
  AppendSigned(tasks_, pid);
  tasks_ += ' ';
  tasks_ += comm;
  tasks_ += '\n';
}

std::string TraceDatWriter::StartRecord(const Header& header,
                                        const Format& format) const {
  std::string record;
  Append(record, format.id);
  Append(record, header.flags);
  Append(record, header.preempt_count);
  Append(record, header.pid);
  record.resize(format.size);
  return record;
}

void TraceDatWriter::Add(const Header& header, std::string_view event,
                         const Fields& fields) {
  const Format& format = formats_.find(event)->second;
  std::string record = StartRecord(header, format);
  for (const auto& [name, value] : fields) {
    const Field& field = format.fields.find(name)->second;
    std::memcpy(&record[field.offset], &value, field.size);
  }
  AddRecord(header, std::move(record));
}

TraceDatWriter::Header TraceDatWriter::HeaderOf(const TraceEvent& event) {
  Header header = {.cpu = event.cpu,
                   .time = event.time.value,
                   .pid = event.pid,
                   .flags = 0,
                   .preempt_count = 0};
  if (!event.flags.empty()) SetFlags(event.flags, header);
  return header;
}

void TraceDatWriter::AddEvent(const TraceEvent& event) {
  Add(HeaderOf(event), "kmem/" + std::string(ToString(event.kind)),
      FieldsOf(event));
}

void TraceDatWriter::AddStack(const Header& header,
                              const std::vector<uint64_t>& addresses) {
  std::string record =
      StartRecord(header, formats_.find("ftrace/kernel_stack")->second);
  const auto size = static_cast<int32_t>(addresses.size());
  std::memcpy(&record[8], &size, sizeof(size));
  for (const uint64_t address : addresses) Append(record, address);
  AddRecord(header, std::move(record));
}

void TraceDatWriter::AddPrint(const Header& header, uint64_t ip,
                              std::string_view text) {
  std::string record =
      StartRecord(header, formats_.find("ftrace/print")->second);
  std::memcpy(&record[8], &ip, sizeof(ip));
  AppendString(record, text);
  AddRecord(header, std::move(record));
}

void TraceDatWriter::AddLost(CpuId cpu_id, std::optional<uint64_t> count) {
  Cpu& cpu = cpus_.at(static_cast<size_t>(cpu_id.value()));
  ClosePage(cpu);
  cpu.missed = true;
  cpu.nr_missed = count;
}

// A ring buffer's page: its time, how much is in it, the events.
void TraceDatWriter::ClosePage(Cpu& cpu) {
  constexpr uint64_t kMissedEvents = uint64_t{1} << 31;
  constexpr uint64_t kMissedStored = uint64_t{1} << 30;
  if (cpu.data.empty()) return;
  uint64_t commit = cpu.data.size();
  if (cpu.missed) commit |= kMissedEvents;
  if (cpu.nr_missed.has_value()) {
    commit |= kMissedStored;
    Append(cpu.data, *cpu.nr_missed);
  }
  Append(cpu.pages, cpu.page_time);
  Append(cpu.pages, commit);
  cpu.pages += cpu.data;
  PadToPage(cpu.pages);
  cpu.data.clear();
  cpu.missed = false;
  cpu.nr_missed.reset();
}

void TraceDatWriter::AddRecord(const Header& header, std::string record) {
  constexpr uint32_t kTimeExtend = 30;
  // In words; longer ones have their length in a word of their own.
  constexpr size_t kMaxShort = 28;
  // A time extension, the event's word, its length, the count of lost ones.
  constexpr size_t kMaxExtra = 8 + 8 + 8;
  Cpu& cpu = cpus_.at(static_cast<size_t>(header.cpu.value()));
  record.resize((record.size() + 3) / 4 * 4);
  PAGELAB_CHECK(record.size() + kMaxExtra <= kPageData);
  if (cpu.data.size() + record.size() + kMaxExtra > kPageData) ClosePage(cpu);
  if (cpu.data.empty()) {
    cpu.page_time = header.time;
    cpu.last_time = header.time;
  }
  PAGELAB_CHECK(header.time >= cpu.last_time);
  uint64_t delta = header.time - cpu.last_time;
  cpu.last_time = header.time;
  if (delta >> 27 != 0) {
    Append(cpu.data, EventWord(kTimeExtend, delta & 0x7ffffff));
    Append(cpu.data, static_cast<uint32_t>(delta >> 27));
    delta = 0;
  }
  const size_t words = record.size() / 4;
  if (words <= kMaxShort) {
    Append(cpu.data, EventWord(static_cast<uint32_t>(words), delta));
  } else {
    Append(cpu.data, EventWord(0, delta));
    Append(cpu.data, static_cast<uint32_t>(record.size() + 4));
  }
  cpu.data += record;
}

std::string TraceDatWriter::FormatsOf(std::string_view system,
                                      uint32_t& count) const {
  std::string text;
  count = 0;
  for (const auto& [name, format] : formats_) {
    if (!name.starts_with(std::string(system) + "/")) continue;
    AppendSized(text, format.text);
    ++count;
  }
  return text;
}

std::string TraceDatWriter::HeaderContents() const {
  std::string out = "\x17\x08\x44tracing";
  AppendString(out, "6");
  out += '\0';    // Little endian.
  out += '\x08';  // Bytes of a long.
  Append(out, static_cast<uint32_t>(kPageSize));
  for (const char* header : {"header_page", "header_event"}) {
    AppendString(out, header);
    AppendSized(out, formats_.find(header)->second.text);
  }
  uint32_t count = 0;
  const std::string ftrace = FormatsOf("ftrace", count);
  Append(out, count);
  out += ftrace;
  const std::vector<std::string_view> systems = {"kmem", "pl", "vmscan"};
  Append(out, static_cast<uint32_t>(systems.size()));
  for (const std::string_view system : systems) {
    const std::string formats = FormatsOf(system, count);
    AppendString(out, system);
    Append(out, count);
    out += formats;
  }
  Append(out, static_cast<uint32_t>(symbols_.size()));
  out += symbols_;
  Append(out, uint32_t{0});  // Formats of trace_printk().
  AppendSized(out, tasks_);
  Append(out, static_cast<uint32_t>(cpus_.size()));
  constexpr uint16_t kTraceClock = 4;
  AppendString(out, "options  ");
  Append(out, kTraceClock);
  const std::string clock = "[" + clock_ + "] global counter\n";
  Append(out, static_cast<uint32_t>(clock.size() + 1));
  AppendString(out, clock);
  Append(out, uint16_t{0});
  AppendString(out, "flyrecord");
  return out;
}

std::string TraceDatWriter::Contents() const {
  std::vector<Cpu> cpus = cpus_;
  for (Cpu& cpu : cpus) ClosePage(cpu);
  std::string out = HeaderContents();
  uint64_t offset = out.size() + cpus.size() * 16;
  offset = (offset + kPageSize - 1) / kPageSize * kPageSize;
  for (const Cpu& cpu : cpus) {
    Append(out, offset);
    Append(out, static_cast<uint64_t>(cpu.pages.size()));
    offset += cpu.pages.size();
  }
  PadToPage(out);
  for (const Cpu& cpu : cpus) out += cpu.pages;
  return out;
}

}  // namespace pagelab
