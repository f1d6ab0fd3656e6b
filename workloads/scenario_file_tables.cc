// The steps that read and write files of the simulated kernel.

#include <optional>
#include <string>
#include <utility>

#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/scenario_tables.h"

namespace pagelab {
namespace {

// The bitmap of idle pages of 2 TiB has that many bytes.
constexpr uint64_t kMaxWritten = uint64_t{64} << 20;

ValueType<std::string> PathType() {
  return PatternType(
      TextPattern{"a path of the simulated kernel's files, from '/' on", "^/.+",
                  [](std::string_view text) {
                    return text.size() > 1 && text.starts_with('/');
                  }});
}

int DigitOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsHex(std::string_view text) {
  for (const char c : text) {
    if (DigitOf(c) < 0) return false;
  }
  return !text.empty() && text.size() % 2 == 0;
}

std::string BytesOf(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(DigitOf(hex[i]) * 16 + DigitOf(hex[i + 1]));
  }
  return bytes;
}

// Bytes, two hexadecimal digits each.
ValueType<std::string> HexType() {
  return Converted<std::string>(
      PatternType(TextPattern{"bytes of two hexadecimal digits each",
                              "^([0-9A-Fa-f]{2})+$", IsHex}),
      [](const std::string& hex) { return BytesOf(hex); });
}

void CheckWrite(const JsonValue& object, const WriteStep& step,
                Reader& reader) {
  const bool text = object.Find("text") != nullptr;
  const bool hex = object.Find("hex") != nullptr;
  if (text && hex) {
    reader.Error(PositionOf(object, "hex"),
                 "\"text\" and \"hex\" exclude each other");
  } else if (!text && !hex) {
    reader.Error(object, "needs \"text\" or \"hex\"");
  }
  if (step.text.size() * step.times > kMaxWritten) {
    reader.Error(PositionOf(object, "times"),
                 "a write must be of at most " + std::to_string(kMaxWritten) +
                     " bytes, this one is of " +
                     std::to_string(step.text.size() * step.times));
  }
}

}  // namespace

const ObjectTable<ReadStep>& ReadTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ReadStep>(ObjectInfo{
        .name = "read-step",
        .title = "Read step",
        .doc = "Reads a file of the simulated kernel, as `dd` would, with the "
               "kernel's side effects; what was read is not kept.",
        .example = R"({"path": "/sys/kernel/mm/page_idle/bitmap", )"
                   R"("offset": 4096, "length": 64})"});
    result->Add(FieldText{.name = "path",
                          .doc = "The file.",
                          .example = "\"/proc/pagetypeinfo\"",
                          .required = true},
                &ReadStep::path, PathType());
    result->Add(FieldText{.name = "offset",
                          .doc = "Where to start.",
                          .default_text = "0",
                          .example = "4096"},
                &ReadStep::offset, CountType(0));
    result->Add(FieldText{.name = "length",
                          .doc = "At most so many bytes.",
                          .default_text = "to the end",
                          .example = "64"},
                &ReadStep::length, As<std::optional<uint64_t>>(CountType(1)));
    return result;
  }();
  return *table;
}

// A path, or an object that says more.
ValueType<ReadStep> ReadType() {
  ValueType<std::string> path = PathType();
  const TypeInfo object = ReferenceTo("read-step", "an object");
  TypeInfo info;
  info.expected = path.info.expected + ", or an object";
  info.markdown = path.info.markdown + ", or " + object.markdown;
  info.schema = JsonValue::Object(
      {{"anyOf", JsonValue::Array({path.info.schema, object.schema})}});
  auto read = [read_path = std::move(path.read)](
                  const JsonValue& value, ReadStep& target, Reader& reader) {
    if (value.is_object()) {
      ReadTable().Read(value, target, reader);
    } else {
      read_path(value, target.path, reader);
    }
  };
  return ValueType<ReadStep>{std::move(info), std::move(read)};
}

const ObjectTable<WriteStep>& WriteTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<WriteStep>(ObjectInfo{
        .name = "write-step",
        .title = "Write step",
        .doc = "Writes to a file of the simulated kernel, as `echo` or `dd` "
               "would.",
        .example =
            R"({"path": "/sys/kernel/debug/page_owner_stacks/count_threshold", )"
            R"("text": "100"})"});
    result->Add(
        FieldText{.name = "path",
                  .doc = "The file.",
                  .example =
                      "\"/sys/kernel/debug/page_owner_stacks/count_threshold\"",
                  .required = true},
        &WriteStep::path, PathType());
    result->Add(FieldText{.name = "text",
                          .doc = "What to write. This or `hex`.",
                          .default_text = "none",
                          .example = "\"4096\""},
                &WriteStep::text, TextType());
    result->Add(FieldText{.name = "hex",
                          .doc = "What to write to a binary file, two digits a "
                                 "byte.",
                          .default_text = "none",
                          .example = "\"ffffffffffffffff\""},
                &WriteStep::text, HexType());
    result->Add(FieldText{.name = "times",
                          .doc = "The same bytes so many times in a row.",
                          .default_text = "1",
                          .example = "68"},
                &WriteStep::times,
                As<uint64_t>(WholeType(1, int64_t{kMaxWritten})));
    result->Add(FieldText{.name = "offset",
                          .doc = "Where to start.",
                          .default_text = "0",
                          .example = "4096"},
                &WriteStep::offset, CountType(0));
    result->SetCheck(CheckWrite);
    return result;
  }();
  return *table;
}

}  // namespace pagelab
