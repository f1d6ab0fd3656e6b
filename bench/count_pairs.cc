// pagelab_count_pairs <absent|branch|static_key|interned|tracked> <order>
// <pairs>: with page_owner off, or on with the stack given or captured.
//
// Runs a fixed number of pairs and prints nothing: two runs under callgrind
// with different numbers give the instructions of one pair.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "pagelab/bench/bench_machine.h"
#include "pagelab/bench/page_traffic.h"

int main(int argc, char** argv) {
  using namespace pagelab;
  if (argc != 4) {
    std::fprintf(
        stderr,
        "usage: %s absent|branch|static_key|interned|tracked ORDER PAIRS\n",
        argv[0]);
    return 2;
  }
  const std::string_view build = argv[1];
  const Order order(std::atoi(argv[2]));
  const auto pairs = static_cast<uint64_t>(std::atoll(argv[3]));
  const bool interned = build == "interned";
  const bool tracked = interned || build == "tracked";
  Machine machine = BootForBench("qemu-2g", tracked ? "page_owner=on" : "");
  Task& task = machine.NewTask("bench", 1, 1);
  ExecutionContext context = machine.ContextOf(task);
  context.frames = DriverStack(machine);
  if (interned) {
    context.interned =
        machine.page_owner()->InternAlloc(context, gfp::kKernel).value();
    context.stack_kind = StackKind::kInterned;
  }
  const TrafficSource source{machine.state(), context};
  const AllocRequest request{.gfp = gfp::kKernel, .order = order};
  if (build == "absent") {
    hooks_absent::RepeatPairs(source, request, pairs);
  } else if (build == "branch") {
    hooks_branch::RepeatPairs(source, request, pairs);
  } else {
    hooks_static_key::RepeatPairs(source, request, pairs);
  }
  return 0;
}
