#include "pagelab/report/page/owner_facts.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/dump_field.h"
#include "pagelab/owner/dump/pfn_line.h"
#include "pagelab/owner/dump/read_statistics.h"
#include "pagelab/owner/dump/record_reader.h"
#include "pagelab/workloads/frag/pageblock_use.h"

namespace pagelab {
namespace {

// No machine has frames from here on: physical addresses have 52 bits.
constexpr uint64_t kEndOfFrames = uint64_t{1} << 40;

// Flags that are set; not the fields that have a value, of which one holds a
// CPU and a pid and would make every record a class of its own.
std::string SetFlags(std::string_view names) {
  std::string flags;
  while (!names.empty()) {
    const std::string_view flag = TakeFlag(names);
    if (flag.find('=') != flag.npos) continue;
    if (!flags.empty()) flags += '|';
    flags += flag;
  }
  return flags;
}

class SinkReader final : public RecordReader {
 public:
  explicit SinkReader(DumpSinks& sinks) : sinks_(sinks) {}

 protected:
  void OnRecord(const DumpRecord& record) override {
    if (record.pages == 0) return;
    const uint32_t stack = sinks_.names.StackOf(
        record.frames, record.frames_hash, record.header.comm);
    RecordStack& known = sinks_.names.stack(stack);
    known.pages += record.pages;
    ++sinks_.records;
    if (known.owner >= sinks_.owner_records.size()) {
      sinks_.owner_records.resize(known.owner + 1);
    }
    ++sinks_.owner_records[known.owner];
    PfnLine pfn_line;
    if (record.kind != RecordKind::kRecord) return;
    if (ParsePfnLine(record.pfn_line, pfn_line) &&
        pfn_line.pfn < kEndOfFrames) {
      AddFrames(record, pfn_line, stack, known.owner);
    } else {
      ++sinks_.nowhere;
    }
  }

 private:
  void AddFrames(const DumpRecord& record, const PfnLine& line, uint32_t stack,
                 uint32_t owner) {
    const RecordHeader& header = record.header;
    const bool has_time = header.has_ts && header.ts_nsec <= INT64_MAX;
    RecordClass klass;
    klass.gfp = header.gfp_names;
    klass.type = line.migratetype;
    klass.movable = CouldBeMigrated(line.migratetype, line.flag_names());
    klass.flags = SetFlags(line.flag_names());
    if (!record.notes.empty()) {
      fields_.Start(record);
      klass.memcg = fields_.Read(DumpField::kMemcg).text;
      klass.migrate_reason = fields_.Read(DumpField::kMigrateReason).text;
    }
    const FrameBlock block = {
        .pfn = line.pfn,
        .order = header.order,
        .kind = FrameBlock::Kind::kAllocated,
        .stack = stack,
        .record_class = sinks_.names.ClassOf(klass),
        .task = sinks_.names.TaskOf(header.pid, header.tgid, header.comm),
        .ts_nsec = has_time ? header.ts_nsec : FrameBlock::kNoTime};
    constexpr uint64_t kNanosecondsPerMillisecond = 1'000'000;
    sinks_.blocks.AddUsed(
        block,
        {.owner = owner,
         .movable = klass.movable,
         .block_type = line.pageblock_type,
         .time_ms = has_time ? block.ts_nsec / kNanosecondsPerMillisecond : 0});
    sinks_.chunks.Add(block);
    ++sinks_.frames;
  }

  DumpSinks& sinks_;
  FieldReader fields_;
};

class BeforeReader final : public RecordReader {
 public:
  explicit BeforeReader(RecordNames& names) : names_(names) {}

 protected:
  void OnRecord(const DumpRecord& record) override {
    if (record.pages == 0) return;
    const uint32_t stack =
        names_.StackOf(record.frames, record.frames_hash, record.header.comm);
    names_.stack(stack).pages_before += record.pages;
  }

