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

TEST_CASE("Redactor: a frame that may be somebody's is replaced",
          "[report][export]") {
  for (const std::string frame :
       {"SECRETfn+0x1/0x2 [SECRETmod] ", "SECRETfn+0x1/0x2 [SECRETmod]\r",
        "SECRETfn+0x1/0x2 [SECRETmod 0123abcd]",
        "SECRETfn (drivers/SECRETdrv.c:12) SECRETmod",
        "SECRETfn (SECRETdrv.c:12)", "bpf_prog_1234_SECRETbpf+0x5/0x6",
        "bpf_prog_6deef7357e7b4530_SECRET+0x5/0x6", "bpf__SECRET_op+0x5/0x6",
        "SECRETfn", "SECRETfn+0x0/0x0", "SECRETfn+0x1",
        "SECRETfn+0x1/0x2 SECRET", "SECRETfn]", "handle: SECRET",
        "handle: 42 SECRET"}) {
    CAPTURE(frame);
    CHECK_THAT(Redactor(Redaction::kNames).Frame(frame),
               !ContainsText("SECRET") && ContainsText("function-1"));
    CHECK_THAT(Redactor(Redaction::kFunctions).Frame(frame),
               !ContainsText("SECRET"));
  }
  for (const std::string frame :
       {"bpf_trampoline_6442536467+0x5/0x6", "bpf_dispatcher_xdp+0x5/0x6",
        "bpf_prog_alloc_no_stats+0x5/0x60", "copy_process.isra.0+0xaf/0x1b00",
        "handle: 42"}) {
    CHECK(Redactor(Redaction::kNames).Frame(frame) == frame);
  }
}

TEST_CASE("Redactor: who asked is named as frames are", "[report][export]") {
  const std::string_view driver[] = {"new_slab+0x1/0x2",
                                     "SECRETfn+0x1/0x2 [SECRETmod]"};
  const std::string_view kernel[] = {"new_slab+0x1/0x2", "pte_alloc+0x1/0x2"};
  const std::string_view early[] = {"register_early_stack+0x1/0x2"};
  const std::string_view handle[] = {"handle: 42"};
  Redactor redactor(Redaction::kNames);
  CHECK(redactor.OwnerOf(driver).function == "function-1 [module-1]");
  CHECK(redactor.OwnerOf(driver).module == "module-1");
  CHECK(redactor.OwnerOf(kernel).function == "pte_alloc");
  CHECK(redactor.OwnerOf(kernel).module == "kernel");
  Redactor all(Redaction::kFunctions);
  CHECK(all.OwnerOf(kernel).function == "function-1");
  CHECK(all.OwnerOf(kernel).module == "kernel");
  CHECK(all.OwnerOf(early).function == "(before page_owner started)");
  CHECK(all.OwnerOf(handle).function == "handle: 42");
  CHECK(all.OwnerOf(handle).module == "handle: 42");
}

TEST_CASE("Redactor: sentences lose names and quotations", "[report][export]") {
  CHECK(Redactor(Redaction::kNone).Sentence("a.txt: \"x\"", "a.txt") ==
        "a.txt: \"x\"");
  CHECK(Redactor(Redaction::kNames)
            .Sentence("a.txt: \"secret\" in a.txt", "a.txt") ==
        "the source: \"...\" in the source");
  CHECK(Redactor(Redaction::kNames).Sentence("out is without out.", "out") ==
        "the source is without the source.");
}

}  // namespace
}  // namespace pagelab
