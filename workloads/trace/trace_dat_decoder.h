// Records of a kernel's ring buffer into TraceEvents, by the event formats
// that the file brings along. Internal to the trace.dat reader.

#ifndef PAGELAB_WORKLOADS_TRACE_TRACE_DAT_DECODER_H_
#define PAGELAB_WORKLOADS_TRACE_TRACE_DAT_DECODER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/raw_fields.h"

// libtraceevent's.
struct tep_event;
struct tep_format_field;
struct tep_handle;
struct tep_record;

namespace pagelab {

class TraceDatDecoder {
 public:
  enum class RecordKind : uint8_t {
    kEvent,
    // The stack of an event before it.
    kStack,
    // Nothing that is wanted.
    kSkipped,
    kUnreadable,
  };
  // What runs in one context, one after the other, cannot overtake.
  struct Context {
    int32_t pid = 0;
    InterruptLevel level = InterruptLevel::kTask;
    friend bool operator==(const Context&, const Context&) = default;
  };

  // `tep` outlives it. `counts_ticks`: time stamps are no nanoseconds.
  TraceDatDecoder(tep_handle* tep, bool counts_ticks);
  ~TraceDatDecoder();

  RecordKind KindOf(const tep_record& record);
  Context ContextOf(const tep_record& record) const;

  // Everything but the event's place and stack. Its text lasts until the next
  // call. False with what is wrong, for a record that is unreadable.
  bool Decode(tep_record& record, TraceEvent& event, std::string& problem);

  // The lines of the record's stack, read with TraceFrames.
  void DecodeStack(const tep_record& record, std::string& stack) const;

 private:
  struct Layout;
  struct NumberField {
    RawField field = RawField::kPfn;
    int offset = 0;
    int size = 0;
  };

  // Null for a record whose event the file does not describe.
  Layout* LayoutOf(const tep_record& record);
  std::unique_ptr<Layout> MakeLayout(tep_event& event);
  void AddNumberFields(tep_event& event, Layout& layout);

  void SetContext(const tep_record& record, TraceEvent& event);
  bool DecodeKmem(tep_record& record, Layout& layout, TraceEvent& event,
                  std::string& problem);
  void DecodeProbe(tep_record& record, Layout& layout, TraceEvent& event);
  void DecodePrint(const tep_record& record, Layout& layout, TraceEvent& event);
  void DecodeOther(tep_record& record, Layout& layout, TraceEvent& event);

  // As libtraceevent prints the event's own text.
  std::string TextOf(tep_record& record, tep_event& event);
  Gfp TranslateGfp(uint64_t mask, tep_record& record, tep_event& event);
  uint64_t ReadNumber(const tep_record& record, int offset, int size) const;
  // "name+0x10/0x90", or the address.
  void AppendSymbol(std::string& out, uint64_t address) const;

  tep_handle* tep_;
  bool counts_ticks_;
  // By event number.
  std::vector<std::unique_ptr<Layout>> layouts_;
  absl::flat_hash_map<uint64_t, Gfp> gfps_;
  std::array<char, 5> flags_{};
  std::string name_;
  std::string text_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_TRACE_DAT_DECODER_H_
