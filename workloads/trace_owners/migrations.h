#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_MIGRATIONS_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_MIGRATIONS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/workloads/trace_owners/recorded_frames.h"

namespace pagelab {

// Learns from events that show both where the descriptors of page frames are.
// Not possible where the kernel prints hashes instead of addresses.
class StructPages {
 public:
  // page= and pfn= of an event.
  void Learn(std::string_view page, Pfn pfn);
  // The frame whose descriptor is at `address`, if it is known and is one.
  std::optional<Pfn> FrameAt(uint64_t address) const;

 private:
  // How many contradictions it takes to give up.
  static constexpr int kMaxContradictions = 16;

  int contradictions_ = 0;
  uint64_t first_address_ = 0;
  Pfn first_pfn_;
  Pfn second_pfn_;
  uint64_t base_ = 0;
  // Of a descriptor; 0: not known yet.
  uint64_t size_ = 0;
  bool confirmed_ = false;
};

// A page that migration moved.
struct MovedPage {
  Pfn target;
  Order order;
  // Of the source, before it was freed.
  FrameState source_state = FrameState::kUnseen;
  FrameRecord source{};
};

// Finds out which frame went where while a task migrates pages, from the
// probes and events of a recording. Targets are handed out in the order of
// their sources, and sources are freed in that order when they have been
// moved; a target that is not needed goes back (page-allocator.md 17.2, 17.3).
// Where page table entries are changed, their events name the source and
// confirm it. Thread-compatible.
class Migrations {
 public:
  // Whether any task is migrating.
  bool any() const { return !sections_.empty(); }

  // mm_migrate_pages_start. `migrated`: as FrameRecord::migrated.
  void Begin(int32_t pid, uint8_t migrated);
  void AddTarget(int32_t pid, Pfn target);
  void ReturnTarget(int32_t pid, Pfn target);
  // set_migration_pte: the entry that was written, in the format of x86-64.
  void NoteEntry(int32_t pid, uint64_t entry);
  // A block that the task freed, and what it was before.
  void AddSource(int32_t pid, const MovedPage& source, Pfn pfn);
  // mm_page_free_batched: it was not freed by migration.
  void DropSource(int32_t pid, Pfn pfn);
  // mm_migrate_pages: the pages that were moved, as far as it is certain which.
  std::vector<MovedPage> End(int32_t pid);

 private:
  // More than the kernel moves in one go; then their end was lost.
  static constexpr size_t kMaxBlocks = 16384;
  static constexpr size_t kMaxSections = 1024;

  struct Target {
    Pfn pfn;
    // From page table entries.
    std::optional<Pfn> source;
  };
  struct Source {
    Pfn pfn;
    MovedPage page;
  };
  // One call of migrate_pages().
  struct Section {
    int32_t pid = 0;
    uint8_t migrated = 0;
    std::vector<Target> targets;
    std::vector<Source> sources;
  };

  Section* Find(int32_t pid);
  static bool OrderIsCertain(const Section& section);

  // As many as tasks migrate at once.
  std::vector<Section> sections_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_MIGRATIONS_H_
