#include "pagelab/owner/dump/scan_dump.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/compressed_output.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"
#include "pagelab/test/support/parsed_dump.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

// More than three shares.
constexpr size_t kSize = size_t{13} << 20;

class Collector : public PieceReader {
 public:
  size_t Take(std::string_view text, uint64_t offset, bool last) override {
    in_order_ = in_order_ && offset >= end_;
    const size_t taken = TakeRecords(parser_, text, offset, last, found_);
    end_ = offset + taken;
    return taken;
  }

  const std::vector<FoundRecord>& found() const { return found_; }
  uint64_t other_lines() const { return parser_.other_lines(); }
  bool in_order() const { return in_order_; }

 private:
  DumpParser parser_;
  std::vector<FoundRecord> found_;
  uint64_t end_ = 0;
  bool in_order_ = true;
};

// What any number of readers finds, in the order of the file.
ParsedDump Scanned(const std::string& path, size_t readers, uint64_t size) {
  std::vector<std::unique_ptr<Collector>> collectors;
  std::vector<PieceReader*> pieces;
  for (size_t i = 0; i < readers; ++i) {
    collectors.push_back(std::make_unique<Collector>());
    pieces.push_back(collectors.back().get());
  }
  const absl::StatusOr<uint64_t> got =
      ScanDump(path, absl::MakeConstSpan(pieces), {});
  REQUIRE(got.ok());
  CHECK(*got == size);
  ParsedDump dump;
  for (const auto& collector : collectors) {
    CHECK(collector->in_order());
    dump.found.insert(dump.found.end(), collector->found().begin(),
                      collector->found().end());
    dump.other_lines += collector->other_lines();
  }
  std::sort(dump.found.begin(), dump.found.end(),
            [](const FoundRecord& a, const FoundRecord& b) {
              return a.begin < b.begin;
            });
  return dump;
}

// `lines_differ`: a line that is cut is counted more than once.
void CheckAllReaders(const std::string& text, bool lines_differ = false) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("dump.txt", text);
  const ParsedDump whole = ParseWhole(text);
  for (size_t readers = 1; readers <= 4; ++readers) {
    CAPTURE(readers);
    const ParsedDump dump = Scanned(path, readers, text.size());
    CHECK((dump.found == whole.found));
    if (!lines_differ) CHECK(dump.other_lines == whole.other_lines);
  }
}

std::string RandomDump(uint64_t seed, size_t size) {
  constexpr std::string_view kParts[] = {era_records::k319, era_records::k47,
                                         era_records::k510, era_records::k63,
                                         era_records::k612};
  Random random(seed);
  std::string text;
  while (text.size() < size) {
    const std::string_view part = kParts[random.Uniform(5)];
    if (random.Bernoulli(0.01)) {
      text += part.substr(0, random.Uniform(part.size()));
      text += random.Bernoulli(0.5) ? "\n\n" : "junk\n";
    }
    text += part;
  }
  return text;
}

std::string WithoutEmptyLines(std::string text) {
  size_t end = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (end > 0 && text[i] == '\n' && text[end - 1] == '\n') continue;
    text[end++] = text[i];
  }
  text.resize(end);
  return text;
}

}  // namespace

TEST_CASE("ScanDump: any number of readers finds what one finds",
          "[owner][scan_dump]") {
  const std::string text = RandomDump(1, kSize);
  CheckAllReaders(text);
  // The end is in the middle of a record.
  CheckAllReaders(text.substr(0, text.size() - 30));
}

TEST_CASE("ScanDump: without empty lines one reader has all to do",
          "[owner][scan_dump]") {
  CheckAllReaders(WithoutEmptyLines(RandomDump(2, kSize)));
}

TEST_CASE("ScanDump: empty lines at the borders of shares",
          "[owner][scan_dump]") {
  // One record in each share, so that an empty line lies at each place near a
  // border in turn.
  const std::string record(era_records::k612);
  constexpr size_t kShare = size_t{4} << 20;
  for (size_t shift = 0; shift < 6; ++shift) {
    CAPTURE(shift);
    std::string text;
    for (size_t border = kShare; border < kSize; border += kShare) {
      // The record's empty line ends around the border.
      const size_t begin = border + shift - 3 - record.size();
      while (text.size() + 100 < begin) text += "a line of a log\n";
      text.append(begin - 1 - text.size(), 'x');
      text += "\n" + record;
    }
    CheckAllReaders(text);
  }
}

TEST_CASE("ScanDump: lines that are longer than what is read at once",
          "[owner][scan_dump]") {
  const std::string record(era_records::k612);
  CheckAllReaders(std::string(kSize, 'x'), /*lines_differ=*/true);
  CheckAllReaders(record + std::string(size_t{3} << 20, 'x') + "\n" + record,
                  /*lines_differ=*/true);
  CheckAllReaders(record + std::string(500'000, 'x') + "\n\n" + record +
                  std::string(200'000, 'x'));
}

TEST_CASE("ScanDump: small files", "[owner][scan_dump]") {
  const std::string record(era_records::k612);
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("x"), record,
        record + record, record.substr(0, 100), "\n\n" + record}) {
    CheckAllReaders(text);
  }
}

TEST_CASE("ScanDump: compressed dumps go to the first reader",
          "[owner][scan_dump]") {
  const TemporaryDirectory directory;
  const std::string text = RandomDump(3, size_t{3} << 20);
  const std::string path = directory.File("dump.gz");
  auto output = OpenOutputBySuffix(path);
  REQUIRE(output.ok());
  (*output)->Append(text);
  REQUIRE((*output)->Commit().ok());
  const ParsedDump dump = Scanned(path, 2, text.size());
  CHECK((dump.found == ParseWhole(text).found));
}

TEST_CASE("ScanDump: a file that is not there", "[owner][scan_dump]") {
  Collector collector;
  PieceReader* const reader = &collector;
  const absl::StatusOr<uint64_t> size =
      ScanDump("/nonexistent/dump.txt", {&reader, 1}, {});
  REQUIRE_FALSE(size.ok());
  CHECK_THAT(std::string(size.status().message().data(),
                         size.status().message().size()),
             ContainsText("/nonexistent/dump.txt"));
}

TEST_CASE("ScanDump: tells how far it is", "[owner][scan_dump]") {
  const TemporaryDirectory directory;
  const std::string text = RandomDump(4, kSize);
  const std::string path = directory.WriteFile("dump.txt", text);
  Collector collector;
  PieceReader* const reader = &collector;
  uint64_t most = 0;
  uint64_t of = 0;
  ScanOptions options;
  options.progress = [&](uint64_t done, uint64_t total) {
    CHECK(done >= most);
    most = done;
    of = total;
  };
  REQUIRE(ScanDump(path, {&reader, 1}, options).ok());
  CHECK(most == text.size());
  CHECK(of == text.size());
}

}  // namespace pagelab
