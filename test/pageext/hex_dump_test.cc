#include "pagelab/pageext/hex_dump.h"

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("HexDumpLines: sixteen bytes to a line, and what they spell",
          "[pageext][hex_dump]") {
  std::vector<std::byte> bytes;
  for (const int value : {0x00, 0x1f, 0x20, 0x41, 0x7e, 0x7f, 0x80, 0xff}) {
    bytes.push_back(static_cast<std::byte>(value));
  }
  bytes.resize(18, std::byte{'z'});
  CHECK(HexDumpLines(0xffff888000000ff8, bytes) ==
        Lines{"ffff888000000ff8: 00 1f 20 41 7e 7f 80 ff 7a 7a 7a 7a 7a 7a 7a "
              "7a  .. A~...zzzzzzzz",
              "ffff888000001008: 7a 7a                                         "
              "   zz"});
}

TEST_CASE("HexDumpLines: nothing has no lines", "[pageext][hex_dump]") {
  CHECK(HexDumpLines(0, {}).empty());
}

}  // namespace
}  // namespace pagelab
