#include "pagelab/stackdepot/symbol_table.h"

#include <string>
#include <vector>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

std::string RoundTrip(SymbolTable& symbols, const std::string& text) {
  const absl::StatusOr<SimAddress> address = symbols.InternFrame(text);
  if (!address.ok()) return std::string(address.status().message());
  return symbols.ToText(*address);
}

TEST_CASE("SymbolTable: recorded frames print as they were",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  const std::string frame = GENERATE(
      as<std::string>(), "get_page_from_freelist+0xd01/0xd80",
      "irq_domain_alloc_descs.part.0+0x3d/0x80", "asm_exc_page_fault+0x26/0x30",
      "ext4_readahead+0x31/0x40 [ext4]", "__do_sys_clone+0x66/0x90",
      "func+0x1/0x2 [mod-with.dots_1]");
  CHECK(RoundTrip(symbols, frame) == frame);
  CHECK(RoundTrip(symbols, frame) == frame);
  CHECK(symbols.CurrentMark().nr_symbols == 1);
}

TEST_CASE("SymbolTable: a bare name prints with a size of nothing",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  CHECK(RoundTrip(symbols, "leaky_probe") == "leaky_probe+0x0/0x0");
  CHECK(RoundTrip(symbols, "leaky_probe [leaky]") ==
        "leaky_probe+0x0/0x0 [leaky]");
  CHECK(RoundTrip(symbols, "leaky_probe+0x0/0x0") == "leaky_probe+0x0/0x0");
  CHECK(symbols.CurrentMark().nr_symbols == 2);
}

TEST_CASE("SymbolTable: an address without a name stays an address",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  const SimAddress function = *symbols.InternFrame("f+0x1/0x10");
  CHECK(RoundTrip(symbols, "0xffffffffc0123456") == "0xffffffffc0123456");
  // Even that of a function here.
  CHECK(RoundTrip(symbols, "0xffffffff81000001") == "0xffffffff81000001");
  CHECK(function == 0xffffffff81000001);
}

TEST_CASE("SymbolTable: addresses follow the order of arrival",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  CHECK(*symbols.InternFrame("a+0x5/0x11") == 0xffffffff81000005);
  CHECK(*symbols.InternFrame("b+0x1/0x10") == 0xffffffff81000021);
  CHECK(*symbols.InternFrame("bare") == 0xffffffff81000030);
  CHECK(*symbols.InternFrame("c+0x1/0x10") == 0xffffffff81000041);
  CHECK(*symbols.InternFrame("m+0x1/0x10 [mod]") == 0xffffffffc0000001);
  CHECK(*symbols.InternFrame("a+0x6/0x11") == 0xffffffff81000006);
}

TEST_CASE("SymbolTable: another size or module is another symbol",
          "[stackdepot][symbols]") {
  // T2: recorded kernels have several static functions of one name.
  SymbolTable symbols;
  const SimAddress first = *symbols.InternFrame("init+0x5/0x10");
  const SimAddress larger = *symbols.InternFrame("init+0x5/0x20");
  const SimAddress in_module = *symbols.InternFrame("init+0x5/0x10 [mod]");
  CHECK(first != larger);
  CHECK(first != in_module);
  CHECK(symbols.ToText(first) == "init+0x5/0x10");
  CHECK(symbols.ToText(larger) == "init+0x5/0x20");
  CHECK(symbols.ToText(in_module) == "init+0x5/0x10 [mod]");
}

TEST_CASE("SymbolTable: unknown addresses print in hexadecimal",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  CHECK(symbols.ToText(0xffffffff81000000) == "0xffffffff81000000");
  CHECK(symbols.ToText(0) == "0x0");
  // T1: the gap between two functions belongs to neither.
  const SimAddress a = *symbols.InternFrame("a+0x1/0x11");
  REQUIRE(symbols.InternFrame("b+0x1/0x11").ok());
  CHECK(symbols.ToText(a + 0xf) == "a+0x10/0x11");
  CHECK(symbols.ToText(a + 0x10) == "0xffffffff81000011");
}

TEST_CASE("SymbolTable: interrupt entries are known by name",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  const auto is_entry = [&symbols](const std::string& frame) {
    return SymbolTable::IsIrqEntry(*symbols.InternFrame(frame));
  };
  CHECK(is_entry("asm_exc_page_fault+0x26/0x30"));
  CHECK(is_entry("asm_sysvec_apic_timer_interrupt+0x1a/0x20"));
  CHECK(is_entry("asm_common_interrupt"));
  CHECK(is_entry("__do_softirq+0x10/0x20"));
  CHECK_FALSE(is_entry("sysvec_apic_timer_interrupt+0x6c/0x90"));
  CHECK_FALSE(is_entry("handle_softirqs+0xd5/0x2a0"));
  CHECK_FALSE(is_entry("entry_SYSCALL_64_after_hwframe+0x77/0x7f"));
  CHECK_FALSE(is_entry("asm_exc_page_fault+0x26/0x30 [mod]"));
}

TEST_CASE("SymbolTable: a trace has a line for each frame",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  const std::vector<SimAddress> frames = {*symbols.InternFrame("a+0x1/0x10"),
                                          *symbols.InternFrame("b+0x2/0x20")};
  std::string text;
  symbols.AppendTrace(text, frames, 0);
  CHECK(text == " a+0x1/0x10\n b+0x2/0x20\n");
  symbols.AppendTrace(text, absl::MakeSpan(frames).first(1), 2);
  CHECK(text == " a+0x1/0x10\n b+0x2/0x20\n   a+0x1/0x10\n");
}

