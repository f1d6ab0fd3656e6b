#ifndef PAGELAB_PAGEEXT_ALLOC_TAGGING_H_
#define PAGELAB_PAGEEXT_ALLOC_TAGGING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/hooks.h"
#include "pagelab/pageext/code_tag.h"
#include "pagelab/pageext/hook_chain.h"
#include "pagelab/pageext/page_ext.h"

namespace pagelab {

// The boot parameter sysctl.vm.mem_profiling=.
enum class MemProfiling : uint8_t {
  // No memory is set aside, and it cannot be turned on: the default of builds
  // without CONFIG_MEM_ALLOC_PROFILING_ENABLED_BY_DEFAULT.
  kNever,
  // Off, but /proc/sys/vm/mem_profiling may turn it on.
  kOff,
  kOn,
};

// Memory allocation profiling: counts bytes and calls by the place in the
// source that allocates. The head of each allocated block refers to its place's
// tag in page_ext; tails do not. It counts from the start of boot on, but what
// is allocated where page_ext has no table yet goes uncounted, and so does its
// free.
//
// The tag of an allocation is that of the innermost call which is not inside a
// helper ("..._noprof"); parts of the kernel that are no simulated functions
// say who they are (AllocSite). Pages only: objects of slabs are not simulated,
// so that a call of kmalloc() has a tag whose counts stay 0.
//
//  G1  A tag's calls are the number of heads that refer to it, while profiling
//      was not turned off in between.
//
// Thread-compatible.
//
// Differs from Linux: one counter a tag, not one for each CPU.
//
// Kernel counterpart: lib/alloc_tag.c, include/linux/pgalloc_tag.h
// (page-ext-owner-depot.md 1.1).
class AllocTagging final : public AllocationHooks {
 public:
  // All outlive it.
  struct Dependencies {
    AllocatorState& state;
    HookChain& hooks;
    PageExt& page_ext;
    const CallSites& call_sites;
  };
  struct Counters {
    int64_t bytes = 0;
    int64_t calls = 0;
    friend bool operator==(const Counters&, const Counters&) = default;
  };

  // Registers itself with page_ext.
  AllocTagging(const Dependencies& dependencies, MemProfiling mode);
  // Detaches from the allocator.
  ~AllocTagging() override;
  AllocTagging(const AllocTagging&) = delete;
  AllocTagging& operator=(const AllocTagging&) = delete;

  // Begins to watch the allocator, unless the mode is kNever.
  absl::Status Attach();

  // Not kNever.
  bool supported() const { return mode_ != MemProfiling::kNever; }
  bool enabled() const { return data_.enabled; }
  // REQUIRES: supported(). What is allocated while it is off keeps the
  // reference of the last allocation before; what is freed meanwhile stays
  // counted, as in the kernel.
  void set_enabled(bool enabled) { data_.enabled = enabled; }

  // Makes the tag of a call known before it allocates. The same place twice is
  // one tag.
  void AddTag(SimAddress call, const CodeTag& tag);

  // /proc/allocinfo: all tags, those of the kernel in the order in which they
  // became known, then those of modules in the order of each module's first.
  void AppendAllocinfo(std::string& out) const;
  // Of the tag that the page refers to; null if there is none.
  const CodeTag* TagOf(Pfn pfn) const;
  // Of all tags of a function; nothing counted if there is none.
  Counters CountersOf(std::string_view function) const;

  // AllocationHooks.
  void OnAlloc(ExecutionContext& context, Pfn head, Order order,
               Gfp gfp) override;
  void OnFree(ExecutionContext& context, Pfn head, Order order) override;
  void OnFreeAllButFirst(Pfn head, Order order) override;
  void OnSplit(Pfn head, Order old_order, Order new_order) override;
  void OnMigrate(ExecutionContext& context, Pfn from, Pfn to) override;

  // Everything outside of page_ext, to come back to.
  struct Checkpoint;
  Checkpoint Save() const;
  void Restore(const Checkpoint& checkpoint);

 private:
  using TagId = uint32_t;

  struct Tag {
    CodeTag place;
    Counters counters;
  };
  struct Data {
    bool enabled = false;
    std::vector<Tag> tags;
    // kHelper, or the tag.
    absl::flat_hash_map<SimAddress, TagId> by_call;
    // "file:line [module] func:function".
    absl::flat_hash_map<std::string, TagId> by_text;
  };

  TagId AddPlace(const CodeTag& place);
  TagId TagFor(const ExecutionContext& context);
  TagId TagForCall(SimAddress call);
  // The reference of a page; 0 where it has none. Setting it does nothing
  // where page_ext has no table.
  uint64_t ReferenceOf(Pfn pfn) const;
  bool SetReference(Pfn pfn, uint64_t reference);
  Tag* TagAt(uint64_t reference);

  AllocatorState& state_;
  HookChain& hooks_;
  PageExt& page_ext_;
  const CallSites& call_sites_;
  MemProfiling mode_;
  PageExt::ClientId client_ = 0;
  Data data_;
};

struct AllocTagging::Checkpoint {
  Data data;
};

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_ALLOC_TAGGING_H_
