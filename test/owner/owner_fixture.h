// A booted page_owner on a machine by hand.

#ifndef PAGELAB_TEST_OWNER_OWNER_FIXTURE_H_
#define PAGELAB_TEST_OWNER_OWNER_FIXTURE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/owner/dump_writer.h"
#include "pagelab/owner/page_owner.h"
#include "pagelab/pageext/hook_chain.h"
#include "pagelab/pageext/page_ext.h"
#include "pagelab/stackdepot/stack_depot.h"
#include "pagelab/stackdepot/symbol_table.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {

struct OwnerOptions {
  TinyKernelOptions kernel = {};
  StackDepotOptions depot = {};
  bool enabled = true;
  PageOwnerProfile profile = {};
};

class OwnerFixture {
 public:
  explicit OwnerFixture(const OwnerOptions& options = {})
      : kernel(options.kernel),
        depot(*kernel.memory, kernel, kernel.log, options.depot),
        hooks(kernel.state),
        ext({kernel.state, kernel, kernel.log}),
        created(PageOwner::Create(
            {kernel.state, hooks, ext, depot, symbols, kernel, kernel.log},
            options.enabled, options.profile)),
        owner(*created) {
    // The hash table lies in reserved memory.
    if (!options.depot.disabled) depot.UseHashTable(0x100000, 4096);
  }

  absl::Status Boot() {
    const absl::Status status = ext.Init(kernel.context);
    kernel.requests.clear();
    boot_log = kernel.log.lines;
    kernel.log.lines.clear();
    kernel.task.pid = kernel.task.tgid = 77;
    kernel.task.set_comm("insmod");
    kernel.context.now = Nanoseconds(5000);
    return status;
  }

  // From here on, requests come from this function.
  void CallFrom(std::string_view frame) { CallFromStack({frame}); }
  void CallFromStack(const std::vector<std::string_view>& frames) {
    frames_.clear();
    for (std::string_view frame : frames) {
      frames_.push_back(*symbols.InternFrame(frame));
    }
    kernel.context.frames = frames_;
  }

  Pfn Alloc(Gfp gfp, int order) {
    return *kernel.AllocBlock(kernel.context, gfp, Order(order), NodeId());
  }
  void Free(Pfn head, int order) {
    kernel.FreeBlock(kernel.context, head, Order(order));
  }

  PageOwnerRecord RecordOf(Pfn pfn) const { return *owner.EntryAt(pfn).record; }
  int64_t BasePagesAt(Pfn pfn) const {
    return owner.BasePagesOf(StackHandle(RecordOf(pfn).handle));
  }
  std::string StackAt(Pfn pfn) const {
    std::string text;
    owner.AppendStack(text, StackHandle(RecordOf(pfn).handle));
    return text;
  }

  // What reads of 4096 bytes give, from `position` to the end.
  std::string ReadAll(uint64_t position = 0) {
    DumpWriter writer(owner, {});
    std::string text;
    std::vector<char> buffer(4096);
    for (;;) {
      const absl::StatusOr<size_t> size =
          writer.ReadRecord(position, absl::MakeSpan(buffer));
      if (!size.ok() || *size == 0) return text;
      text.append(buffer.data(), *size);
    }
  }
  std::string WriteAll() {
    StringOutput out;
    PAGELAB_CHECK(DumpWriter(owner, {}).Write(out).ok());
    return out.text();
  }
  std::string ShowStacks() {
    StringOutput out;
    PAGELAB_CHECK(WriteShowStacks(owner, out).ok());
    return out.text();
  }
  std::string DumpPage(Pfn pfn) {
    std::string text;
    owner.OnDumpPage(pfn, text);
    return text;
  }

  // The pfns of the records in a dump, without those of the tracker and of
  // early boot.
  static std::vector<uint64_t> PfnsIn(const std::string& dump,
                                      std::string_view mask) {
    std::vector<uint64_t> pfns;
    size_t at = 0;
    const std::string wanted = ", mask " + std::string(mask) + "(";
    while ((at = dump.find(wanted, at)) != std::string::npos) {
      const size_t pfn = dump.find("\nPFN 0x", at) + 7;
      pfns.push_back(std::stoull(dump.substr(pfn), nullptr, 16));
      at = pfn;
    }
    return pfns;
  }

  TinyKernel kernel;
  SymbolTable symbols;
  StackDepot depot;
  HookChain hooks;
  PageExt ext;
  std::unique_ptr<PageOwner> created;
  PageOwner& owner;
  std::vector<std::string> boot_log;

 private:
  std::vector<SimAddress> frames_;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_OWNER_OWNER_FIXTURE_H_
