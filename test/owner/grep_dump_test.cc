#include "pagelab/owner/dump/grep_dump.h"

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pagelab/base/random.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/piece_output.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

constexpr std::string_view kEras[] = {
    era_records::k319, era_records::k319Fallback, era_records::k45,
    era_records::k47,  era_records::k48,          era_records::k510,
    era_records::k63,  era_records::k612};

RecordFilter Filter(std::string_view expression) {
  absl::StatusOr<RecordFilter> filter = RecordFilter::Compile(expression);
  REQUIRE(filter.ok());
  return *std::move(filter);
}

struct Grepped {
  std::string text;
  GrepResult result;
};

Grepped Grep(std::string_view expression, std::string_view contents,
             const GrepOptions& options = {}) {
  const TemporaryDirectory directory;
  const std::vector<std::string> paths = {directory.WriteFile("d", contents)};
  StringOutput out;
  const auto result = GrepDumps(paths, Filter(expression), options, &out);
  INFO(result.status().ToString());
  REQUIRE(result.ok());
  // Counting counts the same.
  const auto counted = GrepDumps(paths, Filter(expression), options, nullptr);
  REQUIRE(counted.ok());
  CHECK(counted->records == result->records);
  CHECK(counted->pages == result->pages);
  return {out.text(), *result};
}

std::string ErrorOf(std::string_view contents, const GrepOptions& options) {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("d", contents);
  const std::vector<std::string> paths = {path};
  StringOutput out;
  const auto result = GrepDumps(paths, Filter("order>=0"), options, &out);
  std::string text(FromAbsl(result.status().message()));
  if (text.starts_with(path)) text.replace(0, path.size(), "d");
  return text;
}

std::string Replaced(std::string_view text, std::string_view from,
                     std::string_view to) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(from)) {
      out += to;
      at += from.size();
    } else {
      out += text[at++];
    }
  }
  return out;
}

TEST_CASE("GrepDumps: records of every era come out as they were",
          "[owner][grep]") {
  std::string all;
  for (const std::string_view record : kEras) all += record;
  CHECK(Grep("order>=0", all).text == all);
  const Grepped some = Grep("order>=3", all);
  CHECK(some.text ==
        std::string(era_records::k48) + std::string(era_records::k63));
  CHECK(some.result.records == 2);
  CHECK(some.result.pages == 512 + 8);
  CHECK(some.result.statistics.records() == 8);
  CHECK(some.result.statistics.pages() == 512 + 8 + 6);
  CHECK(Grep("order>=3", all, {.invert = true}).text ==
        Grep("order<3", all).text);
  CHECK(Grep("ts==-", all, {.invert = true}).text ==
        std::string(era_records::k63) + std::string(era_records::k612));
  CHECK(Grep("age>1h", all, {.now = uint64_t{4'000'000'000'000}}).text ==
        std::string(era_records::k63) + std::string(era_records::k612));
}

TEST_CASE("GrepDumps: a record without an empty line gets one",
          "[owner][grep]") {
  const std::string record(era_records::k612);
  const std::string bare = record.substr(0, record.size() - 1);
  CHECK(Grep("order==0", bare).text == record);
  // Empty lines and leading blanks lost in a mail.
  const std::string mailed = Replaced(bare + bare, "\n ", "\n");
  const Grepped first = Grep("order==0", mailed);
  CHECK(first.text == Replaced(record + record, "\n ", "\n"));
  CHECK(first.result.records == 2);
  CHECK(Grep("function==do_anonymous_page", first.text).text == first.text);
  // Carriage returns won.
  const std::string carried = Replaced(record, "\n", "\r\n");
  CHECK(Grep("order==0", carried + carried).text == carried + carried);
}

