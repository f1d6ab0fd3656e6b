// How page_owner_sort reads (page-owner-sort.md 2), and that reading in
// parallel does the same.

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/random.h"
#include "pagelab/owner/sort/compat_reader.h"
#include "pagelab/owner/sort/group_order.h"
#include "pagelab/owner/sort/group_text.h"
#include "pagelab/owner/sort/group_writer.h"
#include "pagelab/owner/sort/ordered_reader.h"
#include "pagelab/test/owner/sort_fixture.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr uint64_t kManyBlocks = 1000000;
// The tool's buffer holds this much of a block.
constexpr size_t kLargestBlock = 131070;

std::string Head(int pid) {
  return "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid " +
         std::to_string(pid) + ", tgid 1 (init), ts 1 ns\nPFN 0x1 slab\n";
}

std::string Block(int pid, const std::string& rest) {
  return Head(pid) + rest + "\n";
}

// The size of a block's text as it is read, of lines of 10 bytes.
std::string BlockOfSize(size_t size) {
  std::string text = Head(9);
  size_t kept = text.find('\n') + 1;
  for (; size - kept >= 20; kept += 10) text += " abcdefgh\n";
  text += " " + std::string(size - kept - 2, 'z') + "\n\n";
  return text;
}

Lines PidsOf(const std::string& dump) {
  return GroupLines(
      SortCompat(dump, Plan612({SortBy::kPid}, {.pid = true})).text);
}

Lines Pids(std::initializer_list<int> pids) {
  Lines lines;
  for (const int pid : pids) {
    lines.push_back("1 times, 1 pages, PID " + std::to_string(pid));
  }
  return lines;
}

TEST_CASE("SortReader: a block that does not fit ends the input",
          "[owner][sort]") {
  const std::string before = Block(1, " a\n");
  const std::string behind = Block(20, " b\n");
  CHECK(PidsOf(before + BlockOfSize(kLargestBlock) + behind) ==
        Pids({1, 9, 20}));
  CHECK(PidsOf(before + BlockOfSize(kLargestBlock + 1) + behind) == Pids({1}));
  CHECK(PidsOf(before + Block(9, " " + std::string(200000, 'z') + "\n") +
               behind) == Pids({1}));
}

TEST_CASE("SortReader: PFN lines may stand anywhere and take no room",
          "[owner][sort]") {
  const std::string head =
      "Page allocated via order 0, mask 0x1(X), pid 5, tgid 1 (i), ts 1 ns\n";
  std::string many = "PFN CMA\n" + head + " a\n";
  for (int i = 0; i < 20000; ++i) many += "PFN 0x12345678\n";
  many += "PFNslab\n b\n\n";
  const SortedText sorted = SortCompat(many, Plan612());
  CHECK(sorted.text ==
        "1 times, 1 pages, allocated by SLAB :\n"
        "Page allocated via order 0, mask 0x1(X), pid 5, tgid 1 (i), ts  ns\n"
        " a\n b\n\n");
}

TEST_CASE("SortReader: what is odd in a line stays", "[owner][sort]") {
  // A NUL ends what is kept of its line, the newline included.
  using namespace std::string_literals;
  const std::string nul =
      Head(1) + " a\0b\n c\n"s + " " + std::string(100, 'z') + "\n\n";
  CHECK_THAT(SortCompat(nul, Plan612()).text, ContainsText("\n a c\n zz"));
  // Neither blanks nor carriage returns make an empty line.
  const std::string dump =
      Head(1) + " a\n \n\r\n" + Head(2) + " b\n\n" + std::string(300, 'x');
  CHECK(SortCompat(dump, Plan612()).result.loaded == 1);
}

TEST_CASE(
    "SortReader: a number of blocks above a hundredth of the bytes is "
    "too many",
    "[owner][sort]") {
  const std::string block = "Page allocated via order 0, mask 0x\n\n";
  const SortedText one = SortCompat(block, Plan612());
  CHECK(one.result.too_many);
  CHECK(one.text.empty());
  // Exactly as many as there is room for are fine, until another one comes.
  const std::string fits = block + std::string(99, 'x');
  CHECK_FALSE(SortCompat(fits, Plan612()).result.too_many);
  CHECK(SortCompat(block + block + std::string(99, 'x'), Plan612())
            .result.too_many);
  // Another one counts even if the filters do not let it through.
  SortPlan plan = Plan612();
  plan.filters.pids = {5};
  const std::string wanted = Block(5, " a+0x1/0x2\n");
  CHECK_FALSE(SortCompat(wanted, plan).result.too_many);
  CHECK(SortCompat(wanted + block, plan).result.too_many);
  CHECK_FALSE(SortCompat(block + block + wanted, plan).result.too_many);
}

TEST_CASE("SortReader: times of one text, culled or not, sorted or not",
          "[owner][sort]") {
  // Only the first match is cut; digits may be anywhere, or missing.
  const std::string dump =
      "x order 1, pid 1, tgid 1 (a), ts  ns\nPFN 1\n ts 5 ns\n" +
      std::string(90, 'p') + "\n\n" +
      "x order 1, pid 1, tgid 1 (a),\nPFN 1\n ts 007 ns ts 8 ns\n" +
      std::string(90, 'p') + "\n\n";
  const std::string cut = SortCompat(dump, Plan612()).text;
  CHECK_THAT(cut, ContainsText("ts  ns\n ts 5 ns\n"));
  CHECK_THAT(cut, ContainsText("\n ts  ns ts 8 ns\n"));
  const std::string kept = SortCompat(dump, Plan612({SortBy::kAllocTs})).text;
  CHECK_THAT(kept, ContainsText("\n ts 007 ns ts 8 ns\n"));
  // What is no number sorts last.
  CHECK(kept.find("ts 007") < kept.find("ts  ns"));
}

