#include "pagelab/pageext/alloc_tagging.h"

#include <optional>
#include <string>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

using Counters = AllocTagging::Counters;

// Call 7 is inside a helper; call n is line n of drv.c, from 100 on in a
// module.
class NumberedCalls : public CallSites {
 public:
  static constexpr SimAddress kHelperCall = 7;

  size_t CallsOf(const ExecutionContext& context,
                 absl::Span<SimAddress> calls) const override {
    const size_t count = std::min(calls.size(), context.frames.size());
    std::copy_n(context.frames.begin(), count, calls.begin());
    return count;
  }
  std::optional<CodeTag> TagOf(SimAddress call) const override {
    if (call == kHelperCall) return std::nullopt;
    return CodeTag{.file = "drv.c",
                   .line = static_cast<uint32_t>(call),
                   .module = call >= 100 ? "drv" : "",
                   .function = "f" + std::to_string(call)};
  }
};

struct TagWorld {
  explicit TagWorld(MemProfiling mode = MemProfiling::kOn)
      : ext({kernel.state, kernel, kernel.log}),
        hooks(kernel.state),
        tagging({kernel.state, hooks, ext, calls}, mode) {}

  void Boot() {
    REQUIRE(tagging.Attach().ok());
    REQUIRE(ext.Init(kernel.context).ok());
  }
  Pfn Alloc(std::vector<SimAddress> frames, int order) {
    kernel.context.frames = frames;
    const Pfn head = *kernel.AllocBlock(kernel.context, gfp::kKernel,
                                        Order(order), NodeId());
    kernel.context.frames = {};
    return head;
  }
  void Free(Pfn head, int order) {
    kernel.FreeBlock(kernel.context, head, Order(order));
  }
  Counters Of(std::string_view function) const {
    return tagging.CountersOf(function);
  }

  NumberedCalls calls;
  TinyKernel kernel;
  PageExt ext;
  HookChain hooks;
  AllocTagging tagging;
};

TEST_CASE("AllocTagging: bytes and calls go up and down by place",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  CHECK(world.ext.entry_size() == 8);
  const Pfn a = world.Alloc({1, 2}, 0);
  const Pfn b = world.Alloc({1}, 3);
  const Pfn c = world.Alloc({2, 1}, 0);
  CHECK(world.Of("f1") == Counters{9 * 4096, 2});
  CHECK(world.Of("f2") == Counters{4096, 1});
  world.Free(b, 3);
  CHECK(world.Of("f1") == Counters{4096, 1});
  world.Free(a, 0);
  world.Free(c, 0);
  CHECK(world.Of("f1") == Counters());
  CHECK(world.Of("f2") == Counters());
}

TEST_CASE("AllocTagging: helpers are counted for their callers",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  world.Alloc({7, 7, 3, 4}, 0);
  CHECK(world.Of("f3") == Counters{4096, 1});
  CHECK(world.Of("f4") == Counters());
  // Nobody else: unknown.
  world.Alloc({7, 7}, 0);
  world.Alloc({}, 1);
  CHECK(world.Of("unknown") == Counters{3 * 4096, 2});
}

TEST_CASE("AllocTagging: parts of the kernel say who they are",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  {
    const AllocSiteScope depot(world.kernel.context, AllocSite::kStackDepot);
    world.Alloc({1}, 2);
    {
      const AllocSiteScope slab(world.kernel.context, AllocSite::kSlab);
      world.Alloc({1}, 0);
    }
    world.Alloc({1}, 0);
  }
  world.Alloc({1}, 0);
  CHECK(world.Of("stack_depot_save_flags") == Counters{5 * 4096, 2});
  CHECK(world.Of("new_slab") == Counters{4096, 1});
  CHECK(world.Of("f1") == Counters{4096, 1});
}

TEST_CASE("AllocTagging: only the head refers to its tag",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  const Pfn head = world.Alloc({5}, 2);
  REQUIRE(world.tagging.TagOf(head) != nullptr);
  CHECK(world.tagging.TagOf(head)->function == "f5");
  CHECK(world.tagging.TagOf(head)->line == 5);
  CHECK(world.tagging.TagOf(head + PageCount(1)) == nullptr);
  world.Free(head, 2);
  CHECK(world.tagging.TagOf(head) == nullptr);
}

TEST_CASE("AllocTagging: a split makes a call of each piece",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  const Pfn head = world.Alloc({5}, 3);
  world.kernel.state.hooks->OnSplit(head, Order(3), Order(1));
  CHECK(world.Of("f5") == Counters{8 * 4096, 4});
  CHECK(world.tagging.TagOf(head + PageCount(2)) != nullptr);
  CHECK(world.tagging.TagOf(head + PageCount(3)) == nullptr);
  for (uint64_t i = 0; i < 8; i += 2) {
    world.tagging.OnFree(world.kernel.context, head + PageCount(i), Order(1));
  }
  CHECK(world.Of("f5") == Counters());
}

TEST_CASE("AllocTagging: a migration swaps the tags",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  const Pfn from = world.Alloc({1}, 0);
  const Pfn to = world.Alloc({2}, 0);
  world.kernel.state.hooks->OnMigrate(world.kernel.context, from, to);
  CHECK(world.tagging.TagOf(to)->function == "f1");
  CHECK(world.tagging.TagOf(from)->function == "f2");
  world.Free(from, 0);
  CHECK(world.Of("f1") == Counters{4096, 1});
  CHECK(world.Of("f2") == Counters());
  // With a page that has no tag nothing is swapped.
  world.tagging.OnMigrate(world.kernel.context, from, to);
  CHECK(world.tagging.TagOf(to)->function == "f1");
}

