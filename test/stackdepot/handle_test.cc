#include "pagelab/stackdepot/handle.h"

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr const HandleLayout& kLayout = kHandleLayout612;

TEST_CASE("StackHandle: the first record of the first pool is handle 1",
          "[stackdepot][handle]") {
  CHECK(kLayout.Make(0, 0).value() == 1);
  CHECK_FALSE(StackHandle().valid());
  CHECK(kLayout.Make(0, 0).valid());
}

TEST_CASE("StackHandle: pool 0, offset 0x20 and extra 3 pack to 0x18040001",
          "[stackdepot][handle]") {
  const StackHandle plain = kLayout.Make(0, 0x20);
  CHECK(plain.value() == 0x00040001);
  CHECK(kLayout.WithExtra(plain, 3).value() == 0x18040001);
}

TEST_CASE("StackHandle: the last record of the last pool comes apart again",
          "[stackdepot][handle]") {
  const StackHandle handle =
      kLayout.WithExtra(kLayout.Make(0x1fffe, 16384 - 16), 31);
  CHECK(handle.value() == 0xffffffff);
  CHECK(kLayout.PoolIndex(handle) == 0x1fffe);
  CHECK(kLayout.Offset(handle) == 16384 - 16);
  CHECK(kLayout.Extra(handle) == 31);
}

TEST_CASE("StackHandle: extra bits replace each other and never make a handle",
          "[stackdepot][handle]") {
  const StackHandle handle = kLayout.Make(7, 160);
  CHECK(kLayout.WithExtra(kLayout.WithExtra(handle, 31), 0) == handle);
  CHECK(kLayout.WithExtra(handle, 32) == handle);
  CHECK_FALSE(kLayout.WithExtra(StackHandle(), 3).valid());
}

}  // namespace
}  // namespace pagelab
