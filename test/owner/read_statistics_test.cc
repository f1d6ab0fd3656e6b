#include "pagelab/owner/dump/read_statistics.h"

#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

InputStatistics Input(std::string name) {
  InputStatistics input;
  input.name = std::move(name);
  return input;
}

std::string Message(const absl::Status& status) {
  return std::string(FromAbsl(status.message()));
}

TEST_CASE("ReadStatistics: what readers saw of an input adds up",
          "[owner][dump]") {
  InputStatistics all = Input("dump");
  InputStatistics late = Input("");
  late.records = 2;
  late.pages = 5;
  late.damaged = 1;
  late.first_damage = {900, "late"};
  InputStatistics early = Input("");
  early.records = 1;
  early.pages = 1;
  early.damaged = 2;
  early.first_damage = {30, "early"};
  early.other_lines = 4;
  early.found_report = true;
  all.Merge(late);
  all.Merge(early);
  all.Merge(Input(""));
  const ReadStatistics statistics{.inputs = {Input("before"), all, all}};
  CHECK(statistics.records() == 6);
  CHECK(statistics.pages() == 12);
  CHECK(statistics.damaged() == 6);
  CHECK(ReadNotes(statistics).size() == 2);
  CHECK(ReadNotes(statistics)[0] ==
        "dump: 3 damaged records left out, the first at byte 30: early");
  CHECK(Message(StrictStatus(statistics)) == "dump: byte 30: early");
  CHECK(ExitCodeFor(StrictStatus(statistics)) == 3);
}

TEST_CASE("ReadStatistics: notes tell of one and of many", "[owner][dump]") {
  InputStatistics one = Input("one");
  one.damaged = 1;
  one.first_damage = {7, "it is cut off"};
  one.other_lines = 1;
  InputStatistics many = Input("many");
  many.other_lines = 1234;
  InputStatistics log = many;
  log.found_report = true;
  CHECK(ReadNotes({.inputs = {one, many, log}}) ==
        std::vector<std::string>{
            "one: 1 damaged record left out, at byte 7: it is cut off",
            "one: 1 line that belongs to no record passed over",
            "many: 1,234 lines that belong to no record passed over"});
  CHECK(StrictStatus({.inputs = {many}}).ok());
}

TEST_CASE("ReadStatistics: an input without a record is an error",
          "[owner][dump]") {
  InputStatistics input = Input("mail.txt");
  input.other_lines = 3;
  CHECK(Message(RequireRecords(input)) ==
        "mail.txt: no page_owner record; expected \"Page allocated via order "
        "...\"");
  input.damaged = 1;
  input.first_damage = {12, "it is cut off"};
  CHECK(Message(RequireRecords(input)) ==
        "mail.txt: no page_owner record is whole; byte 12: it is cut off");
  input.records = 1;
  CHECK(RequireRecords(input).ok());
}

}  // namespace
}  // namespace pagelab
