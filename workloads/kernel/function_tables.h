// The simulated kernel's functions, ways in and source places are tables, one
// for each part of the kernel; these are all of them together.

#ifndef PAGELAB_WORKLOADS_KERNEL_FUNCTION_TABLES_H_
#define PAGELAB_WORKLOADS_KERNEL_FUNCTION_TABLES_H_

#include "absl/types/span.h"
#include "pagelab/stackdepot/kernel_function.h"
#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/kernel/source_places.h"

namespace pagelab {

struct FunctionTable {
  absl::Span<const KernelFunction> functions;
  absl::Span<const KernelPath> paths;
  absl::Span<const SourcePlace> places;
};

// What function_table.cc, kernel_path.cc and source_places.cc have.
absl::Span<const KernelFunction> CoreFunctions();
absl::Span<const KernelPath> CorePaths();
absl::Span<const SourcePlace> CorePlaces();

// Swapping in, fork(2).
FunctionTable ProcessFunctions();
// Slabs, vmalloc, drivers, CMA, huge pages.
FunctionTable KernelMemoryFunctions();

// tmpfs: fallocate(2), swapping in.
FunctionTable FileFunctions();

// Page fragments of sockets and drivers.
FunctionTable NetworkFunctions();

// All of them, in an order that stays.
absl::Span<const FunctionTable> FunctionTables();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_FUNCTION_TABLES_H_
