#include "pagelab/workloads/scripted_stack.h"

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

StackFrame Frame(std::string function) {
  StackFrame frame;
  frame.position = {3, 7};
  frame.function = std::move(function);
  return frame;
}

std::string TextOf(const StackFrame& frame) {
  Scenario scenario;
  scenario.file = "x.json";
  ScriptedStack stack;
  stack.frames = {frame};
  SymbolTable symbols;
  const auto frames = ResolveStack(scenario, stack, symbols);
  if (!frames.ok()) return std::string(FromAbsl(frames.status().message()));
  REQUIRE(frames->size() == 1);
  return symbols.ToText(frames->front());
}

TEST_CASE("ScriptedStack: a whole frame prints as it was written",
          "[workloads][scripted_stack]") {
  StackFrame frame = Frame("my_probe");
  frame.offset = 0x1c;
  frame.size = 0x80;
  frame.module = "drv";
  CHECK(TextOf(frame) == "my_probe+0x1c/0x80 [drv]");
}

TEST_CASE("ScriptedStack: a known function completes itself",
          "[workloads][scripted_stack]") {
  CHECK(TextOf(Frame("vma_alloc_folio_noprof")) ==
        "vma_alloc_folio_noprof+0x6c/0xd0");
}

TEST_CASE("ScriptedStack: what is left open has a fixed default",
          "[workloads][scripted_stack]") {
  CHECK(TextOf(Frame("my_probe")) == "my_probe+0x80/0x100");
  StackFrame frame = Frame("my_probe");
  frame.offset = 0x123;
  CHECK(TextOf(frame) == "my_probe+0x123/0x200");
}

TEST_CASE("ScriptedStack: a frame that cannot be is an error with its place",
          "[workloads][scripted_stack]") {
  StackFrame frame = Frame("my_probe");
  frame.offset = 0x90;
  frame.size = 0x80;
  CHECK_THAT(TextOf(frame), ContainsText("x.json:3:7: ") &&
                                ContainsText("offset must be below the size"));
}

TEST_CASE("ScriptedStack: a task without a stack has a thread of its own",
          "[workloads][scripted_stack]") {
  SymbolTable symbols;
  const std::vector<SimAddress> frames = OwnStack("9-lives x", symbols);
  REQUIRE(frames.size() == 5);
  CHECK(symbols.ToText(frames[1]) == "_9_lives_x_thread+0x80/0x100 [scenario]");
}

}  // namespace
}  // namespace pagelab