TEST_CASE("SymbolTable: what is no frame is refused with what would be one",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  const std::string forms =
      "\"name\", \"name+0xoffset/0xsize\" or \"name+0xoffset/0xsize "
      "[module]\"";
  CHECK(RoundTrip(symbols, "") ==
        "stack frame \"\": no name; expected " + forms);
  CHECK(RoundTrip(symbols, "+0x1/0x2") ==
        "stack frame \"+0x1/0x2\": no name; expected " + forms);
  CHECK(RoundTrip(symbols, "two words") ==
        "stack frame \"two words\": expected " + forms);
  CHECK(RoundTrip(symbols, "f+0x1/0x2 []") ==
        "stack frame \"f+0x1/0x2 []\": expected " + forms);
  const std::string hexadecimal =
      ": offset and size must be hexadecimal, as in \"name+0x1f/0x90\"";
  for (const char* text : {"f+0x1", "f+31/144", "f+0x/0x9", "f+0x1/0x9z",
                           "f+0x1/0x10000000000000000"}) {
    CHECK(RoundTrip(symbols, text) ==
          "stack frame \"" + std::string(text) + "\"" + hexadecimal);
  }
  CHECK(RoundTrip(symbols, "f+0x90/0x90") ==
        "stack frame \"f+0x90/0x90\": the offset must be below the size");
  CHECK(RoundTrip(symbols, "f+0x1/0x0") ==
        "stack frame \"f+0x1/0x0\": the offset must be below the size");
  CHECK(RoundTrip(symbols, "tab\there") ==
        "\"tab\there\" is no function name: blanks, quotes, '+', '[' and ']' "
        "do not occur in one");
  CHECK(RoundTrip(symbols, "f [a[b]") ==
        "\"a[b\" is no module name: blanks, quotes, '+', '[' and ']' do not "
        "occur in one");
  CHECK(symbols.CurrentMark().nr_symbols == 0);
}

TEST_CASE("SymbolTable: text that is full takes no more functions",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  REQUIRE(symbols.AddFunction("huge", kKernelText.size() - 0x20).ok());
  CHECK(RoundTrip(symbols, "f+0x1/0x21") ==
        "function \"f\" of 0x21 bytes does not fit: 0x20 bytes of its part of "
        "the simulated kernel's text are left");
  CHECK(RoundTrip(symbols, "f+0x1/0x20") == "f+0x1/0x20");
  CHECK(RoundTrip(symbols, "g") ==
        "function \"g\" of 0x0 bytes does not fit: 0x0 bytes of its part of "
        "the simulated kernel's text are left");
  CHECK(RoundTrip(symbols, "m+0x1/0xffffffffffffffff [mod]") ==
        "function \"m\" of 0xffffffffffffffff bytes does not fit: 0x3f000000 "
        "bytes of its part of the simulated kernel's text are left");
}

TEST_CASE("SymbolTable: a pair of functions has one call site",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  const SymbolId caller = *symbols.AddFunction("caller", 0x40);
  const SymbolId callee = *symbols.AddFunction("callee", 0x40);
  CHECK_FALSE(symbols.CallSite(caller, callee).has_value());
  REQUIRE(symbols.AddCallSite(caller, callee, 0x1f).ok());
  REQUIRE(symbols.AddCallSite(caller, callee, 0x1f).ok());
  REQUIRE(symbols.CallSite(caller, callee).has_value());
  CHECK(symbols.ToText(*symbols.CallSite(caller, callee)) ==
        "caller+0x1f/0x40");
  CHECK_FALSE(symbols.CallSite(callee, caller).has_value());

  CHECK(std::string(symbols.AddCallSite(caller, callee, 0x20).message()) ==
        "caller calls callee at offset 0x1f and at 0x20: one call site a pair "
        "of functions");
  CHECK(std::string(symbols.AddCallSite(callee, caller, 0x40).message()) ==
        "callee calls caller at offset 0x40: must be above 0 and below the "
        "size 0x40");
  CHECK_FALSE(symbols.AddCallSite(callee, caller, 0).ok());
}

TEST_CASE("SymbolTable: going back to a mark gives the same addresses again",
          "[stackdepot][symbols]") {
  SymbolTable symbols;
  const SymbolId kept = *symbols.AddFunction("kept", 0x40);
  REQUIRE(symbols.InternFrame("kept+0x8/0x40").ok());
  const SymbolTable::Mark mark = symbols.CurrentMark();

  const SimAddress first = *symbols.InternFrame("first+0x1/0x100");
  REQUIRE(symbols.InternFrame("in_module+0x1/0x10 [mod]").ok());
  REQUIRE(symbols.AddCallSite(kept, kept, 0x10).ok());
  symbols.TruncateTo(mark);
  CHECK(symbols.CurrentMark().nr_symbols == 1);
  CHECK(symbols.ToText(first) == "0xffffffff81000041");
  CHECK_FALSE(symbols.CallSite(kept, kept).has_value());

  CHECK(*symbols.InternFrame("other+0x1/0x10") == first);
  CHECK(symbols.ToText(first) == "other+0x1/0x10");
  CHECK(*symbols.InternFrame("first+0x1/0x100") == first + 0x10);
  CHECK(*symbols.InternFrame("in_module+0x1/0x10 [mod]") ==
        kModuleText.begin + 1);
  CHECK(RoundTrip(symbols, "kept+0x8/0x40") == "kept+0x8/0x40");
}

}  // namespace
}  // namespace pagelab
