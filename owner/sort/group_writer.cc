#include "pagelab/owner/sort/group_writer.h"

#include <string_view>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// What stands in front of a text, but for the name of a task.
constexpr size_t kHeaderRoom = 512;
// How many groups ahead memory is fetched.
constexpr size_t kAhead = 8;
// A write that failed is looked for this often.
constexpr size_t kCheckEvery = 4096;

char* WriteSigned(char* out, int64_t value) {
  if (value < 0) *out++ = '-';
  return WriteDecimal(out, value < 0
                               ? uint64_t{0} - static_cast<uint64_t>(value)
                               : static_cast<uint64_t>(value));
}

class GroupWriter {
 public:
  GroupWriter(const GroupTable& table, const GroupText& text, OutputStream& out)
      : plan_(table.plan()), table_(table), text_(text), out_(out) {}

  void Write(const Group& group) {
    const std::string_view name =
        plan_.needs_name() ? table_.names()[group.name] : std::string_view();
    char* at = out_.Reserve(kHeaderRoom + name.size() +
                            (plan_.shows_text() ? text_.HeadRoom(group) : 0));
    at = WriteCounts(group, at);
    if (plan_.shows_text()) {
      if (has_allocator()) at = WriteAllocator(group, at);
      at = WriteText(at, ":\n");
      at = text_.WriteHead(group, at);
      Finish(group, at);
      return;
    }
    at = WriteKeys(group, name, at);
    if (!plan_.cull.stack) {
      *at++ = '\n';
      out_.Advance(at);
      return;
    }
    at = WriteText(at, ":\n");
    Finish(group, at);
  }

 private:
  bool is(SortGeneration generation) const {
    return plan_.generation == generation;
  }
  bool has_allocator() const {
    return !is(SortGeneration::kLinux319) && !is(SortGeneration::kLinux517);
  }

  char* WriteCounts(const Group& group, char* at) const {
    // The original counts in 32 bits.
    const bool wraps = !is(SortGeneration::kPagelab);
    at = WriteDecimal(at, group.times);
    at = WriteText(at, " times");
    if (is(SortGeneration::kLinux319)) return at;
    at = WriteText(at, ", ");
    at = wraps ? WriteSigned(at, static_cast<int32_t>(group.pages))
               : WriteDecimal(at, group.pages);
    return WriteText(at, " pages");
  }

  static char* WriteAllocator(const Group& group, char* at) {
    at = WriteText(at, ", allocated by ");
    return WriteText(at, AllocatorText(group.allocator));
  }

  char* WriteKeys(const Group& group, std::string_view name, char* at) const {
    if (plan_.cull.pid || plan_.filters.pids.has_value()) {
      at = WriteText(at, ", PID ");
      at = WriteSigned(at, group.pid);
    }
    if (plan_.cull.tgid || plan_.filters.tgids.has_value()) {
      at = WriteText(at, ", TGID ");
      at = WriteSigned(at, group.tgid);
    }
    if (plan_.cull.name || plan_.filters.names.has_value()) {
      at = WriteText(at, ", task_comm_name: ");
      at = WriteText(at, name);
    }
    if (plan_.cull.allocator) at = WriteAllocator(group, at);
    if (plan_.cull.free) {
      // The tools of old had the two words the wrong way round.
      const bool released =
          is(SortGeneration::kPagelab) ? group.released : !group.released;
      at = WriteText(at, released ? " (RELEASED)" : " (UNRELEASED)");
    }
    return at;
  }

  void Finish(const Group& group, char* at) {
    out_.Advance(at);
    out_.Append(table_.rests()[group.rest]);
    out_.Append("\n");
  }

  const SortPlan& plan_;
  const GroupTable& table_;
  const GroupText& text_;
  OutputStream& out_;
};

}  // namespace

void WriteGroups(const GroupTable& table, const GroupText& text,
                 absl::Span<const Group* const> groups, OutputStream& out) {
  GroupWriter writer(table, text, out);
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i + kAhead < groups.size()) __builtin_prefetch(groups[i + kAhead]);
    if (i % kCheckEvery == 0 && !out.ok()) return;
    writer.Write(*groups[i]);
  }
}

}  // namespace pagelab
