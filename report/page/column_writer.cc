#include "pagelab/report/page/column_writer.h"

namespace pagelab {
namespace {

void AppendVarint(std::string& out, uint64_t value) {
  constexpr uint64_t kMore = 0x80;
  while (value >= kMore) {
    out.push_back(static_cast<char>(value | kMore));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

}  // namespace

void ColumnWriter::Add(size_t column, uint64_t value) {
  AppendVarint(columns_[column].bytes, value);
  ++columns_[column].nr_values;
}

void ColumnWriter::AddSigned(size_t column, int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  Add(column, (bits << 1) ^ (value < 0 ? ~uint64_t{0} : 0));
}

std::string ColumnWriter::Take() {
  std::string out;
  AppendVarint(out, columns_.size());
  for (Column& column : columns_) {
    AppendVarint(out, column.nr_values);
    out += column.bytes;
    column = Column();
  }
  return out;
}

}  // namespace pagelab
