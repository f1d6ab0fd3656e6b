#include "pagelab/workloads/kernel/pipes.h"

#include "pagelab/workloads/kernel/world.h"

namespace pagelab {
namespace {

// Pages that a pipe keeps when they are read.
constexpr size_t kMaxSpare = 2;

}  // namespace

Pipes::Pipes(KernelWorld& world)
    : world_(world), write_(KernelPathNamed("pipe_write")) {}

std::deque<Pipe>* Pipes::FindGroup(const std::string& name) {
  const auto found = groups_.find(name);
  return found == groups_.end() ? nullptr : &found->second;
}

FileResult Pipes::Write(Process& process, Pipe& pipe, uint64_t pages) {
  for (; pages > 0 && pipe.buffers.size() < kMaxBuffers; --pages) {
    if (!pipe.spare.empty()) {
      pipe.buffers.push_back(pipe.spare.back());
      pipe.spare.pop_back();
      continue;
    }
    const auto blocks = world_.Enter(process, write_);
    if (blocks.empty()) {
      return process.alive ? FileResult::kNoMemory : FileResult::kKilled;
    }
    if (!process.alive) {
      world_.Discard(process, blocks[0]);
      return FileResult::kKilled;
    }
    const Pfn head = world_.machine().memory().PfnOf(blocks[0].page);
    world_.Adopt(process, blocks[0], FolioUse());
    pipe.buffers.push_back(head);
  }
  return FileResult::kDone;
}

void Pipes::Read(Process& process, Pipe& pipe, uint64_t pages) {
  ExecutionContext context = world_.ContextOf(process);
  for (; pages > 0 && !pipe.buffers.empty(); --pages) {
    const Pfn page = pipe.buffers.front();
    pipe.buffers.pop_front();
    if (pipe.spare.size() < kMaxSpare) {
      pipe.spare.push_back(page);
    } else {
      world_.Release(context, page);
    }
  }
}

void Pipes::Close(Process& process, Pipe& pipe) {
  ExecutionContext context = world_.ContextOf(process);
  for (const Pfn page : pipe.buffers) world_.Release(context, page);
  for (const Pfn page : pipe.spare) world_.Release(context, page);
  pipe = Pipe();
}

}  // namespace pagelab
