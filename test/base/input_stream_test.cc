#include "pagelab/base/input_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "pagelab/base/random.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/death.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

struct Filter {
  const char* name;
  int code;
};
constexpr std::array<Filter, 5> kFilters = {{
    {"gzip", ARCHIVE_FILTER_GZIP},
    {"xz", ARCHIVE_FILTER_XZ},
    {"zstd", ARCHIVE_FILTER_ZSTD},
    {"bzip2", ARCHIVE_FILTER_BZIP2},
    {"lz4", ARCHIVE_FILTER_LZ4},
}};

std::string Compressed(const Filter& filter, std::string_view contents) {
  std::vector<char> out(contents.size() * 2 + 65536);
  size_t used = 0;
  struct archive* writer = archive_write_new();
  REQUIRE(archive_write_add_filter(writer, filter.code) == ARCHIVE_OK);
  archive_write_set_filter_option(writer, nullptr, "compression-level", "1");
  archive_write_set_format_raw(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  REQUIRE(archive_write_open_memory(writer, out.data(), out.size(), &used) ==
          ARCHIVE_OK);
  struct archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
  if (!contents.empty()) {
    REQUIRE(archive_write_data(writer, contents.data(), contents.size()) ==
            static_cast<la_ssize_t>(contents.size()));
  }
  archive_entry_free(entry);
  REQUIRE(archive_write_close(writer) == ARCHIVE_OK);
  archive_write_free(writer);
  return std::string(out.data(), used);
}

// Text that does not compress to nothing: several blocks in every format.
std::string SomeText(size_t size) {
  Random random(99);
  std::string text;
  while (text.size() < size) {
    AppendHex(text, random.Next());
    text += '\n';
  }
  text.resize(size);
  return text;
}

absl::StatusOr<std::string> ReadAll(InputStream& stream, size_t step) {
  std::string contents;
  std::vector<char> buffer(step);
  while (true) {
    PAGELAB_ASSIGN_OR_RETURN(const size_t got,
                             stream.Read(absl::MakeSpan(buffer)));
    if (got == 0) return contents;
    contents.append(buffer.data(), got);
  }
}

absl::StatusOr<std::string> ReadString(std::string contents,
                                       size_t step = 65536) {
  PAGELAB_ASSIGN_OR_RETURN(
      auto stream, InputStream::FromString("trace", std::move(contents)));
  return ReadAll(*stream, step);
}

std::string ErrorOf(const absl::StatusOr<std::string>& result) {
  if (result.ok()) return "no error";
  return std::string(FromAbsl(result.status().message()));
}

TEST_CASE("InputStream: a plain file is read as it is", "[base][input]") {
  const TemporaryDirectory directory;
  const std::string text = SomeText(1'000'000);
  const std::string path = directory.WriteFile("plain.gz", text);
  CHECK(*ReadWholeFile(path) == text);
  auto stream = *InputStream::Open(path);
  CHECK(stream->name() == path);
  CHECK(*ReadAll(*stream, 1000) == text);
  // The end stays the end.
  char byte = 0;
  CHECK(*stream->Read(absl::MakeSpan(&byte, 1)) == 0);
}

TEST_CASE("InputStream: short plain inputs are not taken for compressed ones",
          "[base][input]") {
  for (const std::string text :
       {"", "B", "BZh", "BZh5", "BZh5x text", "\x1f", "hello\n"}) {
    CAPTURE(text);
    CHECK(*ReadString(text) == text);
  }
}

TEST_CASE("InputStream: every compression is recognised by content",
          "[base][input]") {
  const TemporaryDirectory directory;
  // More than the ring of buffers holds.
  const std::string text = SomeText(4'500'000);
  for (const Filter& filter : kFilters) {
    CAPTURE(filter.name);
    const std::string path =
        directory.WriteFile("trace.txt", Compressed(filter, text));
    const auto contents = ReadWholeFile(path);
    REQUIRE(contents.ok());
    CHECK(*contents == text);
  }
}

TEST_CASE("InputStream: read sizes do not matter", "[base][input]") {
  const std::string text = SomeText(300'000);
  const std::string compressed = Compressed(kFilters[0], text);
  for (const size_t step : {1, 7, 4096, 1 << 22}) {
    CAPTURE(step);
    CHECK(*ReadString(text, step) == text);
    CHECK(*ReadString(compressed, step) == text);
  }
}

TEST_CASE("InputStream: an empty compressed input is empty", "[base][input]") {
  for (const Filter& filter : kFilters) {
    CAPTURE(filter.name);
    // libarchive's writer of lz4 cannot make an empty one.
    const std::string empty = filter.code == ARCHIVE_FILTER_LZ4
                                  ? std::string(
                                        "\x04\x22\x4d\x18\x64\x40\xa7\0\0\0\0"
                                        "\x05\x5d\xcc\x02",
                                        15)
                                  : Compressed(filter, "");
    CHECK(*ReadString(empty) == "");
  }
}

TEST_CASE("InputStream: compressed inputs one after another are one",
          "[base][input]") {
  for (const Filter& filter : kFilters) {
    CAPTURE(filter.name);
    CHECK(*ReadString(Compressed(filter, "first\n") +
                      Compressed(filter, "second\n")) == "first\nsecond\n");
  }
}

TEST_CASE("InputStream: a truncated compressed input says at which byte",
          "[base][input]") {
  const std::string text = SomeText(1'000'000);
  for (const Filter& filter : kFilters) {
    const std::string whole = Compressed(filter, text);
    for (const size_t size :
         {size_t{7}, size_t{20}, whole.size() / 2, whole.size() - 1}) {
      CAPTURE(filter.name, size);
      const std::string error = ErrorOf(ReadString(whole.substr(0, size)));
      CHECK_THAT(error, ContainsText("trace: the compressed input ends early, "
                                     "at byte " +
                                     std::to_string(size)));
    }
  }
}

TEST_CASE("InputStream: what precedes the damage is still delivered",
          "[base][input]") {
  const std::string text = SomeText(8'000'000);
  const std::string whole = Compressed(kFilters[0], text);
  auto stream =
      *InputStream::FromString("trace", whole.substr(0, whole.size() - 100));
  std::vector<char> buffer(1 << 20);
  size_t read = 0;
  absl::Status error;
  while (error.ok()) {
    const auto got = stream->Read(absl::MakeSpan(buffer));
    error = got.status();
    if (!got.ok()) break;
    REQUIRE(*got > 0);
    REQUIRE(
        std::equal(buffer.begin(), buffer.begin() + *got, text.begin() + read));
    read += *got;
  }
  CHECK(read > text.size() / 2);
  CHECK(absl::IsInvalidArgument(error));
}

TEST_CASE("InputStream: damaged compressed data is an error", "[base][input]") {
  const std::string text = SomeText(1'000'000);
  for (const Filter& filter : kFilters) {
    CAPTURE(filter.name);
    std::string damaged = Compressed(filter, text);
    // Far enough to hit a header: not every format has a checksum.
    std::fill(damaged.begin() + damaged.size() / 2, damaged.end(), '\xff');
    const std::string error = ErrorOf(ReadString(damaged));
    CHECK_THAT(error, ContainsText("trace: the compressed input is damaged "
                                   "before byte ") ||
                          ContainsText("trace: the compressed input ends "
                                       "early, at byte "));
  }
}

// No error, or the first of them; the text up to it.
struct GzipResult {
  std::string text;
  absl::Status status;
};

GzipResult ReadGzip(std::string contents) {
  auto stream = *InputStream::FromString("trace", std::move(contents));
  GzipResult result;
  std::vector<char> buffer(65536);
  while (true) {
    const auto got = stream->Read(absl::MakeSpan(buffer));
    result.status = got.status();
    if (!got.ok() || *got == 0) return result;
    result.text.append(buffer.data(), *got);
  }
}

std::string ErrorOf(const GzipResult& result) {
  return std::string(FromAbsl(result.status.message()));
}

TEST_CASE("InputStream: no bit of a gzip input changes the text unnoticed",
          "[base][input]") {
  const std::string text = SomeText(200'000);
  const std::string whole = Compressed(kFilters[0], text);
  const auto check_flipped = [&](size_t position, int bit) {
    CAPTURE(position, bit, whole.size());
    std::string damaged = whole;
    damaged[position] = static_cast<char>(damaged[position] ^ (1 << bit));
    const GzipResult result = ReadGzip(damaged);
    if (result.status.ok()) {
      CHECK(result.text == text);
      return false;
    }
    CHECK(ExitCodeFor(result.status) == 3);
    CHECK_THAT(
        ErrorOf(result),
        ContainsText("trace: the compressed input is damaged before byte ") ||
            ContainsText("trace: the compressed input ends early, at byte "));
    return true;
  };
  for (size_t n = 1; n <= 50; ++n) {
    CHECK(check_flipped(whole.size() * n / 51, static_cast<int>(n % 8)));
  }
  // The header, but for the magic that makes it one.
  for (size_t position = 2; position < 10; ++position) {
    check_flipped(position, 1);
  }
}

TEST_CASE("InputStream: gzip's checksum and length are verified",
          "[base][input]") {
  const std::string whole = Compressed(kFilters[0], "some text\n");
  const std::string size = std::to_string(whole.size());
  const std::string crc_end = std::to_string(whole.size() - 4);
  for (const auto& [from_end, byte] :
       {std::pair(size_t{8}, crc_end), {5, crc_end}, {4, size}, {1, size}}) {
    CAPTURE(from_end);
    std::string damaged = whole;
    damaged[damaged.size() - from_end] ^= '\x10';
    const GzipResult result = ReadGzip(damaged + whole);
    CHECK(result.text == "some text\n");
    CHECK(ErrorOf(result) ==
          "trace: the compressed input is damaged before byte " + byte);
  }
}

TEST_CASE("InputStream: a gzip input is members and zeros", "[base][input]") {
  const std::string first = Compressed(kFilters[0], "first\n");
  const std::string empty = Compressed(kFilters[0], "");
  const std::string text = SomeText(3'000'000);
  const std::string large = Compressed(kFilters[0], text);
  CHECK(*ReadString(empty) == "");
  CHECK(*ReadString(empty + empty + first + empty) == "first\n");
  CHECK(*ReadString(first + large + first) == "first\n" + text + "first\n");
  CHECK(*ReadString(first + std::string(1'000'000, '\0')) == "first\n");

  // From the first byte that is neither.
  const std::string place =
      "trace: the compressed input is damaged before byte ";
  for (const std::string behind : {"x", "more text\n"}) {
    const GzipResult result = ReadGzip(first + behind);
    CHECK(result.text == "first\n");
    CHECK(ErrorOf(result) == place + std::to_string(first.size() + 1));
  }
  const std::string zeros(512, '\0');
  CHECK(ErrorOf(ReadGzip(first + zeros + first)) ==
        place + std::to_string(first.size() + 513));
  CHECK(ErrorOf(ReadGzip(first + "\x1f is not gzip")) ==
        place + std::to_string(first.size() + 2));
}

TEST_CASE("InputStream: a gzip input cut anywhere says where",
          "[base][input]") {
  const std::string first = Compressed(kFilters[0], "first\n");
  const std::string whole = first + Compressed(kFilters[0], "second\n");
  for (size_t size = 2; size < whole.size(); ++size) {
    CAPTURE(size);
    const GzipResult result = ReadGzip(whole.substr(0, size));
    if (size == first.size()) {
      CHECK(result.status.ok());
      continue;
    }
    CHECK(ErrorOf(result) ==
          "trace: the compressed input ends early, at byte " +
              std::to_string(size));
  }
}

TEST_CASE("InputStream: a missing file and a directory are refused by name",
          "[base][input]") {
  const TemporaryDirectory directory;
  const auto missing = InputStream::Open(directory.File("absent"));
  CHECK(ExitCodeFor(missing.status()) == 3);
  CHECK(FromAbsl(missing.status().message()) ==
        directory.File("absent") + ": cannot open: No such file or directory");
  const auto folder = InputStream::Open(directory.path());
  CHECK(ExitCodeFor(folder.status()) == 3);
  CHECK(FromAbsl(folder.status().message()) ==
        directory.path() + ": cannot read: Is a directory");
}

TEST_CASE("InputStream: a pipe is read, compressed or not", "[base][input]") {
  const TemporaryDirectory directory;
  const std::string text = SomeText(500'000);
  for (const std::string& sent : {text, Compressed(kFilters[1], text)}) {
    const std::string path = directory.File("pipe");
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    std::thread writer([&] {
      const int fd = open(path.c_str(), O_WRONLY);
      size_t written = 0;
      while (written < sent.size()) {
        const ssize_t size =
            write(fd, sent.data() + written,
                  std::min<size_t>(1000, sent.size() - written));
        if (size <= 0) break;
        written += static_cast<size_t>(size);
      }
      close(fd);
    });
    const auto contents = ReadWholeFile(path);
    writer.join();
    REQUIRE(contents.ok());
    CHECK(*contents == text);
    unlink(path.c_str());
  }
}

TEST_CASE("InputStream: can be closed while its pipe is silent",
          "[base][input]") {
  const TemporaryDirectory directory;
  const std::string path = directory.File("pipe");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  // Both ends, so that neither opening waits nor the pipe ends.
  const int held = open(path.c_str(), O_RDWR);
  const std::string compressed = Compressed(kFilters[0], SomeText(100'000));
  REQUIRE(write(held, compressed.data(), 1000) == 1000);
  {
    auto stream = InputStream::Open(path);
    REQUIRE(stream.ok());
  }
  close(held);
}

TEST_CASE("InputStream: can be closed before its end", "[base][input]") {
  auto stream = *InputStream::FromString(
      "trace", Compressed(kFilters[0], SomeText(8'000'000)));
  std::array<char, 100> buffer;
  CHECK(*stream->Read(absl::MakeSpan(buffer)) == buffer.size());
}

TEST_CASE("InputStream: reading into nothing is a bug of the caller",
          "[base][input]") {
  CHECK_THAT(DeathMessage([] {
               auto stream = *InputStream::FromString("trace", "text");
               (void)stream->Read({});
             }),
             ContainsText("check failed: !out.empty()"));
}

}  // namespace
}  // namespace pagelab
