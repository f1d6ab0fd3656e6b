#include "pagelab/report/bench/scale_document.h"

#include "pagelab/report/bench/json_fields.h"
#include "pagelab/report/bench/read_host.h"
#include "pagelab/workloads/language/json_reader.h"

namespace pagelab {
namespace {

ScalePoint ReadPoint(const JsonValue& value, Reader& reader) {
  const JsonFields fields(value, reader);
  ScalePoint point;
  point.bytes = fields.Count("bytes");
  point.ns = fields.Numbers("ns");
  point.instructions = fields.NumberOrNull("instructions");
  point.resident_bytes = fields.NumberOrNull("resident_bytes");
  point.note = fields.OptionalText("note");
  if (reader.ok() && point.bytes == 0) {
    reader.Error(value, "\"bytes\" must be above 0");
  }
  return point;
}

ScaleRow ReadRow(const JsonValue& value, Reader& reader) {
  const JsonFields fields(value, reader);
  ScaleRow row;
  row.name = fields.Text("name");
  const std::vector<JsonValue>& points = fields.List("points");
  for (size_t i = 0; i < points.size(); ++i) {
    const Reader::Scope list(reader, "points");
    const Reader::Scope item(reader, i);
    row.points.push_back(ReadPoint(points[i], reader));
    if (reader.ok() && i > 0 &&
        row.points[i].bytes <= row.points[i - 1].bytes) {
      reader.Error(points[i],
                   "\"bytes\" must be above that of the point "
                   "before");
    }
  }
  return row;
}

}  // namespace

absl::StatusOr<ScaleDocument> ReadScaleDocument(const std::string& name,
                                                std::string_view json) {
  Reader reader(name);
  const std::optional<JsonValue> root = ReadJson(json, reader);
  if (!root.has_value() || !reader.ok()) return reader.status();
  const JsonFields fields(*root, reader);
  fields.ExpectDocument("scale");
  if (!reader.ok()) return reader.status();
  ScaleDocument document;
  document.json = json;
  document.host = ReadHost(fields, reader);
  const std::vector<JsonValue>& rows = fields.List("rows");
  for (size_t i = 0; i < rows.size(); ++i) {
    const Reader::Scope list(reader, "rows");
    const Reader::Scope item(reader, i);
    document.rows.push_back(ReadRow(rows[i], reader));
  }
  if (reader.ok() && rows.empty()) {
    reader.Error(*root, "\"rows\" is empty: nothing was measured");
  }
  if (!reader.ok()) return reader.status();
  return document;
}

}  // namespace pagelab