 private:
  RecordNames& names_;
};

absl::StatusOr<ReadStatistics> Read(const std::string& path,
                                    const DumpProgress& progress,
                                    RecordReader& reader) {
  ScanOptions options;
  if (progress) {
    options.progress = [&progress](uint64_t done, uint64_t) {
      progress("read " + HumanSize(done));
    };
  }
  ReadStatistics statistics;
  RecordReader* const readers[] = {&reader};
  PAGELAB_RETURN_IF_ERROR(ScanRecords(path, readers, options, statistics));
  return statistics;
}

}  // namespace

absl::Status ReadDump(const std::string& path, const DumpProgress& progress,
                      DumpSinks& sinks) {
  SinkReader reader(sinks);
  PAGELAB_RETURN_IF_ERROR(Read(path, progress, reader).status());
  sinks.chunks.Flush();
  return absl::OkStatus();
}

absl::Status ReadDumpBefore(const std::string& path,
                            const DumpProgress& progress, RecordNames& names,
                            uint64_t& damaged) {
  BeforeReader reader(names);
  PAGELAB_ASSIGN_OR_RETURN(const ReadStatistics statistics,
                           Read(path, progress, reader));
  damaged = statistics.damaged();
  return RequireRecords(statistics.inputs.front());
}

std::vector<OwnerFacts> RankOwners(const DumpSinks& sinks) {
  const std::vector<std::string>& names = sinks.names.owners().texts();
  std::vector<OwnerFacts> owners(names.size());
  for (size_t i = 0; i < owners.size(); ++i) {
    owners[i].owner = static_cast<uint32_t>(i);
    owners[i].name = names[i];
    owners[i].special = sinks.names.special_owners()[i];
    owners[i].records =
        i < sinks.owner_records.size() ? sinks.owner_records[i] : 0;
  }
  for (const RecordStack& stack : sinks.names.stacks()) {
    owners[stack.owner].pages += stack.pages;
  }
  sinks.blocks.ForEach([&](uint64_t, uint64_t, const PageBlock& block) {
    const PageblockKeeper keeper = sinks.blocks.KeeperOf(block);
    const bool could_be_free = keeper == PageblockKeeper::kMovable ||
                               keeper == PageblockKeeper::kUnmovable;
    const PageOwnerShare* only = nullptr;
    size_t with_unmovable = 0;
    for (const PageOwnerShare& share : block.owners) {
      owners[share.owner].unmovable += share.unmovable;
      ++owners[share.owner].in_blocks;
      if (!could_be_free) continue;
      if (block.owners.size() == 1) ++owners[share.owner].blocks;
      if (share.unmovable == 0) continue;
      ++with_unmovable;
      only = &share;
    }
    if (with_unmovable == 1) ++owners[only->owner].compacted_blocks;
  });
  owners.erase(
      std::remove_if(owners.begin(), owners.end(),
                     [](const OwnerFacts& owner) { return owner.pages == 0; }),
      owners.end());
  std::sort(owners.begin(), owners.end(),
            [](const OwnerFacts& a, const OwnerFacts& b) {
              return std::tuple(b.pages, std::string_view(a.name)) <
                     std::tuple(a.pages, std::string_view(b.name));
            });
  return owners;
}

std::vector<MixedPageblock> FindMixed(const PageBlocks& blocks, size_t max) {
  std::vector<MixedPageblock> mixed;
  blocks.ForEach([&](uint64_t cell, uint64_t number, const PageBlock& block) {
    const PageblockKeeper keeper = blocks.KeeperOf(block);
    if (block.unmovable == 0 || keeper == PageblockKeeper::kOneBlock) return;
    const bool is_movable =
        block.type >= 0 &&
        blocks.types()[static_cast<size_t>(block.type)] == "Movable";
    if (block.movable > 0 || is_movable) mixed.push_back({cell, number, block});
  });
  std::sort(mixed.begin(), mixed.end(),
            [](const MixedPageblock& a, const MixedPageblock& b) {
              return std::tuple(a.what.unmovable, a.what.in_use(), a.block) <
                     std::tuple(b.what.unmovable, b.what.in_use(), b.block);
            });
  if (mixed.size() > max) mixed.resize(max);
  for (MixedPageblock& one : mixed) {
    std::sort(one.what.owners.begin(), one.what.owners.end(),
              [](const PageOwnerShare& a, const PageOwnerShare& b) {
                return std::tuple(b.unmovable, b.movable, a.owner) <
                       std::tuple(a.unmovable, a.movable, b.owner);
              });
  }
  return mixed;
}

}  // namespace pagelab