TEST_CASE("GrepDumps: of a bug report the lines that count come out",
          "[owner][grep]") {
  constexpr std::string_view kLog =
      "[    1.000000] BUG: Bad page state in process a  pfn:12345\n"
      "[    1.000000] page: refcount:0 mapcount:0 mapping:0 index:0x1 "
      "pfn:0x12345\n"
      "[    1.000000] flags: 0x17ffffc0000000(node=0|zone=2)\n"
      "[    1.000000] page_owner tracks the page as freed\n"
      "[    1.000000] page last allocated via order 2, migratetype Unmovable, "
      "gfp_mask 0xcc0(GFP_KERNEL), pid 77, tgid 78 (insmod), ts 5\n"
      "[    1.000000]  post_alloc_hook+0x10c/0x130\n"
      "[    1.000000] Modules linked in:\n";
  const Grepped grepped = Grep("pfn==0x12345", kLog);
  CHECK(grepped.text ==
        "[    1.000000] page: refcount:0 mapcount:0 mapping:0 index:0x1 "
        "pfn:0x12345\n"
        "[    1.000000] page_owner tracks the page as freed\n"
        "[    1.000000] page last allocated via order 2, migratetype "
        "Unmovable, gfp_mask 0xcc0(GFP_KERNEL), pid 77, tgid 78 (insmod), ts "
        "5\n"
        "[    1.000000]  post_alloc_hook+0x10c/0x130\n"
        "\n");
  // A free page, and so it stays.
  CHECK(grepped.result.records == 1);
  CHECK(grepped.result.pages == 0);
  const Grepped again = Grep("pfn==0x12345", grepped.text);
  CHECK(again.text == grepped.text);
  CHECK(again.result.pages == 0);
}

TEST_CASE("GrepDumps: damage is left out, counted, and an error if asked",
          "[owner][grep]") {
  const std::string first(era_records::k63);
  const std::string second(era_records::k612);
  const std::string cut = first + second.substr(0, 60);
  const Grepped grepped = Grep("order>=0", cut);
  CHECK(grepped.text == first);
  REQUIRE(grepped.result.statistics.damaged() == 1);
  CHECK(grepped.result.statistics.inputs[0].first_damage->offset ==
        first.size());
  CHECK(ErrorOf(cut, {.strict = true}) ==
        "d: byte " + std::to_string(first.size()) + ": it is cut off");
  CHECK(ErrorOf("Dear all,\n", {}) ==
        "d: no page_owner record; expected \"Page allocated via order ...\"");
  // What another grep made of nothing that matched.
  CHECK(Grep("order>=0", "").text.empty());
}

TEST_CASE("GrepDumps: a file of many pieces keeps its order", "[owner][grep]") {
  std::string all;
  for (int i = 0; i < 60'000; ++i) {
    std::string record = Replaced(era_records::k612, "4711", std::to_string(i));
    if (i % 1000 == 0) record = "\n\n" + record;
    all += record;
  }
  const Grepped grepped = Grep("order==0", all);
  CHECK(grepped.result.records == 60'000);
  CHECK((grepped.text == Replaced(all, "\n\n\n\n", "\n\n").substr(2)));
  // Without an empty line all of it is one piece.
  const std::string dense = Replaced(all, "\n\n", "\n");
  const Grepped one = Grep("order==0", dense);
  CHECK(one.result.records == 60'000);
  CHECK((one.text == grepped.text));
}

TEST_CASE("GrepDumps: an output that fails ends it", "[owner][grep]") {
  const TemporaryDirectory directory;
  std::string all;
  while (all.size() < size_t{20} << 20) all += era_records::k612;
  const std::vector<std::string> paths = {directory.WriteFile("d", all)};
  const auto out = OpenOutput("/dev/full");
  REQUIRE(out.ok());
  const auto result = GrepDumps(paths, Filter("order==0"), {}, out->get());
  CHECK_THAT(result.status().ToString(), ContainsText("/dev/full"));
}

TEST_CASE("PieceOutput: pieces come out in order, whoever is first",
          "[owner][grep]") {
  constexpr int kPieces = 2000;
  StringOutput out;
  PieceOutput output(out);
  std::string expected;
  for (int i = 0; i < kPieces; ++i) expected += std::to_string(i) + "ab";
  std::atomic<uint64_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (uint64_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&output, &next, thread] {
        Random random(thread);
        while (true) {
          const uint64_t piece = next++;
          if (piece >= kPieces) return;
          std::string text = std::to_string(piece);
          if (random.Bernoulli(0.5)) output.Write(piece, text);
          text += "a";
          if (random.Bernoulli(0.5)) std::this_thread::yield();
          output.Write(piece, text);
          text += "b";
          output.Finish(piece, piece + 1, text);
        }
      });
    }
  }
  CHECK(out.text() == expected);
}

TEST_CASE("PieceOutput: who is too far ahead waits, until it is stopped",
          "[owner][grep]") {
  StringOutput out;
  PieceOutput output(out);
  std::string large(size_t{17} << 20, 'x');
  std::atomic<bool> waited = false;
  {
    std::jthread ahead([&] {
      output.Write(10, large);
      waited = output.stopped();
    });
    output.Stop();
  }
  CHECK(waited);
  CHECK(large.empty());
  CHECK(out.text().empty());
}

}  // namespace
}  // namespace pagelab
