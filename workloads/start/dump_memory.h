#ifndef PAGELAB_WORKLOADS_START_DUMP_MEMORY_H_
#define PAGELAB_WORKLOADS_START_DUMP_MEMORY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/migrate_reason.h"
#include "pagelab/alloc/page_flags.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/owner/dump/owner_dump_reader.h"
#include "pagelab/sim/initial_memory.h"
#include "pagelab/sim/machine.h"
#include "pagelab/sim/machine_config.h"

namespace pagelab {

// Memory as a page_owner dump shows it: blocks in use with their records, the
// rest free.
class DumpMemory final : public InitialMemory {
 public:
  // An error names the line: a damaged record, blocks that overlap.
  static absl::StatusOr<std::shared_ptr<DumpMemory>> Read(InputStream& input);

  // One node from the first page to the section of the dump's last block. A
  // gap of whole sections below 4 GiB is the hole for devices.
  absl::StatusOr<MachineConfig> DescribeMachine() const;
  // What depends on the machine's geometry.
  absl::Status FitTo(const MachineConfig& config);
  std::string Caveat(bool machine_given) const;

  absl::Span<const InitialBlock> blocks() const override { return blocks_; }
  absl::Span<const InitialPageblock> pageblocks() const override {
    return pageblocks_;
  }
  std::optional<absl::Span<const PfnRange>> free_ranges() const override {
    return std::nullopt;
  }
  std::optional<PageCount> ManagedPages(NodeId, ZoneType) const override {
    return std::nullopt;
  }
  absl::Status WrongPlace(PfnRange range, std::string_view what) const override;
  // Gives the pages their records and flags.
  absl::Status Finish(Machine& machine) const override;

 private:
  // Of the block with the same index; strings by their index.
  struct Record {
    uint64_t line = 0;
    Gfp gfp = {};
    int32_t pid = 0;
    int32_t tgid = 0;
    uint32_t comm = 0;
    uint32_t stack = 0;
    PageFlags flags = {};
    MigrateReason reason = MigrateReason::kNone;
    std::optional<Migratetype> pageblock = {};
  };
  class Strings {
   public:
    uint32_t IndexOf(std::string_view text);
    const std::vector<std::string>& all() const { return all_; }

   private:
    std::vector<std::string> all_;
    absl::flat_hash_map<std::string, uint32_t> index_;
  };

  explicit DumpMemory(std::string name) : name_(std::move(name)) {}
  absl::Status Add(const OwnerDumpRecord& record);
  // By pfn; an error where two overlap.
  absl::Status Sort();
  absl::Status At(uint64_t line, std::string_view what) const;
  std::vector<uint32_t> SaveStacks(Machine& machine) const;
  void Track(Machine& machine, size_t index, uint32_t handle) const;

  std::string name_;
  std::vector<InitialBlock> blocks_;
  std::vector<Record> records_;
  std::vector<InitialPageblock> pageblocks_;
  Strings comms_;
  Strings stacks_;
  Nanoseconds newest_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_START_DUMP_MEMORY_H_
