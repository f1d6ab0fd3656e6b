#ifndef PAGELAB_OWNER_PAGE_OWNER_PROFILE_H_
#define PAGELAB_OWNER_PAGE_OWNER_PROFILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/owner/owner_rules.h"
#include "pagelab/owner/owner_text_profile.h"

namespace pagelab {

// What a kernel version and build decide about page_owner; the defaults are the
// recorded 6.12's. Frames are "symbol+0xoffset/0xsize", innermost first.
struct PageOwnerProfile {
  OwnerRules rules = {};
  // The longest stack that is kept (page-ext-owner-depot.md 4.6).
  uint32_t stack_depth = 16;
  // The allocator's own frames above the caller of an allocation, of the
  // recorded 6.12 build: 99 of 100 recorded stacks begin with them.
  std::vector<std::string> alloc_frames = {
      "get_page_from_freelist+0x523/0x1780",
      "__alloc_pages_noprof+0x1ad/0x1160"};
  // The same of a free. No recording has the stack of a free with offsets:
  // the function is the one in the recorded traces, offset and size are those
  // of the example in text-formats.md 13.
  std::vector<std::string> free_frames = {"free_unref_page+0x2c1/0x3f0"};
  // How many frames at the top of alloc_frames are the tracker's own: those of
  // a version that skips nothing when it captures.
  uint32_t tracker_frames = 0;
  // Where a guard looks at addresses: the call chain between the allocator, as
  // the depot calls it for a pool, and the first frame of the trace that is
  // recorded, tracker's frames apart. Of an allocation and of a free.
  std::vector<std::string> nested_alloc_frames = {};
  std::vector<std::string> nested_free_frames = {};
  // The three stacks that stand for others (section 2). The dummy and the
  // early one are recorded; the calls that capture the three follow each
  // other, five bytes apart.
  std::vector<std::string> dummy_stack = {
      "register_dummy_stack+0x46/0x80", "init_page_owner+0x25/0x290",
      "mm_core_init+0xc8/0x170", "start_kernel+0x29b/0x7f0"};
  std::vector<std::string> failure_stack = {
      "register_failure_stack+0x46/0x80", "init_page_owner+0x2a/0x290",
      "mm_core_init+0xc8/0x170", "start_kernel+0x29b/0x7f0"};
  std::vector<std::string> early_stack = {
      "register_early_stack+0x46/0x80", "init_page_owner+0x2f/0x290",
      "mm_core_init+0xc8/0x170", "start_kernel+0x29b/0x7f0"};
  // What kmalloc hands out for a node of the list of stacks (section 7.1).
  uint32_t list_node_bytes = 16;
  // How the files and reports look.
  const OwnerTextProfile* text = &kOwnerText612;
};

// Of 3.19, 4.5, 4.7, 4.8, 5.10 and 6.3. Offsets and sizes of the frames are
// made up where the seeds of the specification do not show them.
PageOwnerProfile PageOwnerProfile319();
PageOwnerProfile PageOwnerProfile45();
PageOwnerProfile PageOwnerProfile47();
PageOwnerProfile PageOwnerProfile48();
PageOwnerProfile PageOwnerProfile510();
PageOwnerProfile PageOwnerProfile63();

}  // namespace pagelab

#endif  // PAGELAB_OWNER_PAGE_OWNER_PROFILE_H_
