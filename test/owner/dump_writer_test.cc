#include "pagelab/owner/dump_writer.h"

#include <string>
#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/test/owner/owner_fixture.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr std::string_view kMask = "0x140cca";
constexpr Gfp kUserGfp(0x140cca);

std::vector<uint64_t> Pfns(const std::string& dump) {
  return OwnerFixture::PfnsIn(dump, kMask);
}

using PfnList = std::vector<uint64_t>;

}  // namespace

TEST_CASE("DumpWriter: a record is printed as the kernel prints it",
          "[owner][dump_writer]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.kernel.context.now = Nanoseconds(81233445566);
  machine.kernel.task.pid = 4711;
  machine.kernel.task.tgid = 4700;
  machine.kernel.task.set_comm("worker-3");
  machine.CallFromStack(
      {"vma_alloc_folio_noprof+0x6c/0xd0", "ext4_readpage+0x12/0x34 [ext4]"});
  const Pfn head = machine.Alloc(kUserGfp, 0);
  machine.kernel.memory->PageAt(head)->flags =
      page_flag::kUptodate.With(page_flag::kLru).With(page_flag::kSwapbacked);
  const uint64_t pfn = head.value();
  const std::string expected =
      "Page allocated via order 0, mask "
      "0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), pid 4711, tgid 4700 "
      "(worker-3), ts 81233445566 ns\n"
      "PFN 0xfbff type Movable Block 125 type Movable Flags "
      "0x1fffc0000020028(uptodate|lru|swapbacked|node=0|zone=1|"
      "lastcpupid=0x3fff)\n"
      " get_page_from_freelist+0x523/0x1780\n"
      " __alloc_pages_noprof+0x1ad/0x1160\n"
      " vma_alloc_folio_noprof+0x6c/0xd0\n"
      " ext4_readpage+0x12/0x34 [ext4]\n"
      "\n";
  REQUIRE(pfn == 0xfbff);
  DumpWriter writer(machine.owner, {});
  std::vector<char> buffer(4096);
  uint64_t position = pfn;
  const auto size = writer.ReadRecord(position, absl::MakeSpan(buffer));
  REQUIRE(size.ok());
  CHECK(std::string(buffer.data(), *size) == expected);
  CHECK(position == pfn + 1);

  SECTION("a read needs room for one byte more") {
    const size_t length = expected.size();
    position = pfn;
    const auto refused =
        writer.ReadRecord(position, absl::MakeSpan(buffer).first(length));
    CHECK(absl::IsResourceExhausted(refused.status()));
    CHECK(std::string(refused.status().message()) ==
          "page_owner: ENOMEM: the record of pfn 64511 needs a buffer of " +
              std::to_string(length + 1) + " bytes, got " +
              std::to_string(length));
    // The record is passed over all the same.
    CHECK(position == pfn + 1);
    position = pfn;
    CHECK(*writer.ReadRecord(
              position, absl::MakeSpan(buffer).first(length + 1)) == length);
  }
}

TEST_CASE("DumpWriter: off, reading is refused", "[owner][dump_writer]") {
  OwnerFixture machine({.enabled = false});
  REQUIRE(machine.Boot().ok());
  DumpWriter writer(machine.owner, {});
  std::vector<char> buffer(4096);
  uint64_t position = 0;
  const auto size = writer.ReadRecord(position, absl::MakeSpan(buffer));
  CHECK(absl::IsInvalidArgument(size.status()));
  CHECK(size.status().message() ==
        "page_owner: EINVAL: tracking is off; boot with page_owner=on");
  StringOutput out;
  CHECK(absl::IsInvalidArgument(writer.Write(out)));
}

TEST_CASE("DumpWriter: only the head of a block is shown, until it is split",
          "[owner][dump_writer]") {
  // page-ext-owner-depot.md 16, vectors 6 and 7.
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFrom("once+0x10/0x20");
  const Pfn head = machine.Alloc(kUserGfp, 2);
  const uint64_t pfn = head.value();
  CHECK(Pfns(machine.ReadAll()) == PfnList{pfn});
  CHECK(machine.BasePagesAt(head) == 4);
  CHECK(Pfns(machine.ReadAll(pfn + 1)).empty());

  machine.kernel.Split(head, Order(2));
  CHECK(Pfns(machine.ReadAll()) == PfnList{pfn, pfn + 1, pfn + 2, pfn + 3});
  CHECK(Pfns(machine.ReadAll(pfn + 1)) == PfnList{pfn + 1, pfn + 2, pfn + 3});
  CHECK(machine.RecordOf(head + PageCount(3)).order == 0);
  CHECK(machine.BasePagesAt(head) == 4);

  for (uint64_t i = 0; i < 4; ++i) {
    machine.Free(head + PageCount(i), 0);
    CHECK(machine.BasePagesAt(head) == static_cast<int64_t>(3 - i));
  }
  CHECK(Pfns(machine.ReadAll()).empty());
  CHECK(machine.ShowStacks().find("once+0x10/0x20") == std::string::npos);
}

