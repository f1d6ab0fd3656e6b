#ifndef PAGELAB_WORKLOADS_KERNEL_PIPES_H_
#define PAGELAB_WORKLOADS_KERNEL_PIPES_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/workloads/kernel/file_result.h"
#include "pagelab/workloads/kernel/kernel_path.h"

namespace pagelab {

class KernelWorld;
struct Process;

// A pipe: up to 16 buffers of a page each, and two pages that it keeps from
// what was read. Kernel counterpart: struct pipe_inode_info.
struct Pipe {
  // In the order in which they were written.
  std::deque<Pfn> buffers;
  std::vector<Pfn> spare;
};

// Simplified: every write begins a page; a writer that finds a pipe full goes
// on without having written the rest (O_NONBLOCK).
//
// Kernel counterpart: fs/pipe.c.
class Pipes {
 public:
  // PIPE_DEF_BUFFERS.
  static constexpr uint64_t kMaxBuffers = 16;

  explicit Pipes(KernelWorld& world);

  // Writes so many pages, as far as there is room. Kernel counterpart:
  // pipe_write().
  FileResult Write(Process& process, Pipe& pipe, uint64_t pages);
  // Reads so many, as far as there are some. Kernel counterpart: pipe_read().
  void Read(Process& process, Pipe& pipe, uint64_t pages);
  // Nobody has it open any more: all its pages go.
  void Close(Process& process, Pipe& pipe);

  // Null: no pipe of that name.
  std::deque<Pipe>* FindGroup(const std::string& name);
  std::deque<Pipe>& group(const std::string& name) { return groups_[name]; }

 private:
  KernelWorld& world_;
  std::map<std::string, std::deque<Pipe>> groups_;
  const KernelPath& write_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_PIPES_H_
