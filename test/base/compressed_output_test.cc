#include "pagelab/base/compressed_output.h"

#include <filesystem>
#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

std::string LongText() {
  std::string text;
  for (int i = 0; i < 300000; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

TEST_CASE("CompressedOutput: what is read back is what was written",
          "[base][output]") {
  const TemporaryDirectory directory;
  const std::string text = LongText();
  for (const char* name : {"a.gz", "a.xz", "a.zst", "a.bz2", "a.lz4", "a"}) {
    CAPTURE(name);
    const std::string path = directory.File(name);
    auto out = OpenOutputBySuffix(path);
    REQUIRE(out.ok());
    CHECK((*out)->name() == path);
    (*out)->Append(text);
    CHECK(FileContents(path).empty());
    REQUIRE((*out)->Commit().ok());
    const std::string bytes = FileContents(path);
    CHECK((bytes.size() < text.size() / 2) == (std::string(name) != "a"));
    const auto read = ReadWholeFile(path);
    REQUIRE(read.ok());
    CHECK((*read == text));
    auto again = OpenOutputBySuffix(path);
    REQUIRE(again.ok());
    (*again)->Append(text);
    REQUIRE((*again)->Commit().ok());
    CHECK((FileContents(path) == bytes));
  }
}

TEST_CASE("CompressedOutput: uncommitted it leaves nothing, empty it can be",
          "[base][output]") {
  const TemporaryDirectory directory;
  {
    auto out = OpenOutputBySuffix(directory.File("a.xz"));
    REQUIRE(out.ok());
    (*out)->Append("text");
  }
  CHECK(directory.Names().empty());
  auto out = OpenOutputBySuffix(directory.File("b.xz"));
  REQUIRE(out.ok());
  REQUIRE((*out)->Commit().ok());
  const auto read = ReadWholeFile(directory.File("b.xz"));
  REQUIRE(read.ok());
  CHECK(read->empty());
  CHECK_FALSE(OpenOutputBySuffix(directory.File("no/such.xz")).ok());
}

TEST_CASE("CompressedOutput: a full disk is reported", "[base][output]") {
  const TemporaryDirectory directory;
  const std::string path = directory.File("full.gz");
  std::filesystem::create_symlink("/dev/full", path);
  auto out = OpenOutputBySuffix(path);
  REQUIRE(out.ok());
  (*out)->Append(LongText());
  CHECK_THAT(std::string((*out)->Commit().message()),
             ContainsText("No space left on device"));
}

}  // namespace
}  // namespace pagelab
