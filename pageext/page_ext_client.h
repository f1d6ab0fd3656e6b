#ifndef PAGELAB_PAGEEXT_PAGE_EXT_CLIENT_H_
#define PAGELAB_PAGEEXT_PAGE_EXT_CLIENT_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "pagelab/alloc/execution_context.h"

namespace pagelab {

// Somebody who keeps a few bytes for every page of the machine. Registered
// once, before PageExt::Init(); there is no registration at run time.
// Kernel counterpart: struct page_ext_operations (page-ext-owner-depot.md 1.1).
struct PageExtClient {
  std::string name;
  // Bytes per page; 0 for a client that only uses the shared flags. Its place
  // gets no padding: a client picks a size that keeps the next one aligned.
  uint32_t size = 0;
  // Wants the flags word that all clients share in front of the entry.
  bool need_shared_flags = false;
  // Mandatory. Whether this boot wants the client; asked once per pass.
  std::function<bool()> need;
  // Optional. Runs when the tables exist, for every client, wanted or not.
  std::function<absl::Status(ExecutionContext&)> init;
};

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_PAGE_EXT_CLIENT_H_
