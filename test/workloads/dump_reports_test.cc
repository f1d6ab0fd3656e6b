#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "pagelab/test/owner/dump_text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/workloads/dumps/diff_report.h"
#include "pagelab/workloads/dumps/group_words.h"
#include "pagelab/workloads/dumps/top_report.h"

namespace pagelab {
namespace {

constexpr std::string_view kDriver =
    " get_page_from_freelist+0x1/0x2\n drv_fill+0x3/0x4 [drv]\n"
    " drv_poll+0x5/0x6 [drv]\n net_rx_action+0x7/0x8\n";

GroupedDumps Group(const std::string& text, std::vector<DumpField> by) {
  const TemporaryDirectory directory;
  GroupOptions options;
  options.by = std::move(by);
  auto grouped = GroupDumps({directory.WriteFile("dump", text)}, options);
  REQUIRE(grouped.ok());
  return *std::move(grouped);
}

DumpDiff Diff(const std::string& before, const std::string& after) {
  const TemporaryDirectory directory;
  auto diff = DiffDumps({directory.WriteFile("before", before),
                         directory.WriteFile("after", after)},
                        {});
  REQUIRE(diff.ok());
  diff->names = {"before", "after"};
  return *std::move(diff);
}

const std::string& Sample() {
  static const std::string text = RecordOf({.order = 3, .frames = kDriver}) +
                                  RecordOf({}) +
                                  RecordOf({.comm = "a,\"b\"", .pfn = 0x3000});
  return text;
}

TEST_CASE("TopReport: the first line says who holds the memory",
          "[workloads][top_report]") {
  CHECK(TopText(Group(Sample(), {DumpField::kStack}), {}) ==
        "drv_fill [drv], in one call stack, holds 32.0 KiB, 80.0 % of the "
        "40.0 KiB in 3 records.\n"
        "\n"
        "      size    share        pages      records  stack id          "
        "stack\n"
        "  32.0 KiB   80.0 %            8            1  " +
            StackIdText(StackId(kDriver, StackIdentity::kFrames)) +
            "  drv_fill [drv] < drv_poll [drv] < net_rx_action\n"
            "   8.0 KiB   20.0 %            2            2  " +
            StackIdText(StackId(RecordWords().frames, StackIdentity::kFrames)) +
            "  caller\n"
            "  40.0 KiB  100.0 %           10            3  in all\n");
}

TEST_CASE("TopReport: what is not shown is summed up",
          "[workloads][top_report]") {
  const GroupedDumps dumps =
      Group(Sample(), {DumpField::kComm, DumpField::kOrder});
  CHECK(TopText(dumps, {.groups = 1}) ==
        "comm init, order 3 holds 32.0 KiB, 80.0 % of the 40.0 KiB in 3 "
        "records.\n"
        "\n"
        "      size    share        pages      records  comm  order\n"
        "  32.0 KiB   80.0 %            8            1  init  3\n"
        "   8.0 KiB   20.0 %            2            2  2 more\n"
        "  40.0 KiB  100.0 %           10            3  in all\n");
}

TEST_CASE("TopReport: frames on request, and nothing that steers a terminal",
          "[workloads][top_report]") {
  const std::string text =
      TopText(Group(RecordOf({.comm = "\033[31m", .frames = kDriver}),
                    {DumpField::kComm, DumpField::kStack}),
              {.groups = 0, .stacks = true});
  CHECK_THAT(text, ContainsText("comm ?[31m, drv_fill [drv] holds all of"));
  CHECK_THAT(text, ContainsText("\n                drv_poll+0x5/0x6 [drv]\n"));
}

TEST_CASE("TopReport: no group is told with what was read instead",
          "[workloads][top_report]") {
  const auto without_groups = [](uint64_t records) {
    GroupedDumps dumps;
    dumps.by = {DumpField::kStack};
    dumps.statistics.inputs.resize(1);
    dumps.statistics.inputs[0].records = records;
    return dumps;
  };
  CHECK(TopText(without_groups(30'283), {.filtered = true}) ==
        "Nothing matches: none of 30,283 records.\n");
  CHECK(TopText(without_groups(1), {.filtered = true}) ==
        "Nothing matches: none of 1 record.\n");
  CHECK(TopText(without_groups(2), {}) ==
        "Nothing is held: 2 records, only about free pages or stacks without "
        "a count.\n");
}

TEST_CASE("TopReport: an empty name is shown in quotes, one record is one",
          "[workloads][top_report]") {
  const GroupedDumps dumps =
      Group(RecordOf({.comm = ""}), {DumpField::kComm, DumpField::kOrder});
  CHECK(TopText(dumps, {}) ==
        "comm \"\", order 0 holds all of the 4.0 KiB in 1 record.\n"
        "\n"
        "      size    share        pages      records  comm  order\n"
        "   4.0 KiB  100.0 %            1            1  \"\"    0\n"
        "   4.0 KiB  100.0 %            1            1  in all\n");
  CHECK_THAT(TopCsv(dumps, {}), ContainsText("\n4096,1,1,,0\n"));
}

TEST_CASE("TopReport: a table of many groups", "[workloads][top_report]") {
  constexpr size_t kGroups = 20'000;
  GroupedDumps dumps;
  dumps.by = {DumpField::kComm, DumpField::kPid};
  for (size_t i = 0; i < kGroups; ++i) {
    dumps.groups.push_back({.values = {"task", std::to_string(i)},
                            .count = {.pages = 1, .records = 1}});
  }
  dumps.groups[kGroups / 2].values[0] = "longest";
  dumps.total = {.pages = kGroups, .records = kGroups};
  const std::string text = TopText(dumps, {.groups = 0});
  CHECK(std::count(text.begin(), text.end(), '\n') == kGroups + 4);
  CHECK_THAT(text, ContainsText("  comm     pid\n") &&
                       ContainsText("  task     0\n") &&
                       ContainsText("  longest  10000\n") &&
                       ContainsText("  task     19999\n"));
}

TEST_CASE("GroupWords: what steers a terminal is one question mark each",
          "[workloads][group_words]") {
  CHECK(Printable("\x1b[31m\t\x7f") == "?[31m??");
  // U+0080, U+009B, U+009F and their neighbour U+00A0.
  CHECK(Printable("a\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0z") == "a???\xc2\xa0z");
  // U+202A and U+202E, U+2066 and U+2069, and their neighbours.
  CHECK(Printable("\xe2\x80\xa9\xe2\x80\xaa\xe2\x80\xae\xe2\x80\xaf") ==
        "\xe2\x80\xa9??\xe2\x80\xaf");
  CHECK(Printable("\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa") ==
        "\xe2\x81\xa5??\xe2\x81\xaa");
  // Cut off, as names of 15 bytes are.
  CHECK(Printable("caf\xc2") == "caf\xc2");
  CHECK(Printable("\xe2\x80") == "\xe2\x80");
  CHECK(Printable("\xc3\xa9t\xc3\xa9") == "\xc3\xa9t\xc3\xa9");
  CHECK(Counted(0, "page") == "0 pages");
  CHECK(Counted(1, "page") == "1 page");
  CHECK(Counted(1'234, "page") == "1,234 pages");
}

TEST_CASE("TopReport: JSON has every frame and unknown values as null",
          "[workloads][top_report]") {
  const auto json = nlohmann::json::parse(
      TopJson(Group(Sample(),
                    {DumpField::kStack, DumpField::kOrder, DumpField::kMemcg}),
              {}));
  CHECK(json["total"]["pages"] == 10);
  CHECK(json["groups"][0]["bytes"] == 8 * 4096);
  CHECK(json["groups"][0]["stack"][1] == "drv_fill+0x3/0x4 [drv]");
  CHECK(json["groups"][0]["order"] == 3);
  CHECK(json["groups"][0]["memcg"].is_null());
  // Groups do not tell this name from an unknown one.
  CHECK(nlohmann::json::parse(
            TopJson(Group(RecordOf({.comm = "-"}), {DumpField::kComm}),
                    {}))["groups"][0]["comm"]
            .is_null());
  CHECK(json["groups"][0]["stack_id"] ==
        StackIdText(StackId(kDriver, StackIdentity::kFrames)));
}

TEST_CASE("TopReport: comma-separated values are quoted where they must be",
          "[workloads][top_report]") {
  CHECK(TopCsv(Group(Sample(), {DumpField::kComm}), {}) ==
        "bytes,pages,records,comm\n"
        "36864,9,2,init\n"
        "4096,1,1,\"a,\"\"b\"\"\"\n");
}

TEST_CASE("DiffReport: the first line says what grew",
          "[workloads][diff_report]") {
  const std::string text = DiffText(
      Diff(RecordOf({}),
           RecordOf({}) +
               RecordOf({.order = 1, .pfn = 0x2000, .frames = kDriver})),
      {});
  CHECK_THAT(text,
             ContainsText("drv_fill [drv], in one call stack, grew most, by "
                          "8.0 KiB from nothing; all together went from 4.0 "
                          "KiB to 12.0 KiB, by +8.0 KiB.\n"
                          "8.0 KiB in 1 group new since A.\n"
                          "4.0 KiB never went away: 1 allocation in every "
                          "dump.\n"));
  CHECK_THAT(text, ContainsText("+8.0 KiB           -     8.0 KiB         0 B"
                                "  new  "));
  CHECK_THAT(DiffText(Diff(Sample(), RecordOf({})), {}),
             ContainsText("Nothing grew: all together went from 40.0 KiB to "
                          "4.0 KiB.\n"));
}

TEST_CASE("DiffReport: a table without groups is a line that says so",
          "[workloads][diff_report]") {
  const DumpDiff same = Diff(RecordOf({}), RecordOf({}));
  CHECK(DiffText(same, {}) ==
        "Nothing grew: all together went from 4.0 KiB to 4.0 KiB.\n"
        "Nothing is new since A.\n"
        "4.0 KiB never went away: 1 allocation in every dump.\n"
        "\n"
        "         A     4.0 KiB            1 record   before\n"
        "         B     4.0 KiB            1 record   after\n"
        "\n"
        "No group grew.\n");
  const auto end = [](const DumpDiff& diff, DiffShow show) {
    const std::string text = DiffText(diff, {.show = show});
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
  };
  CHECK(end(same, DiffShow::kShrunk) == "No group shrank.\n");
  CHECK(end(same, DiffShow::kNew) == "No group is new since A.\n");
  CHECK(end(same, DiffShow::kAlways) ==
        "No group grew from every dump to the next.\n");
  CHECK(end(Diff(RecordOf({}), RecordOf({.ts = 200})), DiffShow::kStayed) ==
        "No group has pages that never went away.\n");
}

TEST_CASE("DiffReport: shrunk, new and stayed groups are lists of their own",
          "[workloads][diff_report]") {
  const DumpDiff diff =
      Diff(Sample(), RecordOf({}) + RecordOf({.frames = " n+0x1/0x2\n"}));
  const auto shown = [&diff](DiffShow show) {
    return ShownGroups(diff, {.show = show});
  };
  REQUIRE(shown(DiffShow::kShrunk).size() == 2);
  CHECK(shown(DiffShow::kShrunk)[0]->values[0] == kDriver);
  REQUIRE(shown(DiffShow::kNew).size() == 1);
  CHECK(shown(DiffShow::kNew)[0]->values[0] == " n+0x1/0x2\n");
  REQUIRE(shown(DiffShow::kStayed).size() == 1);
  CHECK(shown(DiffShow::kStayed)[0]->stayed.pages == 1);
  CHECK(shown(DiffShow::kAlways).size() == 1);
}

TEST_CASE("DiffReport: JSON and comma-separated values round nothing",
          "[workloads][diff_report]") {
  const DumpDiff diff = Diff(RecordOf({}), Sample());
  const auto json = nlohmann::json::parse(DiffJson(diff, {}));
  CHECK(json["growth_pages"] == 9);
  CHECK(json["dumps"][1]["pages"] == 10);
  CHECK(json["groups"][0]["new"] == true);
  CHECK(json["groups"][0]["counts"][0]["pages"] == 0);
  CHECK(json["stayed"]["records"] == 1);
  const std::string csv = DiffCsv(diff, {.groups = 1});
  CHECK_THAT(csv, ContainsText("growth_pages,pages_1,records_1,pages_2,"
                               "records_2,stayed_pages,new,stack_id,stack\n"
                               "8,0,0,8,1,0,1,"));
}

}  // namespace
}  // namespace pagelab
