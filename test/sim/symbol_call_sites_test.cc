#include "pagelab/sim/symbol_call_sites.h"

#include <array>
#include <string>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

struct Sites {
  SimAddress At(std::string_view frame) {
    const absl::StatusOr<SimAddress> address = symbols.InternFrame(frame);
    REQUIRE(address.ok());
    return *address;
  }
  std::string Text(std::string_view frame) {
    const std::optional<CodeTag> tag = sites.TagOf(At(frame));
    if (!tag.has_value()) return "helper";
    return tag->file + ":" + std::to_string(tag->line) + " [" + tag->module +
           "] " + tag->function;
  }
  SymbolTable symbols;
  SymbolCallSites sites{symbols};
};

TEST_CASE(
    "SymbolCallSites: a place has the function's file, and a line by "
    "the call's offset",
    "[sim][call_sites]") {
  Sites world;
  world.sites.AddSource("copy_process", "", "kernel/fork.c", 2100);
  world.sites.AddSource("poll", "nicdrv", "nicdrv.c", 10);
  CHECK(world.Text("copy_process+0x221/0x2000") ==
        "kernel/fork.c:2134 [] copy_process");
  CHECK(world.Text("copy_process+0x10/0x2000") ==
        "kernel/fork.c:2101 [] copy_process");
  CHECK(world.Text("poll+0x1b7/0x3d0 [nicdrv]") == "nicdrv.c:37 [nicdrv] poll");
  // Another module's function of that name.
  CHECK(world.Text("poll+0x1b7/0x3d0 [other]") == "unknown:439 [other] poll");
  CHECK(world.sites.HasSource("poll", "nicdrv"));
  CHECK_FALSE(world.sites.HasSource("poll", ""));
}

TEST_CASE("SymbolCallSites: compilers' suffixes are no part of a name",
          "[sim][call_sites]") {
  Sites world;
  world.sites.AddSource("mm_init.constprop.0", "", "kernel/fork.c", 1200);
  CHECK(world.Text("mm_init.constprop.0+0x20/0x200") ==
        "kernel/fork.c:1202 [] mm_init");
}

TEST_CASE("SymbolCallSites: helpers have no place", "[sim][call_sites]") {
  Sites world;
  CHECK(world.Text("alloc_pages_mpol_noprof+0x8a/0x1d0") == "helper");
  CHECK(world.Text("kmalloc_noprof.part.0+0x8a/0x1d0") == "helper");
  CHECK(world.Text("noprof_reader+0x8a/0x1d0") ==
        "unknown:138 [] noprof_reader");
}

TEST_CASE("SymbolCallSites: what has no symbol is its address",
          "[sim][call_sites]") {
  Sites world;
  CHECK(world.Text("0xffffffff81234567") == "unknown:0 [] 0xffffffff81234567");
}

TEST_CASE("SymbolCallSites: the calls of a request are its frames",
          "[sim][call_sites]") {
  Sites world;
  const std::array<SimAddress, 3> frames = {1, 2, 3};
  ExecutionContext context;
  context.frames = frames;
  std::array<SimAddress, 2> calls{};
  CHECK(world.sites.CallsOf(context, absl::MakeSpan(calls)) == 2);
  CHECK(calls == std::array<SimAddress, 2>{1, 2});
  // Without an unwinder the host's stack is not known.
  context.stack_kind = StackKind::kHost;
  CHECK(world.sites.CallsOf(context, absl::MakeSpan(calls)) == 0);
}

}  // namespace
}  // namespace pagelab
