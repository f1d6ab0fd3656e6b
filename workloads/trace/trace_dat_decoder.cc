#include "pagelab/workloads/trace/trace_dat_decoder.h"

#include <event-parse.h>
#include <trace-seq.h>

#include <algorithm>
#include <cstring>

#include "pagelab/base/text.h"
#include "pagelab/workloads/trace/text_cursor.h"

namespace pagelab {
namespace {

// The fields that every record starts with; formats have had them there since
// there are formats.
constexpr int kFlagsOffset = 2;
constexpr int kPreemptCountOffset = 3;
constexpr int kPidOffset = 4;
constexpr int kCommonSize = 8;

// Bits of common_flags.
constexpr unsigned kIrqsOff = 0x01, kNoIrqs = 0x02, kNeedResched = 0x04,
                   kHardirq = 0x08, kSoftirq = 0x10, kPreemptResched = 0x20,
                   kNmi = 0x40, kBhOff = 0x80;

const char* BytesOf(const tep_record& record) {
  return static_cast<const char*>(record.data);
}

unsigned FlagsOf(const tep_record& record) {
  return static_cast<unsigned char>(BytesOf(record)[kFlagsOffset]);
}

char Depth(unsigned depth) {
  return depth == 0 ? '.' : "0123456789abcdef"[depth & 15];
}

// The five columns that ftrace prints (text-formats.md 11.2).
void WriteFlags(const tep_record& record, std::array<char, 5>& out) {
  const unsigned flags = FlagsOf(record);
  const auto count =
      static_cast<unsigned char>(BytesOf(record)[kPreemptCountOffset]);
  const bool irqs_off = (flags & kIrqsOff) != 0;
  const bool bh_off = (flags & kBhOff) != 0;
  out[0] = irqs_off && bh_off       ? 'D'
           : irqs_off               ? 'd'
           : bh_off                 ? 'b'
           : (flags & kNoIrqs) != 0 ? 'X'
                                    : '.';
  const bool need = (flags & kNeedResched) != 0;
  const bool preempt = (flags & kPreemptResched) != 0;
  out[1] = need && preempt ? 'N' : need ? 'n' : preempt ? 'p' : '.';
  const bool hardirq = (flags & kHardirq) != 0;
  const bool softirq = (flags & kSoftirq) != 0;
  out[2] = (flags & kNmi) != 0  ? hardirq ? 'Z' : 'z'
           : hardirq && softirq ? 'H'
           : hardirq            ? 'h'
           : softirq            ? 's'
                                : '.';
  out[3] = Depth(count & 15);
  out[4] = Depth(count >> 4);
}

// A record that is shorter than its format says, or that points out of itself.
bool FitsFormat(const tep_record& record, const tep_event& event) {
  for (const tep_format_field* field = event.format.fields; field != nullptr;
       field = field->next) {
    if (field->offset < 0 || field->size < 0 ||
        field->offset + field->size > record.size) {
      return false;
    }
    if ((field->flags & TEP_FIELD_IS_DYNAMIC) == 0 || field->size != 4) {
      continue;
    }
    uint32_t place = 0;
    std::memcpy(&place, BytesOf(record) + field->offset, sizeof(place));
    if (tep_is_file_bigendian(event.tep)) place = __builtin_bswap32(place);
    uint32_t begin = place & 0xffff;
    if ((field->flags & TEP_FIELD_IS_RELATIVE) != 0) {
      begin += static_cast<uint32_t>(field->offset + field->size);
    }
    if (begin + (place >> 16) > static_cast<uint32_t>(record.size)) {
      return false;
    }
  }
  return true;
}

std::string_view WithoutNewline(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace

// How to read one kind of event.
struct TraceDatDecoder::Layout {
  enum class Form : uint8_t { kKmem, kProbe, kPrint, kStack, kSkipped, kOther };

  tep_event* event = nullptr;
  Form form = Form::kOther;
  TraceEventKind kind = TraceEventKind::kOther;
  std::vector<NumberField> numbers;
  // Why events of this kind cannot be read.
  std::string problem;
  // Of a probe: where it is, and what returned there.
  const tep_format_field* address = nullptr;
  const tep_format_field* function = nullptr;
  // Of a stack, of what was printed: what has no fixed size.
  int tail = 0;
};

TraceDatDecoder::TraceDatDecoder(tep_handle* tep, bool counts_ticks)
    : tep_(tep), counts_ticks_(counts_ticks) {}

TraceDatDecoder::~TraceDatDecoder() = default;

TraceDatDecoder::Layout* TraceDatDecoder::LayoutOf(const tep_record& record) {
  if (record.size < kCommonSize || record.data == nullptr) return nullptr;
  const uint64_t id = ReadNumber(record, 0, 2);
  if (id < layouts_.size() && layouts_[id] != nullptr) {
    return layouts_[id].get();
  }
  tep_event* event = tep_find_event(tep_, static_cast<int>(id));
  if (event == nullptr) return nullptr;
  if (id >= layouts_.size()) layouts_.resize(id + 1);
  layouts_[id] = MakeLayout(*event);
  return layouts_[id].get();
}

std::unique_ptr<TraceDatDecoder::Layout> TraceDatDecoder::MakeLayout(
    tep_event& event) {
  auto layout = std::make_unique<Layout>();
  layout->event = &event;
  const std::string_view system = event.system;
  const std::string_view name = event.name;
  using Form = Layout::Form;
  if (system == "ftrace") {
    const auto* tail =
        tep_find_field(&event, name == "kernel_stack" ? "caller" : "buf");
    if (tail != nullptr) layout->tail = tail->offset;
    if (name == "kernel_stack" && tail != nullptr) layout->form = Form::kStack;
    if (name == "user_stack") layout->form = Form::kSkipped;
    if (name == "print" && tail != nullptr) {
      layout->form = Form::kPrint;
      layout->address = tep_find_field(&event, "ip");
    }
    return layout;
  }
  if (system == "kmem") {
    for (int i = 0; i < kNrKmemEventKinds; ++i) {
      const auto kind = static_cast<TraceEventKind>(i);
      if (name != ToString(kind)) continue;
      layout->form = Form::kKmem;
      layout->kind = kind;
      AddNumberFields(event, *layout);
      return layout;
    }
  }
  layout->address = tep_find_field(&event, "__probe_ip");
  if (layout->address == nullptr) {
    layout->address = tep_find_field(&event, "__probe_ret_ip");
    layout->function = tep_find_field(&event, "__probe_func");
  }
  if (layout->address != nullptr) {
    layout->form = Form::kProbe;
    layout->kind = TraceEventKind::kProbe;
  }
  return layout;
}

void TraceDatDecoder::AddNumberFields(tep_event& event, Layout& layout) {
  RawFieldSet present;
  for (const tep_format_field* field = event.format.fields; field != nullptr;
       field = field->next) {
    const auto known = RawFieldOf(field->name);
    if (!known.has_value()) continue;
    if (field->size != 1 && field->size != 2 && field->size != 4 &&
        field->size != 8) {
      continue;
    }
    layout.numbers.push_back({*known, field->offset, field->size});
    present.Add(*known);
  }
  if (const auto missing = present.MissingFor(layout.kind)) {
    layout.problem = "the recorded kernel's " + std::string(event.name) +
                     " has no field \"" + std::string(ToString(*missing)) +
                     "\"";
  }
}

TraceDatDecoder::RecordKind TraceDatDecoder::KindOf(const tep_record& record) {
  const Layout* layout = LayoutOf(record);
  if (layout == nullptr) return RecordKind::kUnreadable;
  switch (layout->form) {
    case Layout::Form::kStack:
      return RecordKind::kStack;
    case Layout::Form::kSkipped:
      return RecordKind::kSkipped;
    case Layout::Form::kKmem:
    case Layout::Form::kProbe:
    case Layout::Form::kPrint:
    case Layout::Form::kOther:
      break;
  }
  return RecordKind::kEvent;
}

TraceDatDecoder::Context TraceDatDecoder::ContextOf(
    const tep_record& record) const {
  const unsigned flags = FlagsOf(record);
  Context context;
  context.pid = static_cast<int32_t>(ReadNumber(record, kPidOffset, 4));
  if ((flags & kNmi) != 0) {
    context.level = InterruptLevel::kNmi;
  } else if ((flags & kHardirq) != 0) {
    context.level = InterruptLevel::kHardirq;
  } else if ((flags & kSoftirq) != 0) {
    context.level = InterruptLevel::kSoftirq;
  }
  return context;
}

void TraceDatDecoder::SetContext(const tep_record& record, TraceEvent& event) {
  const Context context = ContextOf(record);
  WriteFlags(record, flags_);
  event.flags = {flags_.data(), flags_.size()};
  event.level = context.level;
  event.pid = context.pid;
  event.tgid = -1;
  event.has_tgid_column = false;
  event.cpu = CpuId(record.cpu);
  event.comm = tep_data_comm_from_pid(tep_, context.pid);
  event.time.value = record.ts;
  event.time.fraction_digits = counts_ticks_ ? 0 : 9;
  event.has_stack = false;
  event.stack = {};
}

bool TraceDatDecoder::Decode(tep_record& record, TraceEvent& event,
                             std::string& problem) {
  Layout* layout = LayoutOf(record);
  if (layout == nullptr) {
    problem = record.size < kCommonSize
                  ? "a record too short to be one"
                  : "an event that the file does not describe, number " +
                        std::to_string(ReadNumber(record, 0, 2));
    return false;
  }
  if (!FitsFormat(record, *layout->event)) {
    problem = std::string(layout->event->name) +
              ": the record does not fit the event's format";
    return false;
  }
  SetContext(record, event);
  event.kind = layout->kind;
  event.name = layout->event->name;
  event.text = {};
  event.page = {};
  switch (layout->form) {
    case Layout::Form::kKmem:
      return DecodeKmem(record, *layout, event, problem);
    case Layout::Form::kProbe:
      DecodeProbe(record, *layout, event);
      return true;
    case Layout::Form::kPrint:
      DecodePrint(record, *layout, event);
      return true;
    case Layout::Form::kStack:
    case Layout::Form::kSkipped:
    case Layout::Form::kOther:
      break;
  }
  DecodeOther(record, *layout, event);
  return true;
}

bool TraceDatDecoder::DecodeKmem(tep_record& record, Layout& layout,
                                 TraceEvent& event, std::string& problem) {
  if (!layout.problem.empty()) {
    problem = layout.problem;
    return false;
  }
  for (const NumberField& number : layout.numbers) {
    const uint64_t value = ReadNumber(record, number.offset, number.size);
    if (number.field == RawField::kGfpFlags) {
      event.gfp = TranslateGfp(value, record, *layout.event);
      continue;
    }
    const char* wrong = SetRawField(number.field, value, event);
    if (wrong == nullptr) continue;
    problem = std::string(layout.event->name) + ": " + wrong;
    return false;
  }
  Order pageblock_order = kDefaultPageblockOrder;
  if (event.kind == TraceEventKind::kPageAllocExtfrag) {
    // A number in the format, not a field.
    text_ = TextOf(record, *layout.event);
    constexpr std::string_view kName = "pageblock_order=";
    const size_t at = text_.find(kName);
    TextCursor cursor(at == std::string::npos
                          ? std::string_view()
                          : std::string_view(text_).substr(at + kName.size()));
    uint64_t order = 0;
    if (cursor.TakeDecimal(order) && order <= kMaxPageOrder) {
      pageblock_order = Order(static_cast<int>(order));
    }
  }
  FinishRawEvent(pageblock_order, event);
  return true;
}

// Masks of another kernel version have other bits; their names, which its
// format brings along, are the same.
Gfp TraceDatDecoder::TranslateGfp(uint64_t mask, tep_record& record,
                                  tep_event& event) {
  const auto known = gfps_.find(mask);
  if (known != gfps_.end()) return known->second;
  Gfp gfp(static_cast<uint32_t>(mask));
  const std::string text = TextOf(record, event);
  constexpr std::string_view kName = "gfp_flags=";
  const size_t at = text.find(kName);
  if (at != std::string::npos) {
    TextCursor cursor(std::string_view(text).substr(at + kName.size()));
    const std::string_view names = cursor.TakeWord();
    const absl::StatusOr<Gfp> parsed = ParseGfp(names);
    // Numbers among the names: a kernel whose formats name enumerators, of
    // which nobody knows the values. Nothing there is to be trusted.
    if (parsed.ok() && names.find("0x") == std::string_view::npos) {
      gfp = *parsed;
    }
  }
  gfps_.emplace(mask, gfp);
  return gfp;
}

// "(symbol+0x4/0xa0) name=value", as ftrace prints it.
void TraceDatDecoder::DecodeProbe(tep_record& record, Layout& layout,
                                  TraceEvent& event) {
  const std::string printed = TextOf(record, *layout.event);
  const auto address_in = [&](const tep_format_field* field) {
    return ReadNumber(record, field->offset, field->size);
  };
  text_ = "(";
  AppendSymbol(text_, address_in(layout.address));
  if (layout.function != nullptr) {
    text_ += " <- ";
    std::string function;
    AppendSymbol(function, address_in(layout.function));
    text_ += function.substr(0, function.find("+0x0/"));
  }
  const size_t end = printed.find(')');
  text_ += end == std::string::npos ? ")" : printed.substr(end);
  event.text = WithoutNewline(text_);
}

// Written through trace_marker, or printed by kernel code.
void TraceDatDecoder::DecodePrint(const tep_record& record, Layout& layout,
                                  TraceEvent& event) {
  const char* begin = BytesOf(record) + layout.tail;
  const size_t size = static_cast<size_t>(record.size - layout.tail);
  text_.assign(begin, strnlen(begin, size));
  event.text = WithoutNewline(text_);
  const char* function = nullptr;
  if (layout.address != nullptr) {
    function = tep_find_function(
        tep_, ReadNumber(record, layout.address->offset, layout.address->size));
  }
  name_ = function != nullptr ? function : "tracing_mark_write";
  event.name = name_;
  if (event.name == "tracing_mark_write") event.kind = TraceEventKind::kMarker;
}

void TraceDatDecoder::DecodeOther(tep_record& record, Layout& layout,
                                  TraceEvent& event) {
  text_ = TextOf(record, *layout.event);
  event.text = WithoutNewline(text_);
  // trace_printk(): the function stands in place of the event's name.
  if ((layout.event->flags & TEP_EVENT_FL_ISBPRINT) == 0) return;
  const size_t colon = event.text.find(": ");
  if (colon == std::string_view::npos) return;
  event.name = event.text.substr(0, colon);
  event.text.remove_prefix(colon + 2);
}

std::string TraceDatDecoder::TextOf(tep_record& record, tep_event& event) {
  trace_seq out;
  trace_seq_init(&out);
  tep_print_event(event.tep, &out, &record, "%s", TEP_PRINT_INFO);
  trace_seq_terminate(&out);
  std::string text(out.state == TRACE_SEQ__GOOD ? out.buffer : "");
  trace_seq_destroy(&out);
  return text;
}

uint64_t TraceDatDecoder::ReadNumber(const tep_record& record, int offset,
                                     int size) const {
  if (offset < 0 || size < 0 || offset + size > record.size) return 0;
  return tep_read_number(tep_, BytesOf(record) + offset, size);
}

void TraceDatDecoder::AppendSymbol(std::string& out, uint64_t address) const {
  const char* name = nullptr;
  unsigned long long start = 0;
  unsigned long size = 0;
  if (tep_find_function_info(tep_, address, &name, &start, &size) == 0 ||
      name == nullptr || address < start) {
    out += "0x";
    AppendHex(out, address);
    return;
  }
  out += name;
  out += "+0x";
  AppendHex(out, address - start);
  out += "/0x";
  AppendHex(out, size);
}

void TraceDatDecoder::DecodeStack(const tep_record& record,
                                  std::string& stack) const {
  stack.clear();
  const uint64_t id = ReadNumber(record, 0, 2);
  // Addresses to the record's end; 32-bit kernels are not simulated.
  constexpr int kAddressSize = 8;
  for (int at = layouts_[id]->tail; at + kAddressSize <= record.size;
       at += kAddressSize) {
    const uint64_t address = ReadNumber(record, at, kAddressSize);
    // All ones end the stacks of older kernels.
    if (address == ~uint64_t{0} || address == 0) break;
    stack += " => ";
    AppendSymbol(stack, address);
    stack += '\n';
  }
}

}  // namespace pagelab