// A dump of blocks that are mostly as they should be.
std::string RandomDump(Random& random, bool orderly) {
  static constexpr std::string_view kFrames[] = {
      " a+0x1/0x2\n",
      " alloc_pages+0x1/0x2\n",
      " __vmalloc_node_range_noprof+0x1/0x2\n",
      " tsns 5 ns\n",
      " pid 3,\n",
      "Charged to memcg x\n",
      "ts 3 ns\n",
      " slab\n"};
  std::string dump;
  const uint64_t blocks = random.Uniform(30);
  for (uint64_t i = 0; i < blocks; ++i) {
    std::string block =
        "Page allocated via order " + std::to_string(random.Uniform(3)) +
        ", mask 0xcc0(GFP_KERNEL), pid " + std::to_string(random.Uniform(3)) +
        ", tgid 1 (" + (random.Bernoulli(0.9) ? "init" : "ts 4 ns") + "), ts " +
        (random.Bernoulli(0.9) ? "" : "00") +
        std::to_string(random.Uniform(9)) + " ns\n";
    if (orderly || random.Bernoulli(0.9)) {
      block += random.Bernoulli(0.5) ? "PFN 0x1 type CMA slab\n" : "PFN 0x2\n";
    }
    const uint64_t frames = random.Uniform(5);
    for (uint64_t k = 0; k < frames; ++k) {
      block += kFrames[random.Uniform(std::size(kFrames))];
    }
    if (!orderly && random.Bernoulli(0.1)) {
      block.insert(random.Uniform(block.size()), "\nPFN 7\n");
    }
    if (random.Bernoulli(0.05)) block[random.Uniform(block.size())] = '\0';
    dump += block;
    dump += orderly || random.Bernoulli(0.9) ? "\n" : "\n\n";
  }
  if (random.Bernoulli(0.3)) dump.resize(random.Uniform(dump.size() + 1));
  return dump;
}

std::string WriteSorted(GroupTable& table) {
  const GroupText text(table);
  StringOutput out;
  WriteGroups(table, text, SortGroups(table, text), out);
  return out.text();
}

std::string SortInOrder(const std::string& dump, const SortPlan& plan,
                        uint64_t& stored) {
  auto input = InputStream::FromString("dump", dump);
  REQUIRE(input.ok());
  OrderedReader reader(
      plan, {.capacity = kManyBlocks, .debug = nullptr, .progress = nullptr});
  REQUIRE(reader.Read(**input).ok());
  stored = reader.stored();
  return WriteSorted(reader.table());
}

// With two readers that take pieces in turns; empty if they gave up.
std::optional<std::string> SortInPieces(const std::string& dump,
                                        const SortPlan& plan, Random& random,
                                        uint64_t& stored) {
  std::atomic<bool> gave_up = false;
  CompatReader readers[] = {{plan, gave_up}, {plan, gave_up}};
  size_t begin = 0;
  while (begin < dump.size()) {
    const size_t from = begin + random.Uniform(200);
    size_t end = from < dump.size() ? dump.find("\n\n", from) : dump.npos;
    end = end == dump.npos ? dump.size() : end + 2;
    const std::string_view piece =
        std::string_view(dump).substr(begin, end - begin);
    CompatReader& reader = readers[random.Uniform(2)];
    // First a part that ends anywhere.
    const size_t part = random.Uniform(piece.size() + 1);
    const size_t taken = reader.Take(piece.substr(0, part), begin, false);
    CHECK(reader.Take(piece.substr(taken), begin + taken, true) ==
          piece.size() - taken);
    begin = end;
  }
  if (gave_up) return std::nullopt;
  stored = readers[0].counts().stored + readers[1].counts().stored;
  readers[0].table().Absorb(readers[1].table());
  return WriteSorted(readers[0].table());
}

TEST_CASE("SortReader: pieces give what the whole gives",
          "[owner][sort][property]") {
  const SortPlan plans[] = {
      Plan612(),
      Plan612({SortBy::kAllocTs}),
      Plan612({SortBy::kStack}),
      Plan612(kMostPages, {.stack = true}),
      Plan612({SortBy::kAllocTs}, {.pid = true, .allocator = true}),
      Plan612({SortBy::kName}, {.name = true})};
  int compared = 0;
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const bool orderly = random.Bernoulli(0.5);
    const std::string dump = RandomDump(random, orderly);
    const SortPlan& plan = plans[random.Uniform(std::size(plans))];
    uint64_t stored = 0;
    const std::optional<std::string> pieces =
        SortInPieces(dump, plan, random, stored);
    // A block without a PFN line may need that of another piece.
    if (!pieces.has_value()) continue;
    ++compared;
    uint64_t stored_in_order = 0;
    REQUIRE(*pieces == SortInOrder(dump, plan, stored_in_order));
    REQUIRE(stored == stored_in_order);
  }
  CHECK(compared > 900);
}

TEST_CASE("SortReader: lines come as from fgets()", "[owner][sort]") {
  auto input = InputStream::FromString("x", "abc\n\ndefgh\nlast");
  REQUIRE(input.ok());
  LineSource lines(**input);
  char line[5];
  std::vector<std::string> read;
  while (true) {
    const absl::StatusOr<size_t> size = lines.Read(line, sizeof(line));
    REQUIRE(size.ok());
    if (*size == 0) break;
    CHECK(line[*size] == '\0');
    read.emplace_back(line, *size);
  }
  CHECK(read == std::vector<std::string>{"abc\n", "\n", "defg", "h\n", "last"});
}

}  // namespace
}  // namespace pagelab