TEST_CASE("DumpWriter: writing everything gives what reads give",
          "[owner][dump_writer]") {
  OwnerFixture machine({.kernel = {.node_sections = {1, 1}}});
  REQUIRE(machine.Boot().ok());
  std::vector<Pfn> kept;
  for (int i = 0; i < 300; ++i) {
    machine.CallFrom("f" + std::to_string(i % 7) + "+0x10/0x20");
    machine.kernel.task.set_comm("task " + std::to_string(i % 3));
    machine.kernel.context.now += Nanoseconds(17);
    const int order = i % 5;
    const std::optional<Pfn> head = machine.kernel.AllocBlock(
        machine.kernel.context, i % 2 == 0 ? gfp::kKernel : kUserGfp,
        Order(order), NodeId(i % 2));
    REQUIRE(head.has_value());
    machine.kernel.free_to_pcp = i % 4 == 0;
    if (i % 3 == 0) machine.Free(*head, order);
  }
  const std::string dump = machine.WriteAll();
  CHECK(dump == machine.ReadAll());
  // The early pages: two tables and two pools. Then what was not freed.
  size_t records = 0;
  for (size_t at = 0; (at = dump.find("PFN 0x", at)) != std::string::npos;
       ++at) {
    ++records;
  }
  const size_t own = OwnerFixture::PfnsIn(dump, "0xd2cc0").size();
  CHECK(own == 1);
  CHECK(records == 2 * 576 + 8 + 200 + own);
  CHECK(dump.find("node=1") != std::string::npos);
}

TEST_CASE("DumpWriter: positions are pfns, and the end stays where it is",
          "[owner][dump_writer]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFrom("once+0x10/0x20");
  const Pfn high = machine.Alloc(kUserGfp, 0);
  const Pfn low = machine.Alloc(kUserGfp, 0);
  REQUIRE(low < high);
  DumpWriter writer(machine.owner, {});
  std::vector<char> buffer(4096);
  const auto read_at = [&](uint64_t& position) {
    const auto size = writer.ReadRecord(position, absl::MakeSpan(buffer));
    return size.ok() ? std::string(buffer.data(), *size) : "";
  };
  // Position 0 is the first page of memory; the lowest record is a pool's.
  uint64_t position = 0;
  CHECK_THAT(read_at(position), ContainsText("register_early_stack"));
  CHECK(position == 63481);
  position = low.value();
  CHECK_THAT(read_at(position), ContainsText("once+0x10/0x20"));
  CHECK(position == low.value() + 1);
  // Between the two lies the page of the list of stacks.
  CHECK_THAT(read_at(position), ContainsText("register_dummy_stack"));
  CHECK_THAT(read_at(position), ContainsText("once+0x10/0x20"));
  CHECK(position == high.value() + 1);

  position = 65536;
  CHECK(*writer.ReadRecord(position, absl::MakeSpan(buffer)) == 0);
  CHECK(position == 65536);
  position = uint64_t{1} << 60;
  CHECK(*writer.ReadRecord(position, absl::MakeSpan(buffer)) == 0);
}

TEST_CASE("DumpWriter: a page freed before boot marked it shows until reused",
          "[owner][dump_writer]") {
  // A page on a per-cpu list counts as early allocated; once it is in a free
  // block, only a read that starts inside the block still meets it.
  OwnerFixture machine;
  const Pfn pfn = *machine.kernel.AllocBlock(machine.kernel.context, Gfp(),
                                             Order(1), NodeId());
  machine.kernel.free_to_pcp = true;
  machine.kernel.FreeBlock(machine.kernel.context, pfn, Order(1));
  REQUIRE(machine.Boot().ok());
  const std::string line = "ts 0 ns\nPFN 0x" + [&] {
    std::string hex;
    AppendHex(hex, pfn.value() + 1);
    return hex;
  }() + " ";
  CHECK(machine.ReadAll().find(line) != std::string::npos);
  machine.kernel.memory->PageAt(pfn)->state = PageState::kBuddy;
  CHECK(machine.ReadAll().find(line) == std::string::npos);
  CHECK(machine.ReadAll(pfn.value() + 1).find(line) != std::string::npos);
}

