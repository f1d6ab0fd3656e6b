#include "pagelab/bench/instruction_counter.h"

#include <optional>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

#if defined(__x86_64__)

// Of `work` beyond that of a function with nothing in it. Nothing where traps
// do not happen: under valgrind.
template <typename Work>
std::optional<InstructionCount> CountBeyondEmpty(const Work& work) {
  const auto count = CountInstructions(work);
  const auto empty = CountInstructions([] { asm volatile(""); });
  if (!count.ok() || !empty.ok()) return std::nullopt;
  return InstructionCount{
      .instructions = count->instructions - empty->instructions,
      .branches = count->branches - empty->branches};
}

TEST_CASE("CountInstructions: plain instructions are counted one by one",
          "[bench][instruction_counter]") {
  const auto count = CountBeyondEmpty(
      [] { asm volatile("nop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop"); });
  if (!count.has_value()) return;
  CHECK(count->instructions == 7);
  CHECK(count->branches == 0);
}

TEST_CASE("CountInstructions: taken and other jumps, calls and returns count",
          "[bench][instruction_counter]") {
  const auto count = CountBeyondEmpty([] {
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\t"
        "jmp 1f\n\t"
        "nop\n"
        "1: call 2f\n\t"
        "jmp 3f\n"
        "2: ret\n"
        "3: cmp %%esp, %%esp\n\t"
        "jne 4f\n\t"
        "je 4f\n\t"
        "nop\n"
        "4: jne 5f\n\t"
        "jmp 6f\n\t"
        ".skip 200, 0x90\n"
        "5: nop\n"
        "6:\n\t"
        "lea 128(%%rsp), %%rsp" ::
            : "memory", "cc");
  });
  if (!count.has_value()) return;
  // lea, jmp, call, ret, jmp, cmp, jne, je, the far jne, jmp, lea.
  CHECK(count->instructions == 11);
  CHECK(count->branches == 8);
}

TEST_CASE("CountInstructions: a repeated string instruction is one",
          "[bench][instruction_counter]") {
  const auto copy = [](size_t bytes) {
    return CountBeyondEmpty([bytes] {
      char from[256] = {};
      char to[256];
      const char* source = from;
      char* target = to;
      size_t left = bytes;
      asm volatile("rep movsb"
                   : "+S"(source), "+D"(target), "+c"(left)::"memory");
    });
  };
  const auto one = copy(1);
  const auto many = copy(200);
  if (!one.has_value() || !many.has_value()) return;
  CHECK(one->instructions > 0);
  CHECK(many->instructions == one->instructions);
}

TEST_CASE("CountInstructions: the same work counts the same each time",
          "[bench][instruction_counter]") {
  const auto work = [] {
    for (int i = 0; i < 50; ++i) asm volatile("nop");
  };
  const auto first = CountInstructions(work);
  const auto second = CountInstructions(work, /*rehearsals=*/2);
  if (!first.ok()) return;
  CHECK(first->instructions >= 100);
  CHECK(first->branches >= 50);
  CHECK(second->instructions == first->instructions);
  CHECK(second->branches == first->branches);
}

#endif

TEST_CASE("CountInstructions: the work runs once, and once a rehearsal",
          "[bench][instruction_counter]") {
  int runs = 0;
  const auto work = [&runs] { ++runs; };
  const auto count = CountInstructions(work);
  CHECK(runs == 1);
  if (!count.ok()) return;
  REQUIRE(CountInstructions(work, /*rehearsals=*/3).ok());
  CHECK(runs == 5);
}

}  // namespace
}  // namespace pagelab
