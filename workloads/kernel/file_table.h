#ifndef PAGELAB_WORKLOADS_KERNEL_FILE_TABLE_H_
#define PAGELAB_WORKLOADS_KERNEL_FILE_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/alloc/types.h"
#include "pagelab/workloads/kernel/file_system.h"
#include "pagelab/workloads/kernel/page_index.h"
#include "pagelab/workloads/kernel/readahead.h"

namespace pagelab {

struct Process;

// A file. Kernel counterpart: struct inode with its struct address_space.
struct Inode {
  // FolioUse::object of its pages.
  uint32_t number = 0;
  FileSystem fs = FileSystem::kExt4;
  // In bytes.
  uint64_t size = 0;
  // False when it was unlinked: then it has no pages, and gets none.
  bool linked = true;
  PageIndex pages;
  // On disk: dirty pages, since when there are some, where writeback goes on,
  // and pages that are being read or written.
  uint64_t nr_dirty = 0;
  Nanoseconds dirtied_when;
  uint64_t writeback_index = 0;
  uint64_t nr_in_flight = 0;

  uint64_t nr_indexes() const { return (size + kPageSize - 1) / kPageSize; }
};

using InodePtr = std::shared_ptr<Inode>;

// How far a process is with the files of a step: the one it has open, and
// where in it. Kernel counterpart: struct file.
struct FilePosition {
  // All of the step, for those that take files that exist.
  std::vector<InodePtr> files;
  size_t file = 0;
  InodePtr open;
  // In bytes.
  uint64_t offset = 0;
  Readahead readahead;
};

// The files of all file systems: by number, and by what a scenario calls them
// together.
class FileTable {
 public:
  InodePtr Create(FileSystem fs);
  // It is gone from its table; who has it open keeps the Inode.
  // REQUIRES: it has no pages any more.
  void Remove(Inode& inode);
  // Null: removed.
  Inode* Get(uint32_t number) { return inodes_[number].get(); }
  // In ascending order of their numbers: fn(Inode&).
  template <class Fn>
  void ForEach(Fn fn) {
    for (size_t i = 0; i < inodes_.size(); ++i) {
      if (inodes_[i] != nullptr) fn(*inodes_[i]);
    }
  }

  // Oldest first. Null: none of that name.
  std::vector<InodePtr>* FindGroup(const std::string& name);
  std::vector<InodePtr>& group(const std::string& name) {
    return groups_[name];
  }

  // What the process has open for a step, which is only a name here.
  FilePosition& PositionOf(const Process& process, const void* step) {
    return positions_[{&process, step}];
  }

 private:
  std::vector<InodePtr> inodes_;
  std::vector<uint32_t> free_numbers_;
  std::map<std::string, std::vector<InodePtr>> groups_;
  // Never walked.
  absl::flat_hash_map<std::pair<const void*, const void*>, FilePosition>
      positions_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_FILE_TABLE_H_
