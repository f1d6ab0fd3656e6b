#include "pagelab/owner/dump/frame_scan.h"

#include <string>
#include <string_view>

#include "pagelab/base/random.h"
#include "pagelab/owner/dump/frame_scan_variants.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

// Bytes up to the end, or npos.
size_t NaiveEndOfFrames(std::string_view text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (text[i] == '\n' && text[i + 1] != ' ') return i + 1;
  }
  return std::string_view::npos;
}

size_t NaiveEndOfEmptyLine(std::string_view text) {
  const size_t at = text.find("\n\n");
  return at == std::string_view::npos ? at : at + 2;
}

size_t Bytes(const char* begin, const char* end) {
  return end == nullptr ? std::string_view::npos
                        : static_cast<size_t>(end - begin);
}

void Check(std::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  for (const FrameScanVariant& variant : FrameScanVariants()) {
    CAPTURE(variant.name, text);
    REQUIRE(Bytes(begin, variant.end_of_frames(begin, end)) ==
            NaiveEndOfFrames(text));
    REQUIRE(Bytes(begin, variant.end_of_empty_line(begin, end)) ==
            NaiveEndOfEmptyLine(text));
  }
}

}  // namespace

TEST_CASE("FrameScan: finds the end of the frames", "[owner][frame_scan]") {
  const std::string text = " a+0x1/0x2\n b+0x1/0x2\nPage\n\n";
  CHECK(EndOfFrames(text.data(), text.data() + text.size()) ==
        text.data() + text.find("Page"));
  CHECK(EndOfEmptyLine(text.data(), text.data() + text.size()) ==
        text.data() + text.size());
  // The newline may be followed by a frame.
  CHECK(EndOfFrames(text.data(), text.data() + text.find("Page")) == nullptr);
}

TEST_CASE("FrameScan: an end at each place and each length",
          "[owner][frame_scan]") {
  for (size_t size = 0; size < 150; ++size) {
    std::string text(size, 'x');
    Check(text);
    for (size_t at = 0; at < size; ++at) {
      text[at] = '\n';
      Check(text);
      if (at + 1 < size) {
        for (char next : {' ', '\n', '\x1f', '\x8a'}) {
          text[at + 1] = next;
          Check(text);
        }
        text[at + 1] = 'x';
      }
      text[at] = 'x';
    }
  }
}

TEST_CASE("FrameScan: agrees with a plain loop on random text",
          "[owner][frame_scan][property]") {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    std::string text(random.Uniform(300), ' ');
    const double newlines = random.UniformDouble() * 0.1;
    for (char& c : text) {
      if (random.Bernoulli(newlines)) {
        c = '\n';
      } else if (random.Bernoulli(0.2)) {
        c = static_cast<char>(random.Uniform(256));
      }
    }
    // At each alignment.
    const size_t skip = random.Uniform(text.size() + 1);
    Check(std::string_view(text).substr(skip));
  }
}

}  // namespace pagelab
