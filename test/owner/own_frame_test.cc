#include "pagelab/owner/own_frame.h"

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

TEST_CASE("OwnFrame: the own frame is no helper that allocates for others",
          "[owner][own_frame]") {
  CHECK(OwnFrame(FrameList{
            "get_page_from_freelist+0x523/0x1780",
            "__alloc_pages_noprof+0x1ad/0x1160",
            "alloc_pages_mpol_noprof+0x8a/0x1d0",
            "vma_alloc_folio_noprof+0x6c/0xd0", "do_wp_page+0x11e/0xc10",
            "__handle_mm_fault+0xbda/0x1d50"}) == "do_wp_page+0x11e/0xc10");
  CHECK(OwnFrame(FrameList{"new_slab+0x364/0x430", "___slab_alloc+0x6fe/0xad0",
                           "kmem_cache_alloc_noprof+0x257/0x2b0",
                           "vm_area_dup+0x1a/0xa0"}) ==
        "vm_area_dup+0x1a/0xa0");
}

TEST_CASE("OwnFrame: a module's frame is the owner wherever it is",
          "[owner][own_frame]") {
  CHECK(OwnFrame(FrameList{
            "alloc_pages_mpol_noprof+0x8a/0x1d0", "helper_of_all+0x1/0x2",
            "drv_refill+0x5d/0x1a0 [drv]", "drv_poll+0x1/0x2 [drv]"}) ==
        "drv_refill+0x5d/0x1a0 [drv]");
}

TEST_CASE("OwnFrame: a stack of helpers only has its first one",
          "[owner][own_frame]") {
  CHECK(OwnFrame(FrameList{"__alloc_pages_noprof+0x1ad/0x1160",
                           "new_slab+0x364/0x430"}) ==
        "__alloc_pages_noprof+0x1ad/0x1160");
  CHECK(OwnFrame(FrameList{}) == "-");
}

}  // namespace
}  // namespace pagelab