TEST_CASE("AllocTagging: of a block whose first page stays, that page stays",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  const Pfn head = world.Alloc({1}, 2);
  world.kernel.state.hooks->OnFreeAllButFirst(head, Order(2));
  CHECK(world.Of("f1") == Counters{4096, 1});
  world.tagging.OnFree(world.kernel.context, head + PageCount(2), Order(1));
  world.tagging.OnFree(world.kernel.context, head + PageCount(1), Order(0));
  CHECK(world.Of("f1") == Counters{4096, 1});
  world.tagging.OnFree(world.kernel.context, head, Order(0));
  CHECK(world.Of("f1") == Counters());
}

TEST_CASE("AllocTagging: what was there before page_ext is not counted",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  REQUIRE(world.tagging.Attach().ok());
  const Pfn early = world.Alloc({1}, 0);
  CHECK(world.Of("f1") == Counters());
  REQUIRE(world.ext.Init(world.kernel.context).ok());
  world.Free(early, 0);
  CHECK(world.Of("f1") == Counters());
}

TEST_CASE("AllocTagging: page_ext's tables lie where there is none yet",
          "[pageext][alloc_tagging]") {
  // Both are taken from the end of memory, and that section's table is last.
  TagWorld world;
  world.Boot();
  CHECK(world.ext.nr_memmap_pages() == PageCount(2 * 64));
  CHECK(world.Of("alloc_page_ext") == Counters());
  CHECK(world.Of("unknown") == Counters());
}

TEST_CASE("AllocTagging: allocinfo as 6.12 prints it",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  world.tagging.AddTag(101, *world.calls.TagOf(101));
  world.tagging.AddTag(4, *world.calls.TagOf(4));
  world.tagging.AddTag(100, *world.calls.TagOf(100));
  world.Alloc({101}, 10);
  world.Alloc({100}, 0);
  world.Alloc({2}, 0);
  std::string text;
  world.tagging.AppendAllocinfo(text);
  CHECK(text ==
        "allocinfo - version: 1.0\n"
        "#     <size>  <calls> <tag info>\n"
        "           0        0 mm/page_ext.c:270 func:alloc_page_ext \n"
        "           0        0 lib/stackdepot.c:627 "
        "func:stack_depot_save_flags \n"
        "           0        0 mm/slub.c:2404 func:new_slab \n"
        "           0        0 drv.c:4 func:f4 \n"
        "        4096        1 drv.c:2 func:f2 \n"
        "     4194304        1 drv.c:101 [drv] func:f101 \n"
        "        4096        1 drv.c:100 [drv] func:f100 \n");
}

TEST_CASE("AllocTagging: one place is one tag, however it is reached",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  world.tagging.AddTag(200, *world.calls.TagOf(1));
  world.Alloc({200}, 0);
  world.Alloc({1}, 0);
  CHECK(world.Of("f1") == Counters{2 * 4096, 2});
  std::string text;
  world.tagging.AppendAllocinfo(text);
  CHECK(text.find("func:f1") == text.rfind("func:f1"));
}

TEST_CASE("AllocTagging: off and on again, what was freed meanwhile stays",
          "[pageext][alloc_tagging]") {
  TagWorld world(MemProfiling::kOff);
  world.Boot();
  // Memory is set aside, since it may be turned on.
  CHECK(world.ext.entry_size() == 8);
  const Pfn before = world.Alloc({1}, 0);
  CHECK(world.Of("f1") == Counters());
  world.tagging.set_enabled(true);
  world.Free(before, 0);
  const Pfn counted = world.Alloc({2}, 0);
  CHECK(world.Of("f2") == Counters{4096, 1});
  world.tagging.set_enabled(false);
  world.Free(counted, 0);
  world.tagging.set_enabled(true);
  CHECK(world.Of("f2") == Counters{4096, 1});
}

TEST_CASE("AllocTagging: never needs no memory and does not watch",
          "[pageext][alloc_tagging]") {
  TagWorld world(MemProfiling::kNever);
  world.Boot();
  CHECK_FALSE(world.ext.active());
  CHECK(world.kernel.state.hooks == nullptr);
  CHECK(world.kernel.log.lines.empty());
}

TEST_CASE("AllocTagging: a checkpoint brings counts and tags back",
          "[pageext][alloc_tagging]") {
  TagWorld world;
  world.Boot();
  const Pfn kept = world.Alloc({1}, 0);
  const AllocTagging::Checkpoint saved = world.tagging.Save();
  const PhysicalMemory::Checkpoint memory = world.kernel.memory->Save();
  world.Alloc({2}, 0);
  world.Free(kept, 0);
  world.tagging.set_enabled(false);

  world.kernel.memory->Restore(memory);
  world.tagging.Restore(saved);
  CHECK(world.tagging.enabled());
  CHECK(world.Of("f1") == Counters{4096, 1});
  std::string text;
  world.tagging.AppendAllocinfo(text);
  CHECK(text.find("f2") == std::string::npos);
  world.tagging.OnFree(world.kernel.context, kept, Order(0));
  CHECK(world.Of("f1") == Counters());
}

}  // namespace
}  // namespace pagelab
