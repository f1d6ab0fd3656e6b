#include "pagelab/report/bench/hotpath_document.h"

#include <algorithm>

#include "pagelab/report/bench/json_fields.h"
#include "pagelab/report/bench/read_host.h"
#include "pagelab/workloads/language/json_reader.h"

namespace pagelab {
namespace {

HotpathVariant ReadVariant(const JsonValue& value, Reader& reader) {
  const JsonFields fields(value, reader);
  HotpathVariant variant;
  variant.name = fields.Text("name");
  variant.hooks = fields.Text("hooks");
  variant.owner = fields.Text("owner");
  variant.ns = fields.Numbers("ns");
  variant.instructions = fields.NumberOrNull("instructions");
  variant.branches = fields.NumberOrNull("branches");
  variant.branch_misses = fields.NumberOrNull("branch_misses");
  return variant;
}

// What cannot be seen in one variant alone.
void CheckRow(const HotpathRow& row, const std::vector<JsonValue>& values,
              Reader& reader, const JsonValue& whole) {
  if (std::none_of(row.variants.begin(), row.variants.end(),
                   [](const HotpathVariant& v) { return v.is_reference(); })) {
    reader.Error(whole,
                 "no variant has \"hooks\": \"absent\" and \"owner\": \"off\", "
                 "which the others are compared with");
    return;
  }
  const size_t rounds = row.variants.front().ns.size();
  for (size_t i = 0; i < row.variants.size(); ++i) {
    const size_t found = row.variants[i].ns.size();
    const Reader::Scope list(reader, "variants");
    const Reader::Scope item(reader, i);
    if (found == 0) {
      reader.Error(values[i], "\"ns\" has no round");
    } else if (found != rounds) {
      reader.Error(values[i], "\"ns\" has " + std::to_string(found) +
                                  " rounds, the first variant " +
                                  std::to_string(rounds));
    }
  }
}

HotpathRow ReadRow(const JsonValue& value, Reader& reader) {
  const JsonFields fields(value, reader);
  HotpathRow row;
  row.name = fields.Text("name");
  row.pairs = fields.Count("pairs");
  const std::vector<JsonValue>& variants = fields.List("variants");
  for (size_t i = 0; i < variants.size(); ++i) {
    const Reader::Scope list(reader, "variants");
    const Reader::Scope item(reader, i);
    row.variants.push_back(ReadVariant(variants[i], reader));
  }
  if (reader.ok()) CheckRow(row, variants, reader, value);
  return row;
}

ObjectSize ReadSize(const JsonValue& value, Reader& reader) {
  const JsonFields fields(value, reader);
  ObjectSize size;
  size.object = fields.Text("object");
  size.text = fields.Count("text");
  size.data = fields.Count("data");
  size.bss = fields.Count("bss");
  size.hot_text = fields.CountOrNull("hot_text");
  return size;
}

void ReadLists(const JsonFields& fields, Reader& reader,
               HotpathDocument& document) {
  const std::vector<JsonValue>& rows = fields.List("rows");
  for (size_t i = 0; i < rows.size(); ++i) {
    const Reader::Scope list(reader, "rows");
    const Reader::Scope item(reader, i);
    document.rows.push_back(ReadRow(rows[i], reader));
  }
  const std::vector<JsonValue>& sizes = fields.List("sizes");
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Reader::Scope list(reader, "sizes");
    const Reader::Scope item(reader, i);
    document.sizes.push_back(ReadSize(sizes[i], reader));
  }
}

}  // namespace

absl::StatusOr<HotpathDocument> ReadHotpathDocument(const std::string& name,
                                                    std::string_view json) {
  Reader reader(name);
  const std::optional<JsonValue> root = ReadJson(json, reader);
  if (!root.has_value() || !reader.ok()) return reader.status();
  const JsonFields fields(*root, reader);
  fields.ExpectDocument("hotpath");
  if (!reader.ok()) return reader.status();
  HotpathDocument document;
  document.json = json;
  document.host = ReadHost(fields, reader);
  document.machine = fields.Text("machine");
  {
    const JsonValue& object = fields.Object("counters");
    const Reader::Scope scope(reader, "counters");
    const JsonFields counters(object, reader);
    document.counters_source = counters.Text("source");
    document.counters_note = counters.Text("note");
  }
  ReadLists(fields, reader, document);
  if (reader.ok() && document.rows.empty()) {
    reader.Error(*root, "\"rows\" is empty: nothing was measured");
  }
  if (!reader.ok()) return reader.status();
  return document;
}

}  // namespace pagelab
