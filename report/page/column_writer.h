// Columns of numbers for the page; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_COLUMN_WRITER_H_
#define PAGELAB_REPORT_PAGE_COLUMN_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pagelab {

// Writes what readColumns() of web/src/data/columns.ts reads: how many columns;
// for each, how many values and the values, all as LEB128 varints.
class ColumnWriter {
 public:
  explicit ColumnWriter(size_t nr_columns) : columns_(nr_columns) {}

  void Add(size_t column, uint64_t value);
  // 0, -1, 1, -2, ... as 0, 1, 2, 3, ...
  void AddSigned(size_t column, int64_t value);
  size_t size(size_t column) const { return columns_[column].nr_values; }

  // Everything. Begins anew.
  std::string Take();

 private:
  struct Column {
    std::string bytes;
    size_t nr_values = 0;
  };
  std::vector<Column> columns_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_COLUMN_WRITER_H_
