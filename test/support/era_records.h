// One page_owner record of each kernel version: the examples of
// page-ext-owner-depot.md 6.3 and text-formats.md 3, where 4.5, 4.8 and 5.10
// are composed after the table there.

#ifndef PAGELAB_TEST_SUPPORT_ERA_RECORDS_H_
#define PAGELAB_TEST_SUPPORT_ERA_RECORDS_H_

#include <string_view>

namespace pagelab::era_records {

inline constexpr std::string_view k319 =
    "Page allocated via order 0, mask 0x280da\n"
    "PFN 4096 Block 8 type 2          Flags    U LA     \n"
    " [<ffffffff8115a0b1>] alloc_pages_vma+0x91/0x100\n"
    "\n";
inline constexpr std::string_view k319Fallback =
    "Page allocated via order 0, mask 0xd0\n"
    "PFN 4097 Block 8 type 2 Fallback Flags             \n"
    " [<ffffffff8115a0b1>] alloc_pages_current+0x91/0x100\n"
    "\n";
inline constexpr std::string_view k45 =
    "Page allocated via order 0, mask 0x24280ca\n"
    "PFN 4096 Block 8 type 1          Flags    U LA     \n"
    " [<ffffffff8115a0b1>] alloc_pages_vma+0x91/0x100\n"
    "\n";
inline constexpr std::string_view k47 =
    "Page allocated via order 0, mask 0x24200ca(GFP_HIGHUSER_MOVABLE)\n"
    "PFN 628753 type Movable Block 1228 type Movable Flags "
    "0x1fffff80040030(dirty|lru|swapbacked)\n"
    " [<ffffffff811682c4>] __alloc_pages_nodemask+0x134/0x230\n"
    "Page has been migrated, last migrate reason: compaction\n"
    "\n";
inline constexpr std::string_view k48 =
    "Page allocated via order 9, mask 0x4342ca(GFP_TRANSHUGE)\n"
    "PFN 628736 type Movable Block 1228 type Movable Flags "
    "0x1fffff80044038(uptodate|dirty|lru|head|swapbacked)\n"
    " [<ffffffff811682c4>] __alloc_pages_nodemask+0x134/0x230\n"
    "Page has been migrated, last migrate reason: cma\n"
    "\n";
inline constexpr std::string_view k510 =
    "Page allocated via order 0, mask 0xa20(GFP_ATOMIC)\n"
    "PFN 628753 type Unmovable Block 1228 type Movable Flags "
    "0x17ffffc0000200(slab)\n"
    " __alloc_pages_nodemask+0x134/0x230\n"
    "Page has been migrated, last migrate reason: contig_range\n"
    "\n";
inline constexpr std::string_view k63 =
    "Page allocated via order 3, mask 0xd20c0(__GFP_IO|__GFP_FS|__GFP_NOWARN|"
    "__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC), pid 1, tgid 1 (swapper/0), ts "
    "120034567 ns, free_ts 0 ns\n"
    "PFN 4104 type Unmovable Block 8 type Unmovable Flags "
    "0x17ffffc0010200(slab|head|node=0|zone=2|lastcpupid=0x1fffff)\n"
    " prep_new_page+0xa5/0x110\n"
    " get_page_from_freelist+0x1a2/0x17f0\n"
    "Slab cache page\n"
    "\n";
inline constexpr std::string_view k612 =
    "Page allocated via order 0, mask "
    "0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), pid 4711, tgid 4700 "
    "(worker-3), ts 81233445566 ns\n"
    "PFN 0x7a3c1 type Movable Block 977 type Movable Flags "
    "0x17ffffc0020838(uptodate|dirty|lru|owner_2|swapbacked|node=0|zone=2|"
    "lastcpupid=0x1fffff)\n"
    " post_alloc_hook+0x10c/0x130\n"
    " get_page_from_freelist+0x1a2b/0x1b60\n"
    " __alloc_pages_noprof+0x18d/0x350\n"
    " vma_alloc_folio_noprof+0x9e/0x110\n"
    " do_anonymous_page+0x1f3/0x7c0\n"
    "Page has been migrated, last migrate reason: compaction\n"
    "Charged to memcg app.slice\n"
    "\n";

}  // namespace pagelab::era_records

#endif  // PAGELAB_TEST_SUPPORT_ERA_RECORDS_H_
