#include "pagelab/owner/dump/newest_timestamp.h"

#include <string>
#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

using era_records::k319;
using era_records::k612;
using era_records::k63;

std::string ErrorOf(const std::vector<std::string>& paths) {
  return std::string(FromAbsl(NewestTimestamp(paths, {}).status().message()));
}

TEST_CASE("NewestTimestamp: the latest of all inputs", "[owner][dump]") {
  const TemporaryDirectory directory;
  const std::string newer = directory.WriteFile("newer", k612);
  const std::string older =
      directory.WriteFile("older", std::string(k63) + std::string(k319));
  const std::vector<std::string> both = {older, newer};
  const auto newest = NewestTimestamp(both, {});
  REQUIRE(newest.ok());
  CHECK(newest->value() == 81'233'445'566);
  const std::vector<std::string> one = {older};
  CHECK(NewestTimestamp(one, {})->value() == 120'034'567);
}

TEST_CASE("NewestTimestamp: records without a time have none",
          "[owner][dump]") {
  const TemporaryDirectory directory;
  const std::vector<std::string> paths = {directory.WriteFile("old", k319)};
  const auto newest = NewestTimestamp(paths, {});
  REQUIRE(newest.ok());
  CHECK_FALSE(newest->has_value());
}

TEST_CASE("NewestTimestamp: what can be read only once is refused",
          "[owner][dump]") {
  const std::string what =
      ": ages need the time of the newest record, and this can be read only "
      "once; give the time with --now, as in --now 2h";
  CHECK(ErrorOf({"-"}) == "stdin" + what);
  CHECK(ErrorOf({"/dev/null"}) == "/dev/null" + what);
  CHECK_THAT(ErrorOf({"./no-such-file"}), ContainsText("./no-such-file: "));
}

}  // namespace
}  // namespace pagelab
