#include "pagelab/base/text.h"

#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

template <typename... Args>
std::string Appended(void (*append)(std::string&, Args...), Args... args) {
  std::string text = "<";
  append(text, args...);
  return text;
}

template <typename T>
std::string ErrorOf(const absl::StatusOr<T>& result) {
  if (result.ok()) return "no error";
  return std::string(FromAbsl(result.status().message()));
}

TEST_CASE("Text: numbers are appended in decimal and hexadecimal",
          "[base][text]") {
  CHECK(Appended(AppendDecimal, uint64_t{0}) == "<0");
  CHECK(Appended(AppendDecimal, kMax) == "<18446744073709551615");
  CHECK(Appended(AppendSigned, int64_t{-42}) == "<-42");
  CHECK(Appended(AppendSigned, std::numeric_limits<int64_t>::min()) ==
        "<-9223372036854775808");
  CHECK(Appended(AppendHex, uint64_t{0xbeef}) == "<beef");
  CHECK(Appended(AppendHex, uint64_t{0}) == "<0");
}

TEST_CASE("Text: padding fills to the width and never cuts", "[base][text]") {
  CHECK(Appended(AppendPadded, uint64_t{7}, 4) == "<   7");
  CHECK(Appended(AppendPadded, uint64_t{12345}, 4) == "<12345");
  CHECK(Appended(AppendHexZeroPadded, uint64_t{0xab}, 16) ==
        "<00000000000000ab");
  CHECK(Appended(AppendZeroPadded, uint64_t{7}, 3) == "<007");
}

TEST_CASE("Text: raw writers return the end of what they wrote",
          "[base][text]") {
  std::array<char, 64> out;
  char* end = WriteText(out.data(), "pfn ");
  end = WriteDecimal(end, kMax);
  end = WriteText(end, " ");
  end = WriteHex(end, kMax);
  end = WriteText(end, "");
  CHECK(std::string_view(out.data(), end - out.data()) ==
        "pfn 18446744073709551615 ffffffffffffffff");
}

TEST_CASE("Text: the two kinds of string_view convert without a copy",
          "[base][text]") {
  const std::string_view text = "zone";
  CHECK(ToAbsl(text).data() == text.data());
  CHECK(FromAbsl(ToAbsl(text)) == text);
}

TEST_CASE("Text: the nearest spelling is found", "[base][text]") {
  const std::array<std::string_view, 4> keys = {"order", "gfp", "stack",
                                                "handle"};
  CHECK(NearestSpelling("ordr", keys) == "order");
  CHECK(NearestSpelling("oredr", keys) == "order");
  CHECK(NearestSpelling("Order", keys) == "order");
  CHECK(NearestSpelling("gpf", keys) == "gfp");
  CHECK(NearestSpelling("handles", keys) == "handle");
  CHECK(NearestSpelling("stacks", keys) == "stack");
}

TEST_CASE("Text: nothing is suggested for a word unlike any", "[base][text]") {
  const std::array<std::string_view, 3> keys = {"order", "gfp", "x"};
  CHECK(NearestSpelling("lifetime", keys).empty());
  CHECK(NearestSpelling("", keys).empty());
  CHECK(NearestSpelling("a", keys).empty());
  CHECK(NearestSpelling("order", {}).empty());
  CHECK(DidYouMean("lifetime", keys).empty());
  CHECK(DidYouMean("odrer", keys) == " (did you mean \"order\"?)");
}

TEST_CASE("Text: of equally near spellings the first is taken",
          "[base][text]") {
  const std::array<std::string_view, 2> keys = {"free_a", "free_b"};
  CHECK(NearestSpelling("free_c", keys) == "free_a");
}

TEST_CASE("Text: whole numbers are parsed to the last bit", "[base][text]") {
  CHECK(*ParseUint64("0") == 0);
  CHECK(*ParseUint64("18446744073709551615") == kMax);
  CHECK(*ParseUint64("0xffffffffffffffff") == kMax);
  CHECK(*ParseUint64("0X1f") == 31);
}

TEST_CASE("Text: what is not a whole number is refused with what would be",
          "[base][text]") {
  for (const std::string_view text :
       {"", "-1", "+1", " 1", "1 ", "1.5", "ten", "0x", "0xg", "1e3"}) {
    CAPTURE(text);
    CHECK(ErrorOf(ParseUint64(text)) ==
          "\"" + std::string(text) +
              "\" is not a whole number; write digits, or 0x and hexadecimal "
              "digits");
  }
  CHECK(ErrorOf(ParseUint64("18446744073709551616")) ==
        "\"18446744073709551616\" is too large: it does not fit 64 bits");
}

