#include "pagelab/owner/dump/dump_field.h"

#include <algorithm>
#include <array>

#include "pagelab/base/check.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/line_cursor.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {
namespace {

constexpr DumpFieldInfo kFields[] = {
    {DumpField::kStack, "stack", "stacktrace", false, false, true,
     "the call stack, all frames"},
    {DumpField::kFunction, "function", "func", false, false, true,
     "the first function that allocates for itself"},
    {DumpField::kModule, "module", "mod", false, false, true,
     "the module of that function; \"kernel\" for none"},
    {DumpField::kComm, "comm", "name", false, false, true,
     "name of the task that allocated"},
    {DumpField::kPid, "pid", "", true, false, true, "its thread's number"},
    {DumpField::kTgid, "tgid", "", true, false, true, "its process's number"},
    {DumpField::kMemcg, "memcg", "cgroup", false, false, true,
     "memory cgroup that is charged; \"-\" for none"},
    {DumpField::kOrder, "order", "", true, false, true,
     "a block of 2^order pages"},
    {DumpField::kGfp, "gfp", "mask", false, false, true,
     "names in the allocation's mask"},
    {DumpField::kMigratetype, "migratetype", "mt", false, false, true,
     "type that the mask asks for"},
    {DumpField::kPageblockType, "block", "pageblock", false, false, true,
     "type of the pageblock it lies in"},
    {DumpField::kZone, "zone", "", false, false, true, "zone, as on x86-64"},
    {DumpField::kNode, "node", "", true, false, true, "NUMA node"},
    {DumpField::kAllocator, "allocator", "ator", false, false, true,
     "cma, slab, vmalloc or others"},
    {DumpField::kAge, "age", "", true, true, true,
     "how long it has been allocated"},
    {DumpField::kPages, "pages", "", true, false, false, "2^order"},
    {DumpField::kPfn, "pfn", "", true, false, false, "its first page frame"},
    {DumpField::kTs, "ts", "alloc_ts", true, true, false,
     "when it was allocated, since boot"},
    {DumpField::kFreeTs, "free_ts", "", true, true, false,
     "when the page was last freed before, or since; 0: never"},
    {DumpField::kFlags, "flags", "", false, false, false,
     "names of the page's flags"},
    {DumpField::kMigrateReason, "migrate_reason", "", false, false, false,
     "why it was moved last; \"-\" if it was not"},
};

constexpr size_t kMaxStacks = size_t{1} << 16;
constexpr size_t kMaxWords = size_t{4} << 20;

constexpr std::string_view kMigrated =
    "Page has been migrated, last migrate reason: ";

FieldValue Text(std::string_view text) {
  return {.known = !text.empty(), .text = text.empty() ? "-" : text};
}

FieldValue Number(int64_t number) {
  return {.known = true, .number = number, .text = {}};
}

FieldValue Unknown() { return {.text = "-"}; }

bool HasFrame(absl::Span<const std::string_view> frames,
              std::string_view beginning) {
  return std::any_of(frames.begin(), frames.end(),
                     [beginning](std::string_view frame) {
                       return frame.starts_with(beginning);
                     });
}

bool HasFlag(std::string_view names, std::string_view flag) {
  while (!names.empty()) {
    if (TakeFlag(names) == flag) return true;
  }
  return false;
}

// Of x86-64 with its four zones of memory.
constexpr std::array<std::string_view, 4> kZoneNames = {"DMA", "DMA32",
                                                        "Normal", "Movable"};
// First frames of DMA32 and Normal.
constexpr uint64_t kDma32Pfn = uint64_t{16} << (20 - 12);
constexpr uint64_t kNormalPfn = uint64_t{4} << (30 - 12);

}  // namespace

absl::Span<const DumpFieldInfo> DumpFields() { return kFields; }

const DumpFieldInfo& InfoOf(DumpField field) {
  const DumpFieldInfo& info = kFields[static_cast<size_t>(field)];
  PAGELAB_CHECK(info.field == field);
  return info;
}

const DumpFieldInfo* FindDumpField(std::string_view name) {
  for (const DumpFieldInfo& info : kFields) {
    if (name == info.name || (name == info.alias && !name.empty())) {
      return &info;
    }
  }
  return nullptr;
}

void FieldReader::Start(const DumpRecord& record) {
  record_ = &record;
  has_pfn_line_ = false;
}

const PfnLine& FieldReader::pfn_line() {
  if (!has_pfn_line_) {
    pfn_line_good_ = ParsePfnLine(record_->pfn_line, pfn_line_);
    has_pfn_line_ = true;
  }
  return pfn_line_;
}

const FieldReader::StackFacts& FieldReader::stack_facts() {
  if (has_last_stack_ && last_stack_ == record_->frames_hash) {
    return last_facts_;
  }
  last_stack_ = record_->frames_hash;
  has_last_stack_ = true;
  if (stacks_.size() >= kMaxStacks || words_.bytes() >= kMaxWords) {
    stacks_.clear();
    words_.Clear();
  }
  const auto [at, added] = stacks_.try_emplace(last_stack_);
  if (added) {
    const FrameList frames = FramesOf(record_->frames);
    StackFacts& facts = at->second;
    facts.function = words_.Intern(OwnerName(frames));
    facts.module = words_.Intern(OwnerModule(frames));
    facts.slab = HasFrame(frames, "new_slab") ||
                 HasFrame(frames, "allocate_slab") ||
                 HasFrame(frames, "cache_grow");
    facts.vmalloc = HasFrame(frames, "__vmalloc_") ||
                    HasFrame(frames, "__vmalloc+") ||
                    HasFrame(frames, "vm_area_alloc_pages");
  }
  last_facts_ = at->second;
  return last_facts_;
}

