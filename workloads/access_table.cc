// The step that reads and writes contents.

#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/scenario_reader.h"
#include "pagelab/workloads/scenario_tables.h"

namespace pagelab {
namespace {

// Of the largest block.
constexpr int64_t kMostBytes = int64_t{kMaxOrderNrPages} * kPageSize;
constexpr int64_t kLargestByte = 255;

void AddWhere(ObjectTable<AccessStep>& table) {
  table.Add(FieldText{.name = "handle",
                      .doc = "Whose blocks.",
                      .example = "\"stale\"",
                      .required = true},
            &AccessStep::handle, HandleType());
  table.Add(
      FieldText{.name = "count",
                .doc = "How many of them, oldest first; those there are.",
                .default_text = "1",
                .example = "5"},
      &AccessStep::count,
      As<std::optional<Quantity>>(QuantityType(CountType(1), UINT64_MAX)));
  table.Add(FieldText{.name = "offset",
                      .doc = "The first byte, from the start of each block; "
                             "may lie behind its end.",
                      .default_text = "0",
                      .example = "100"},
            &AccessStep::offset, As<uint64_t>(WholeType(0, kMostBytes - 1)));
  table.Add(FieldText{.name = "length",
                      .doc = "How many bytes.",
                      .default_text = "1",
                      .example = "8"},
            &AccessStep::length, As<uint64_t>(WholeType(1, kMostBytes)));
}

void AddWhat(ObjectTable<AccessStep>& table) {
  table.Add(FieldText{.name = "write",
                      .doc = "Writes instead of reading.",
                      .default_text = "false",
                      .example = "true"},
            &AccessStep::write, BoolType());
  table.Add(FieldText{.name = "value",
                      .doc = "What each byte becomes.",
                      .default_text = "0",
                      .example = "65"},
            &AccessStep::value, As<uint64_t>(WholeType(0, kLargestByte)));
}

}  // namespace

const ObjectTable<AccessStep>& AccessTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<AccessStep>(ObjectInfo{
        .name = "access-step",
        .title = "Access step",
        .doc = "Reads or writes the contents of blocks by their address, as a "
               "driver would. Nobody looks whether they are still allocated, "
               "or where they end: what `free` left `dangling` is used after "
               "it was freed. With `debug_pagealloc=on` on the kernel's "
               "command line that is noticed at once, with `page_poison=1` "
               "when what was written to is allocated again, and otherwise "
               "never.",
        .example = R"({"handle": "stale", "write": true, "offset": 100})"});
    AddWhere(*result);
    AddWhat(*result);
    result->SetCheck(
        [](const JsonValue& object, const AccessStep& step, Reader& reader) {
          if (step.write || object.Find("value") == nullptr) return;
          reader.Error(PositionOf(object, "value"),
                       "\"value\" needs \"write\": true");
        });
    return result;
  }();
  return *table;
}

}  // namespace pagelab