TEST_CASE("Text: sizes take the suffixes of the kernel's command line",
          "[base][text]") {
  CHECK(*ParseSize("4096") == 4096);
  CHECK(*ParseSize("4096B") == 4096);
  CHECK(*ParseSize("4K") == 4096);
  CHECK(*ParseSize("4k") == 4096);
  CHECK(*ParseSize("128M") == uint64_t{128} << 20);
  CHECK(*ParseSize("2GiB") == uint64_t{2} << 30);
  CHECK(*ParseSize("1TiB") == uint64_t{1} << 40);
  CHECK(*ParseSize("1P") == uint64_t{1} << 50);
  CHECK(*ParseSize("0x1000") == 4096);
}

TEST_CASE("Text: sizes that are unclear or impossible are refused",
          "[base][text]") {
  for (const std::string_view text :
       {"", "M", "2GB", "2kB", "2 G", "1.5G", "-1K", "2Gb", "2GiBs", "0x"}) {
    CAPTURE(text);
    CHECK(ErrorOf(ParseSize(text)) ==
          "\"" + std::string(text) +
              "\" is not a size; write a number of bytes, or a number with K, "
              "M, G, T or P (powers of 1024), as in \"128M\" or \"2GiB\"");
  }
  CHECK(ErrorOf(ParseSize("16777216T")) ==
        "\"16777216T\" is too large: it does not fit 64 bits");
  CHECK(ErrorOf(ParseSize("99999999999999999999")) ==
        "\"99999999999999999999\" is too large: it does not fit 64 bits");
}

TEST_CASE("Text: durations are parsed to the nanosecond", "[base][text]") {
  CHECK(*ParseDuration("3ns") == 3);
  CHECK(*ParseDuration("17") == 17);
  CHECK(*ParseDuration("500us") == 500'000);
  CHECK(*ParseDuration("10ms") == 10'000'000);
  CHECK(*ParseDuration("2s") == 2'000'000'000);
  CHECK(*ParseDuration("1.5ms") == 1'500'000);
  CHECK(*ParseDuration("0.000000001s") == 1);
  CHECK(*ParseDuration("1.50000000000000000000000s") == 1'500'000'000);
  CHECK(*ParseDuration("1.25min") == 75'000'000'000);
  CHECK(*ParseDuration("0.0000000000025h") == 9);
  CHECK(*ParseDuration("1h") == 3'600'000'000'000);
  CHECK(*ParseDuration("1.5d") == 129'600'000'000'000);
}

TEST_CASE("Text: durations that are unclear or impossible are refused",
          "[base][text]") {
  for (const std::string_view text :
       {"", "ms", ".5s", "1.s", "1 s", "-1s", "1sec", "1S", "1D"}) {
    CAPTURE(text);
    CHECK(ErrorOf(ParseDuration(text)) ==
          "\"" + std::string(text) +
              "\" is not a duration; write a number with ns, us, ms, s, min, "
              "h or d, as in \"10ms\"");
  }
  for (const std::string_view text :
       {"1.5ns", "0.5", "1.0000000001s", "0.0000000000000000000000001s"}) {
    CAPTURE(text);
    CHECK(ErrorOf(ParseDuration(text)) ==
          "\"" + std::string(text) + "\" is not a whole number of nanoseconds");
  }
  CHECK(ErrorOf(ParseDuration("18446744074s")) ==
        "\"18446744074s\" is too large: it does not fit 64 bits");
  CHECK(ErrorOf(ParseDuration("18446744073.9s")) ==
        "\"18446744073.9s\" is too large: it does not fit 64 bits");
}

TEST_CASE("Text: durations are formatted in their largest unit",
          "[base][text]") {
  CHECK(FormatDuration(0) == "0s");
  CHECK(FormatDuration(999) == "999ns");
  CHECK(FormatDuration(1'000) == "1us");
  CHECK(FormatDuration(1'500'000) == "1.5ms");
  CHECK(FormatDuration(1'000'000'001) == "1.000000001s");
  CHECK(FormatDuration(3'600'000'000'000) == "3600s");
}

TEST_CASE("Text: a formatted duration parses back to itself",
          "[base][text][property]") {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    Random random(seed);
    const uint64_t value = random.Next() >> random.Uniform(64);
    CAPTURE(seed, value);
    REQUIRE(*ParseDuration(FormatDuration(value)) == value);
  }
}

TEST_CASE("Text: thousands are grouped", "[base][text]") {
  CHECK(Grouped(0) == "0");
  CHECK(Grouped(999) == "999");
  CHECK(Grouped(1000) == "1,000");
  CHECK(Grouped(12345678) == "12,345,678");
}

TEST_CASE("Text: sizes for people have one decimal", "[base][text]") {
  CHECK(HumanSize(0) == "0 B");
  CHECK(HumanSize(1023) == "1023 B");
  CHECK(HumanSize(1024) == "1.0 KiB");
  CHECK(HumanSize(4096 * 10'644) == "41.6 MiB");
  CHECK(HumanSize((uint64_t{1} << 20) - 1) == "1024.0 KiB");
  CHECK(HumanSize(uint64_t{5} << 39) == "2.5 TiB");
  CHECK(HumanSize(~uint64_t{0}) == "16384.0 PiB");
}

}  // namespace
}  // namespace pagelab
