// Boots a small machine, allocates a block, and prints what page_owner knows.

#include <iostream>

#include "pagelab/base/output_stream.h"
#include "pagelab/sim/machine.h"

namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

absl::Status PrintOwners() {
  pagelab::MachineConfig config;
  config.name = "example";
  config.memory_map = {{.range = {.begin = 0, .end = 0x9f000}},
                       {.range = {.begin = kMiB, .end = 64 * kMiB}}};
  config.command_line = "page_owner=on";
  absl::StatusOr<pagelab::Machine> machine = pagelab::Machine::Boot(config);
  if (!machine.ok()) return machine.status();

  pagelab::Task& task = machine->NewTask("example", 42, 42);
  pagelab::ExecutionContext context = machine->ContextOf(task);
  const pagelab::Order order(3);
  pagelab::Page* page =
      machine->AllocPages(context, pagelab::gfp::kKernel, order);
  if (page == nullptr) return absl::ResourceExhaustedError("out of memory");

  auto file = machine->File("/sys/kernel/debug/page_owner");
  if (!file.ok()) return file.status();
  pagelab::StringOutput dump;
  const absl::Status dumped = (*file)->Dump(dump);
  std::cout << dump.text();
  machine->FreePages(context, page, order);
  return dumped;
}

}  // namespace

int main() {
  const absl::Status status = PrintOwners();
  if (!status.ok()) std::cerr << status << '\n';
  return status.ok() ? 0 : 1;
}
