// pagelab_count_pairs <absent|branch|static_key> <order> <pairs>
//
// Runs a fixed number of pairs and prints nothing: two runs under callgrind
// with different numbers give the instructions of one pair.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "pagelab/bench/alloc_pairs.h"
#include "pagelab/bench/bench_machine.h"

int main(int argc, char** argv) {
  using namespace pagelab;
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s absent|branch|static_key ORDER PAIRS\n",
                 argv[0]);
    return 2;
  }
  const std::string_view build = argv[1];
  const Order order(std::atoi(argv[2]));
  const auto pairs = static_cast<uint64_t>(std::atoll(argv[3]));
  Machine machine = BootForBench("qemu-2g", "");
  Task& task = machine.NewTask("bench", 1, 1);
  ExecutionContext context = machine.ContextOf(task);
  if (build == "absent") {
    hooks_absent::RunPairs(machine.state(), context, order, pairs);
  } else if (build == "branch") {
    hooks_branch::RunPairs(machine.state(), context, order, pairs);
  } else {
    hooks_static_key::RunPairs(machine.state(), context, order, pairs);
  }
  return 0;
}