std::string_view FieldReader::Note(std::string_view beginning) const {
  std::string_view notes = record_->notes;
  while (!notes.empty()) {
    const std::string_view line = TakeLine(notes);
    if (line.starts_with(beginning)) return line.substr(beginning.size());
  }
  return {};
}

// "Charged (via objcg) to offline memcg job-7".
std::string_view FieldReader::Memcg() const {
  if (record_->notes.empty()) return {};
  LineCursor cursor(Note("Charged "));
  std::string_view before;
  if (!cursor.TakeUntil("memcg ", before)) return {};
  return cursor.rest();
}

std::string_view FieldReader::Zone() {
  const PfnLine& line = pfn_line();
  if (!pfn_line_good_ && line.pfn == 0) return {};
  const int zone = line.Flag("zone");
  if (zone >= 0) {
    return zone < static_cast<int>(kZoneNames.size())
               ? kZoneNames[static_cast<size_t>(zone)]
               : "?";
  }
  if (line.pfn < kDma32Pfn) return kZoneNames[0];
  return kZoneNames[line.pfn < kNormalPfn ? 1 : 2];
}

std::string_view FieldReader::Allocator() {
  const PfnLine& line = pfn_line();
  if (line.pageblock_type == "CMA" || line.migratetype == "CMA") return "cma";
  const StackFacts& facts = stack_facts();
  if (facts.slab || HasFlag(line.flag_names(), "slab")) return "slab";
  return facts.vmalloc ? "vmalloc" : "others";
}

FieldValue FieldReader::ReadPfnField(DumpField field) {
  const PfnLine& line = pfn_line();
  switch (field) {
    case DumpField::kMigratetype:
      return Text(record_->header.migratetype.empty()
                      ? line.migratetype
                      : record_->header.migratetype);
    case DumpField::kPageblockType:
      return Text(line.pageblock_type);
    case DumpField::kZone:
      return Text(Zone());
    case DumpField::kFlags:
      return Text(line.flag_names());
    case DumpField::kNode: {
      const int node = line.Flag("node");
      return node < 0 ? Unknown() : Number(node);
    }
    default:
      if (record_->pfn_line.empty()) return Unknown();
      return Number(static_cast<int64_t>(line.pfn));
  }
}

FieldValue FieldReader::ReadHeaderField(DumpField field) {
  const RecordHeader& header = record_->header;
  const bool has_header = record_->kind != RecordKind::kStackPages &&
                          record_->kind != RecordKind::kStackOfHandle;
  switch (field) {
    case DumpField::kComm:
      return {.known = header.has_task,
              .text = header.has_task ? header.comm : "-"};
    case DumpField::kPid:
      return header.has_pid ? Number(header.pid) : Unknown();
    case DumpField::kTgid:
      return header.has_task ? Number(header.tgid) : Unknown();
    case DumpField::kOrder:
      return has_header ? Number(header.order) : Unknown();
    case DumpField::kGfp:
      if (!has_header) return Unknown();
      if (!header.gfp_names.empty()) return Text(header.gfp_names);
      mask_ = "0x";
      AppendHex(mask_, header.gfp_mask);
      return Text(mask_);
    case DumpField::kAge:
      if (!header.has_ts || !now_.has_value()) return Unknown();
      return Number(static_cast<int64_t>(
          header.ts_nsec < *now_ ? *now_ - header.ts_nsec : 0));
    case DumpField::kTs:
      return header.has_ts ? Number(static_cast<int64_t>(header.ts_nsec))
                           : Unknown();
    default:
      return header.has_free_ts
                 ? Number(static_cast<int64_t>(header.free_ts_nsec))
                 : Unknown();
  }
}

FieldValue FieldReader::Read(DumpField field) {
  switch (field) {
    case DumpField::kStack:
      return Text(record_->frames);
    case DumpField::kFunction:
      return Text(words_[stack_facts().function]);
    case DumpField::kModule:
      return Text(words_[stack_facts().module]);
    case DumpField::kMemcg:
      return Text(Memcg());
    case DumpField::kAllocator:
      return Text(Allocator());
    case DumpField::kPages:
      return Number(static_cast<int64_t>(record_->pages));
    case DumpField::kMigrateReason:
      return Text(record_->notes.empty() ? std::string_view()
                                         : Note(kMigrated));
    case DumpField::kComm:
    case DumpField::kPid:
    case DumpField::kTgid:
    case DumpField::kOrder:
    case DumpField::kGfp:
    case DumpField::kAge:
    case DumpField::kTs:
    case DumpField::kFreeTs:
      return ReadHeaderField(field);
    case DumpField::kMigratetype:
    case DumpField::kPageblockType:
    case DumpField::kZone:
    case DumpField::kNode:
    case DumpField::kFlags:
    case DumpField::kPfn:
      return ReadPfnField(field);
  }
  return Unknown();
}

}  // namespace pagelab
