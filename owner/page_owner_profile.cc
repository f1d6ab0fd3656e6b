#include "pagelab/owner/page_owner_profile.h"

#include "pagelab/pageext/debug_profile.h"

namespace pagelab {
namespace {

// What the versions without a stack depot have in common.
PageOwnerProfile InlineProfile() {
  PageOwnerProfile profile;
  profile.rules = {.guard = RecursionGuard::kNone,
                   .inside_page_ext = true,
                   .owner_bit = page_ext_3_19::kOwner,
                   .allocated_bit = 0,
                   .records_tails = false,
                   .free_needs_handle = false,
                   .migrates_tails = false,
                   .swaps_handles = false,
                   .counts_stacks = false,
                   .registers_early_stack = false,
                   .walks_before_key = false};
  profile.stack_depth = 8;
  profile.alloc_frames = {"get_page_from_freelist+0x5a2/0x8b0",
                          "__alloc_pages_nodemask+0x134/0x230"};
  profile.free_frames = {};
  profile.dummy_stack = {};
  profile.failure_stack = {};
  profile.early_stack = {
      "init_pages_in_zone+0xe4/0x150",  "init_early_allocated_pages+0x6c/0xa0",
      "init_page_owner+0x15/0x20",      "page_ext_init+0xd2/0xe0",
      "start_kernel+0x3c7/0x4a0",       "x86_64_start_reservations+0x2a/0x2c",
      "x86_64_start_kernel+0x14a/0x16d"};
  return profile;
}

}  // namespace

PageOwnerProfile PageOwnerProfile319() {
  PageOwnerProfile profile = InlineProfile();
  profile.text = FindOwnerTextProfile("3.19");
  profile.rules.layout = RecordLayout::k319;
  profile.rules.split = SplitRule::kRecordAnew;
  profile.rules.migrates = false;
  return profile;
}

PageOwnerProfile PageOwnerProfile45() {
  PageOwnerProfile profile = InlineProfile();
  profile.text = FindOwnerTextProfile("4.5");
  profile.rules.layout = RecordLayout::k45;
  profile.rules.split = SplitRule::kRecordAnewWithMask;
  profile.rules.migrates = false;
  return profile;
}

PageOwnerProfile PageOwnerProfile47() {
  PageOwnerProfile profile = InlineProfile();
  profile.text = FindOwnerTextProfile("4.7");
  profile.rules.layout = RecordLayout::k47;
  profile.rules.split = SplitRule::kRecordAnewWithMask;
  return profile;
}

// Captures with skip 0: the trace begins with the tracker.
PageOwnerProfile PageOwnerProfile48() {
  PageOwnerProfile profile = InlineProfile();
  profile.text = FindOwnerTextProfile("4.8");
  profile.rules.layout = RecordLayout::k48;
  profile.rules.guard = RecursionGuard::kAddressTwice;
  profile.rules.split = SplitRule::kCopyHead;
  profile.stack_depth = 16;
  profile.tracker_frames = 2;
  profile.alloc_frames = {"save_stack_trace+0x1b/0x20", "save_stack+0x46/0xd0",
                          "__set_page_owner+0x2f/0x70",
                          "get_page_from_freelist+0x5a2/0x8b0",
                          "__alloc_pages_nodemask+0x134/0x230"};
  profile.nested_alloc_frames = {"depot_save_stack+0x1c2/0x480",
                                 "save_stack+0x9a/0xd0"};
  profile.dummy_stack = {"save_stack_trace+0x1b/0x20",
                         "register_dummy_stack+0x39/0x60",
                         "init_page_owner+0x1a/0x90", "page_ext_init+0xd2/0xe0",
                         "start_kernel+0x3c7/0x4a0"};
  profile.failure_stack = {
      "save_stack_trace+0x1b/0x20", "register_failure_stack+0x39/0x60",
      "init_page_owner+0x1f/0x90", "page_ext_init+0xd2/0xe0",
      "start_kernel+0x3c7/0x4a0"};
  profile.early_stack = {
      "save_stack_trace+0x1b/0x20",      "save_stack+0x46/0xd0",
      "__set_page_owner+0x2f/0x70",      "init_pages_in_zone+0xe4/0x150",
      "init_page_owner+0x6c/0x90",       "page_ext_init+0xd2/0xe0",
      "start_kernel+0x3c7/0x4a0",        "x86_64_start_reservations+0x2a/0x2c",
      "x86_64_start_kernel+0x14a/0x16d",
  };
  return profile;
}

PageOwnerProfile PageOwnerProfile510() {
  PageOwnerProfile profile;
  profile.text = FindOwnerTextProfile("5.10");
  profile.rules = {.layout = RecordLayout::k510,
                   .guard = RecursionGuard::kAddressOnce,
                   .free_needs_handle = false,
                   .migrates_tails = false,
                   .swaps_handles = false,
                   .counts_stacks = false,
                   .walks_before_key = false};
  profile.alloc_frames = {"get_page_from_freelist+0x1a2/0x17f0",
                          "__alloc_pages_nodemask+0x161/0x310"};
  profile.free_frames = {"free_unref_page+0x72/0xb0"};
  profile.nested_alloc_frames = {"stack_depot_save+0x3a3/0x4f0",
                                 "save_stack+0x8a/0xb0",
                                 "__set_page_owner+0x38/0x70"};
  profile.nested_free_frames = {"stack_depot_save+0x3a3/0x4f0",
                                "save_stack+0x8a/0xb0",
                                "__reset_page_owner+0x21/0x90"};
  profile.dummy_stack = {
      "register_dummy_stack+0x2d/0x47", "init_page_owner+0x2a/0x2d2",
      "page_ext_init+0x1c1/0x1ce", "kernel_init_freeable+0x1d6/0x2a4"};
  profile.failure_stack = {
      "register_failure_stack+0x2d/0x47", "init_page_owner+0x2f/0x2d2",
      "page_ext_init+0x1c1/0x1ce", "kernel_init_freeable+0x1d6/0x2a4"};
  profile.early_stack = {
      "register_early_stack+0x2d/0x47", "init_page_owner+0x34/0x2d2",
      "page_ext_init+0x1c1/0x1ce", "kernel_init_freeable+0x1d6/0x2a4"};
  return profile;
}

PageOwnerProfile PageOwnerProfile63() {
  PageOwnerProfile profile;
  profile.text = FindOwnerTextProfile("6.3");
  profile.rules = {.layout = RecordLayout::k63,
                   .free_needs_handle = false,
                   .migrates_tails = false,
                   .swaps_handles = false,
                   .counts_stacks = false,
                   .walks_before_key = false};
  profile.alloc_frames = {"prep_new_page+0xa5/0x110",
                          "get_page_from_freelist+0x1a2/0x17f0",
                          "__alloc_pages+0x17f/0x330"};
  profile.free_frames = {"free_unref_page+0x2a/0x180"};
  profile.dummy_stack = {"register_dummy_stack+0x46/0x80",
                         "init_page_owner+0x25/0x2a0", "mm_init+0xc8/0x110",
                         "start_kernel+0x29b/0x7f0"};
  profile.failure_stack = {"register_failure_stack+0x46/0x80",
                           "init_page_owner+0x2a/0x2a0", "mm_init+0xc8/0x110",
                           "start_kernel+0x29b/0x7f0"};
  profile.early_stack = {"register_early_stack+0x46/0x80",
                         "init_page_owner+0x2f/0x2a0", "mm_init+0xc8/0x110",
                         "start_kernel+0x29b/0x7f0"};
  return profile;
}

}  // namespace pagelab