TEST_CASE("DumpWriter: a record that no page holds is left out",
          "[owner][dump_writer]") {
  // page-ext-owner-depot.md 16, vector 10: 4096 bytes are always too long.
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  const std::string name(300, 'x');
  std::vector<std::string> names;
  for (int i = 0; i < 14; ++i) {
    names.push_back(name + std::to_string(100 + i) + "+0x10/0x20");
  }
  machine.CallFrom("short+0x10/0x20");
  const Pfn before = machine.Alloc(kUserGfp, 0);
  machine.CallFromStack(
      std::vector<std::string_view>(names.begin(), names.end()));
  machine.Alloc(kUserGfp, 0);
  CHECK(Pfns(machine.WriteAll()) == PfnList{before.value()});

  // Cut the last name so that records of 4095 and 4096 bytes come out.
  DumpWriter writer(machine.owner, {});
  std::vector<char> buffer(8192);
  for (size_t length : {size_t{4095}, size_t{4096}}) {
    names.resize(12);
    names.back() = "y+0x10/0x20";
    for (int attempt = 0; attempt < 2; ++attempt) {
      machine.CallFromStack(
          std::vector<std::string_view>(names.begin(), names.end()));
      const Pfn pfn = machine.Alloc(kUserGfp, 0);
      uint64_t position = pfn.value();
      const auto size = writer.ReadRecord(position, absl::MakeSpan(buffer));
      if (attempt == 0) {
        REQUIRE(size.ok());
        names.back().insert(0, length - *size, 'y');
      } else if (length == 4095) {
        CHECK(*size == 4095);
      } else {
        CHECK(absl::IsResourceExhausted(size.status()));
      }
    }
  }
}

TEST_CASE("DumpWriter: without grouping by mobility all requests are Unmovable",
          "[owner][dump_writer]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.kernel.state.policy.page_group_by_mobility_disabled = true;
  machine.CallFrom("once+0x10/0x20");
  const Pfn head = machine.Alloc(kUserGfp, 0);
  CHECK(machine.ReadAll(head.value()).find(" type Unmovable Block 125") !=
        std::string::npos);
  CHECK(machine.DumpPage(head).find("migratetype Unmovable") !=
        std::string::npos);
}

TEST_CASE("ShowStacks: the latest stack comes first, without empty ones",
          "[owner][dump_writer]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  CHECK(machine.ShowStacks().empty());
  machine.CallFrom("first+0x10/0x20");
  machine.Alloc(kUserGfp, 3);
  machine.CallFrom("second+0x10/0x20");
  const Pfn second = machine.Alloc(kUserGfp, 1);
  const std::string top =
      " get_page_from_freelist+0x523/0x1780\n"
      " __alloc_pages_noprof+0x1ad/0x1160\n";
  const std::string dummy =
      " register_dummy_stack+0x46/0x80\n"
      " init_page_owner+0x25/0x290\n"
      " mm_core_init+0xc8/0x170\n"
      " start_kernel+0x29b/0x7f0\n"
      "nr_base_pages: 1\n\n";
  const std::string first = top + " first+0x10/0x20\nnr_base_pages: 8\n\n";
  CHECK(machine.ShowStacks() ==
        top + " second+0x10/0x20\nnr_base_pages: 2\n\n" + first + dummy);
  machine.Free(second, 1);
  CHECK(machine.ShowStacks() == first + dummy);
}

TEST_CASE("DumpWriter: a read of a whole number of records' bytes is refused",
          "[owner][dump_writer]") {
  // page-ext-owner-depot.md 6.2 and 16, vector 10: n must be L + 1, for the
  // shortest record, the longest and one that no page holds.
  OwnerFixture machine(
      {.profile = {.stack_depth = 16, .alloc_frames = {}, .free_frames = {}}});
  REQUIRE(machine.Boot().ok());
  const auto length_of = [&](const std::vector<std::string>& names) {
    machine.CallFromStack({names.begin(), names.end()});
    const Pfn pfn = machine.Alloc(kUserGfp, 0);
    DumpWriter writer(machine.owner, {});
    std::vector<char> buffer(8192);
    for (size_t room = 1; room <= 4096; ++room) {
      uint64_t position = pfn.value();
      const auto size =
          writer.ReadRecord(position, absl::MakeSpan(buffer).first(room));
      CHECK(position == pfn.value() + 1);
      if (!size.ok()) continue;
      // The first buffer that does is one byte longer than the record.
      CHECK(*size + 1 == room);
      return *size;
    }
    return size_t{4096};
  };
  const std::string place = "+0x10/0x20";
  const size_t shortest = length_of({"a" + place});
  CHECK(shortest > 200);
  // Frames that make up the rest, a blank and a newline around each.
  const auto stack_for = [&](size_t length) {
    std::vector<std::string> names = {"a" + place};
    const auto add = [&](size_t bytes) {
      const std::string number = std::to_string(names.size());
      const size_t rest = bytes - 2 - place.size() - number.size();
      names.push_back(std::string(rest, 'x') + number + place);
    };
    size_t left = length - shortest;
    for (; left > 400; left -= 300) add(300);
    add(left);
    return names;
  };
  for (size_t length : {size_t{1000}, size_t{4094}, size_t{4095}}) {
    CAPTURE(length);
    CHECK(length_of(stack_for(length)) == length);
  }
  // 4096 bytes never fit.
  CHECK(length_of(stack_for(4096)) == 4096);
}

