#include "pagelab/base/gzip_text.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

// A window of 32 KiB, and 16 for a gzip header.
constexpr int kGzipWindow = 15 + 16;
constexpr int kDefaultMemory = 8;

}  // namespace

std::string GzipText(std::string_view bytes) {
  z_stream stream = {};
  PAGELAB_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                             kGzipWindow, kDefaultMemory,
                             Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out;
  auto* at = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  size_t left = bytes.size();
  char block[16 << 10];
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    if (stream.avail_in == 0 && left > 0) {
      stream.next_in = at;
      stream.avail_in = static_cast<uInt>(
          std::min<size_t>(left, std::numeric_limits<uInt>::max()));
      at += stream.avail_in;
      left -= stream.avail_in;
    }
    stream.next_out = reinterpret_cast<Bytef*>(block);
    stream.avail_out = sizeof(block);
    result = deflate(&stream, left == 0 ? Z_FINISH : Z_NO_FLUSH);
    PAGELAB_CHECK(result == Z_OK || result == Z_STREAM_END);
    out.append(block, sizeof(block) - stream.avail_out);
  }
  deflateEnd(&stream);
  return out;
}

}  // namespace pagelab
