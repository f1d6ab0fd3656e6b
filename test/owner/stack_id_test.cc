#include "pagelab/owner/dump/stack_id.h"

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr auto kFrames = StackIdentity::kFrames;
constexpr auto kFunctions = StackIdentity::kFunctions;

TEST_CASE("StackId: another boot's addresses do not change it",
          "[owner][stack_id]") {
  CHECK(StackId(" [<ffffffff81000523>] f+0x1/0x2\n", kFrames) ==
        StackId(" [<ffffffff9a000523>] f+0x1/0x2\n", kFrames));
  CHECK(StackId(" [<ffffffff81000523>] f+0x1/0x2\n", kFrames) ==
        StackId(" f+0x1/0x2\n", kFrames));
  CHECK(StackId(" f+0x1/0x2\n", kFrames) != StackId(" f+0x3/0x4\n", kFrames));
  CHECK(StackId(" f+0x1/0x2\n g+0x1/0x2\n", kFrames) !=
        StackId(" g+0x1/0x2\n f+0x1/0x2\n", kFrames));
}

TEST_CASE("StackId: by functions another build is the same",
          "[owner][stack_id]") {
  CHECK(StackKey(" f.isra.0+0x1/0x2\n g+0x3/0x4 [drv]\n h.cold+0x1/0x2\n",
                 kFunctions) == " f\n g [drv]\n h\n");
  CHECK(StackId(" f+0x1/0x2\n", kFunctions) ==
        StackId(" f.constprop.0+0x3/0x4\n", kFunctions));
  CHECK(StackId(" f+0x1/0x2 [a]\n", kFunctions) !=
        StackId(" f+0x1/0x2 [b]\n", kFunctions));
}

TEST_CASE("StackId: it is the same number tomorrow", "[owner][stack_id]") {
  CHECK(StackIdText(StackId(" f+0x1/0x2\n", kFrames)) == "ed7736551dc02b71");
  CHECK(StackIdText(0) == "0000000000000000");
}

}  // namespace
}  // namespace pagelab
