#include "pagelab/stackdepot/host_stack.h"

#include <array>
#include <string>
#include <vector>

#include "pagelab/stackdepot/unwinder.h"
#include "pagelab/test/stackdepot/host_stack_sample.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/death.h"

namespace pagelab {
namespace {

std::vector<SimAddress> Translate(const HostStackTranslator& translator,
                                  const SymbolTable& symbols,
                                  absl::Span<const uintptr_t> host,
                                  size_t depth = 16) {
  std::vector<SimAddress> frames(depth);
  frames.resize(translator.Translate(host, symbols, absl::MakeSpan(frames)));
  return frames;
}

absl::Span<const uintptr_t> Captured(const SampleCapture& capture) {
  return absl::MakeSpan(capture.frames).first(capture.nr_frames);
}

// Two functions at host addresses that are only numbers.
constexpr HostTextRange kSection{.begin = 0x1000, .end = 0x3000};
constexpr std::array<KernelCall, 1> kOuterCalls = {
    {{.callee = "inner", .offset = 0x8}}};

std::vector<KernelFunction> TwoFunctions() {
  return {{.name = "outer",
           .host = 0x2000,
           .size = 0x40,
           .allocator_call = 0x10,
           .calls = kOuterCalls},
          {.name = "inner",
           .host = 0x1000,
           .size = 0x20,
           .allocator_call = 0x18,
           .calls = {}}};
}

std::string CreateError(const std::vector<KernelFunction>& functions) {
  SymbolTable symbols;
  return std::string(HostStackTranslator::Create(functions, kSection, symbols)
                         .status()
                         .message());
}

TEST_CASE("HostStack: a real call chain has the listed addresses",
          "[stackdepot][host_stack]") {
  // The same from every compiler and at every optimisation level.
  SymbolTable symbols;
  const auto translator = HostStackTranslator::Create(
      SampleFunctions(), KernelFunctionSection(), symbols);
  REQUIRE(translator.ok());
  SampleCapture capture;
  SampleProbe(capture);
  const std::vector<SimAddress> frames =
      Translate(*translator, symbols, Captured(capture));
  CHECK(frames ==
        std::vector<SimAddress>{0xffffffff8100001f, 0xffffffffc000005a});
  std::string text;
  symbols.AppendTrace(text, frames, 0);
  CHECK(text ==
        " sample_alloc_ring+0x1f/0x90\n"
        " sample_probe+0x5a/0x120 [sample]\n");
}

TEST_CASE("HostStack: a function that calls itself is there each time",
          "[stackdepot][host_stack]") {
  SymbolTable symbols;
  const auto translator = HostStackTranslator::Create(
      SampleFunctions(), KernelFunctionSection(), symbols);
  REQUIRE(translator.ok());
  SampleCapture capture;
  SampleWalk(capture, 3);
  CHECK(Translate(*translator, symbols, Captured(capture)) ==
        std::vector<SimAddress>{0xffffffff8100001f, 0xffffffff810000d4,
                                0xffffffff810000c3, 0xffffffff810000c3});
  // Only as many as asked for, the innermost.
  CHECK(Translate(*translator, symbols, Captured(capture), 2) ==
        std::vector<SimAddress>{0xffffffff8100001f, 0xffffffff810000d4});
}

TEST_CASE("HostStack: frames of the host are left out",
          "[stackdepot][host_stack]") {
  SymbolTable symbols;
  const auto translator =
      HostStackTranslator::Create(TwoFunctions(), kSection, symbols);
  REQUIRE(translator.ok());
  const std::vector<uintptr_t> host = {0x500,  0x1234, 0x777,
                                       0x5000, 0x2345, 0x3001};
  // outer comes first in the list, so first in the simulated text.
  CHECK(Translate(*translator, symbols, host) ==
        std::vector<SimAddress>{0xffffffff81000058, 0xffffffff81000008});
}

TEST_CASE("HostStack: a return address behind a function is still its own",
          "[stackdepot][host_stack]") {
  SymbolTable symbols;
  const auto translator =
      HostStackTranslator::Create(TwoFunctions(), kSection, symbols);
  REQUIRE(translator.ok());
  const std::vector<uintptr_t> inner_end = {0x2000};
  CHECK(Translate(*translator, symbols, inner_end) ==
        std::vector<SimAddress>{0xffffffff81000058});
  const std::vector<uintptr_t> section_end = {0x3000};
  CHECK(Translate(*translator, symbols, section_end) ==
        std::vector<SimAddress>{0xffffffff81000010});
  const std::vector<uintptr_t> section_begin = {0x1000};
  CHECK(Translate(*translator, symbols, section_begin).empty());
}

TEST_CASE("HostStack: a copy of the symbol table translates alike",
          "[stackdepot][host_stack]") {
  SymbolTable symbols;
  const auto translator =
      HostStackTranslator::Create(TwoFunctions(), kSection, symbols);
  REQUIRE(translator.ok());
  const SymbolTable copy = symbols;
  const std::vector<uintptr_t> host = {0x1234, 0x2345};
  CHECK(Translate(*translator, copy, host) ==
        Translate(*translator, symbols, host));
}

TEST_CASE("HostStack: a call that is not listed is a failed check",
          "[stackdepot][host_stack]") {
  SymbolTable symbols;
  const auto translator =
      HostStackTranslator::Create(TwoFunctions(), kSection, symbols);
  REQUIRE(translator.ok());
  const std::vector<uintptr_t> host = {0x2345, 0x1234};
  CHECK_THAT(
      DeathMessage([&] { Translate(*translator, symbols, host); }),
      ContainsText("inner calls outer") && ContainsText("a listed call"));
}

TEST_CASE("HostStack: a wrong list of functions is refused",
          "[stackdepot][host_stack]") {
  std::vector<KernelFunction> functions = TwoFunctions();
  SECTION("twice the name") {
    functions[1].name = "outer";
    CHECK(CreateError(functions) ==
          "kernel function \"outer\": is listed twice");
  }
  SECTION("twice the host function") {
    functions[1].host = 0x2000;
    CHECK(CreateError(functions) ==
          "kernel functions \"outer\" and \"inner\" are the same host "
          "function");
  }
  SECTION("outside of the section") {
    functions[0].host = 0x3000;
    CHECK(CreateError(functions) ==
          "kernel function \"outer\": lies outside the section of kernel "
          "functions");
  }
  SECTION("a call of something else") {
    functions.pop_back();
    CHECK(CreateError(functions) ==
          "kernel function \"outer\": calls \"inner\", which is not listed");
  }
  SECTION("a call site outside of the function") {
    functions[0].size = 0x8;
    functions[0].allocator_call = 0x4;
    CHECK(CreateError(functions) ==
          "outer calls inner at offset 0x8: must be above 0 and below the "
          "size 0x8");
  }
  SECTION("no way into the allocator") {
    functions[1].allocator_call = 0;
    CHECK(CreateError(functions) ==
          "kernel function \"inner\": enters the allocator at offset 0x0: must "
          "be above 0 and below the size 0x20");
  }
}

TEST_CASE("Unwinder: a capture is never longer than the room for it",
          "[stackdepot][unwinder]") {
  std::array<uintptr_t, 2> frames{};
  CHECK(LibunwindUnwinder().Capture(absl::MakeSpan(frames)) == 2);
  CHECK(LibunwindUnwinder().Capture({}) == 0);
}

TEST_CASE("HostStack: frame pointers give the stack that unwind tables give",
          "[stackdepot][host_stack]") {
  const Unwinder* by_frame_pointers = FramePointerUnwinder();
#if defined(__x86_64__)
  REQUIRE(by_frame_pointers != nullptr);
  SymbolTable symbols;
  const auto translator = HostStackTranslator::Create(
      SampleFunctions(), KernelFunctionSection(), symbols);
  REQUIRE(translator.ok());
  SampleCapture tables;
  SampleCapture pointers;
  pointers.unwinder = by_frame_pointers;
  for (const int depth : {1, 5, 40}) {
    CAPTURE(depth);
    SampleWalk(tables, depth);
    SampleWalk(pointers, depth);
    const std::vector<SimAddress> expected =
        Translate(*translator, symbols, Captured(tables), 64);
    CHECK(expected.size() == static_cast<size_t>(depth) + 1);
    CHECK(Translate(*translator, symbols, Captured(pointers), 64) == expected);
  }
  std::array<uintptr_t, 2> few;
  CHECK(by_frame_pointers->Capture(absl::MakeSpan(few)) == 2);
  CHECK(by_frame_pointers->Capture({}) == 0);
#else
  // A walk would be silently wrong.
  CHECK(by_frame_pointers == nullptr);
#endif
}

}  // namespace
}  // namespace pagelab
