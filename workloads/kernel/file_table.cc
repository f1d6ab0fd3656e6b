#include "pagelab/workloads/kernel/file_table.h"

#include "pagelab/base/check.h"

namespace pagelab {

InodePtr FileTable::Create(FileSystem fs) {
  auto inode = std::make_shared<Inode>();
  inode->fs = fs;
  if (free_numbers_.empty()) {
    inode->number = static_cast<uint32_t>(inodes_.size());
    inodes_.push_back(inode);
  } else {
    inode->number = free_numbers_.back();
    free_numbers_.pop_back();
    inodes_[inode->number] = inode;
  }
  return inode;
}

void FileTable::Remove(Inode& inode) {
  PAGELAB_CHECK_EQ(inode.pages.nr_pages(), uint64_t{0});
  inode.linked = false;
  free_numbers_.push_back(inode.number);
  // Last: it may be the only one who knows it.
  inodes_[inode.number].reset();
}

std::vector<InodePtr>* FileTable::FindGroup(const std::string& name) {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}

}  // namespace pagelab
