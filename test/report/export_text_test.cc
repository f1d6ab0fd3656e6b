#include <string>

#include "pagelab/report/export/json_text.h"
#include "pagelab/report/export/redactor.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

std::string JsonOf(std::string_view text) {
  std::string out;
  AppendJsonText(out, text);
  return out;
}

TEST_CASE("JSON text: what steers is escaped", "[report][export]") {
  CHECK(JsonOf("plain") == "\"plain\"");
  CHECK(JsonOf("a\"b\\c\n\x1b\x7f") == "\"a\\\"b\\\\c\\u000a\\u001b\\u007f\"");
  CHECK(JsonOf(std::string_view("\0", 1)) == "\"\\u0000\"");
}

TEST_CASE("JSON text: bytes that are no UTF-8 are replaced",
          "[report][export]") {
  const std::string replaced = "\xef\xbf\xbd";
  CHECK(Utf8Of("gr\xc3\xbcn \xe2\x82\xac \xf0\x9f\x98\x80") ==
        "gr\xc3\xbcn \xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(Utf8Of("a\xff") == "a" + replaced);
  // Cut off, overlong, a surrogate, too large.
  CHECK(Utf8Of("\xc3") == replaced);
  CHECK(Utf8Of("\xc0\x80") == replaced + replaced);
  CHECK(Utf8Of("\xe0\x80\x80") == replaced + replaced + replaced);
  CHECK(Utf8Of("\xed\xa0\x80") == replaced + replaced + replaced);
  CHECK(Utf8Of("\xf4\x90\x80\x80") ==
        replaced + replaced + replaced + replaced);
  CHECK(JsonOf("a\xff") == "\"a" + replaced + "\"");
}

TEST_CASE("Redactor: the same is replaced by the same", "[report][export]") {
  Redactor redactor(Redaction::kNames);
  CHECK(redactor.Comm("nginx") == "task-1");
  CHECK(redactor.Comm("bash") == "task-2");
  CHECK(redactor.Comm("nginx") == "task-1");
  CHECK(redactor.Pid(4711) == 1);
  CHECK(redactor.Pid(12) == 2);
  CHECK(redactor.Pid(4711) == 1);
  CHECK(redactor.Pid(0) == 0);
  CHECK(redactor.Pid(-1) == -1);
  CHECK(redactor.Memcg("job-7") == "cgroup-1");
  CHECK(redactor.Memcg("-") == "-");
}

TEST_CASE("Redactor: the kernel's functions stay unless all go",
          "[report][export]") {
  const std::string kernel = "vfs_read+0x21c/0x360";
  const std::string driver = "drv_poll+0x61/0x110 [drv]";
  CHECK(Redactor(Redaction::kNone).Frame(driver) == driver);
  Redactor names(Redaction::kNames);
  CHECK(names.Frame(kernel) == kernel);
  CHECK(names.Frame(driver) == "function-1 [module-1]");
  CHECK(names.Frame("drv_open+0x1/0x2 [drv]") == "function-2 [module-1]");
  CHECK(names.Frame("drv_poll+0x77/0x110 [drv]") == "function-1 [module-1]");
  Redactor all(Redaction::kFunctions);
  CHECK(all.Frame(kernel) == "function-1");
  CHECK(all.Frame(driver) == "function-2 [module-1]");
}

TEST_CASE("Redactor: sentences lose names and quotations", "[report][export]") {
  CHECK(Redactor(Redaction::kNone).Sentence("a.txt: \"x\"", "a.txt") ==
        "a.txt: \"x\"");
  CHECK(Redactor(Redaction::kNames)
            .Sentence("a.txt: \"secret\" in a.txt", "a.txt") ==
        "the source: \"...\" in the source");
}

}  // namespace
}  // namespace pagelab