TEST_CASE("ShowHandles: pages by handle, and what the handles are",
          "[owner][dump_writer]") {
  // page-ext-owner-depot.md 7.
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  machine.CallFrom("once+0x10/0x20");
  const Pfn pfn = machine.Alloc(kUserGfp, 3);
  const std::string handle =
      "handle: " + std::to_string(machine.RecordOf(pfn).handle) + "\n";
  const auto text_of = [&](auto write) {
    StringOutput out;
    REQUIRE(write(machine.owner, out).ok());
    return out.text();
  };
  const std::string dummy =
      "handle: " + std::to_string(machine.owner.dummy_handle().value()) + "\n";
  CHECK(text_of(WriteShowHandles) ==
        handle + "nr_base_pages: 8\n\n" + dummy + "nr_base_pages: 1\n\n");
  const std::string stacks = text_of(WriteShowStacksHandles);
  CHECK_THAT(stacks, ContainsText(" once+0x10/0x20\n" + handle + "\n"));
  CHECK(stacks.find("nr_base_pages") == std::string::npos);
  // The threshold holds for all three files.
  machine.owner.set_count_threshold(8);
  CHECK(text_of(WriteShowHandles) == handle + "nr_base_pages: 8\n\n");
  machine.owner.set_count_threshold(9);
  CHECK(text_of(WriteShowHandles).empty());
  CHECK(text_of(WriteShowStacksHandles).empty());
}

TEST_CASE("ShowStacks: the threshold hides what is below it",
          "[owner][dump_writer]") {
  // page-ext-owner-depot.md 16, vector 11.
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  for (int32_t pages : {7000, 6999, 20824}) {
    machine.CallFrom("f" + std::to_string(pages) + "+0x10/0x20");
    const Pfn pfn = machine.Alloc(kUserGfp, 0);
    machine.depot.SetRefcount(StackHandle(machine.RecordOf(pfn).handle),
                              pages + 1);
  }
  CHECK(ReadCountThreshold(machine.owner) == "0");
  REQUIRE(WriteCountThreshold(machine.owner, "7000\n").ok());
  CHECK(ReadCountThreshold(machine.owner) == "7000");
  const std::string text = machine.ShowStacks();
  CHECK(text.find("nr_base_pages: 20824\n") != std::string::npos);
  CHECK(text.find("nr_base_pages: 7000\n") != std::string::npos);
  CHECK(text.find("nr_base_pages: 6999\n") == std::string::npos);

  // The kernel's way with numbers.
  struct Number {
    std::string_view text;
    uint64_t value;
  };
  for (const Number& number :
       {Number{"0x1B58", 7000}, Number{"010", 8}, Number{"+7\n", 7},
        Number{"0", 0}, Number{"18446744073709551615", UINT64_MAX},
        // What is behind 23 bytes is not looked at.
        Number{"00000000000000000000017x", 15}, Number{"7000\n", 7000}}) {
    CAPTURE(std::string(number.text));
    REQUIRE(WriteCountThreshold(machine.owner, number.text).ok());
    CHECK(machine.owner.count_threshold() == number.value);
    CHECK(ReadCountThreshold(machine.owner) == std::to_string(number.value));
  }
  CHECK_THAT(
      std::string(
          WriteCountThreshold(machine.owner, "18446744073709551616").message()),
      ContainsText("count_threshold: ERANGE: "));

  for (const char* wrong :
       {"", "-1", "7000 ", "x", "7\n\n", "0x", "08", "++7", "\n"}) {
    CAPTURE(wrong);
    const absl::Status status = WriteCountThreshold(machine.owner, wrong);
    CHECK(absl::IsInvalidArgument(status));
    CHECK_THAT(std::string(status.message()),
               ContainsText("count_threshold: EINVAL: "));
  }
  CHECK(machine.owner.count_threshold() == 7000);
}

}  // namespace pagelab
