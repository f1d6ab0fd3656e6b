#ifndef PAGELAB_REPORT_EXPORT_TABLES_H_
#define PAGELAB_REPORT_EXPORT_TABLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pagelab/report/export/export_formats.h"

namespace pagelab {

enum class ColumnType : uint8_t { kInteger, kText };

struct Column {
  std::string_view name;
  ColumnType type = ColumnType::kInteger;
  std::string_view meaning;
};

// The tables of csv, ndjson and sqlite; docs/export.md lists them.
enum class Table : uint8_t {
  kMeta,
  kRecords,
  kStacks,
  kGroups,
  kEvents,
  kSamples,
  kFree,
  kPageblocks,
  kPageblockChanges,
};
inline constexpr int kNrTables = 9;

struct TableInfo {
  Table table;
  std::string_view name;
  std::string_view meaning;
  absl::Span<const Column> columns;
};
const TableInfo& InfoOf(Table table);
// Null for a name that is none.
const TableInfo* FindTable(std::string_view name);
// Raised when a column changes its meaning or goes away.
inline constexpr int kTablesVersion = 1;

// A number, a text, or nothing, which is null. Of numbers above 2^63 - 1, which
// damaged dumps have, see large().
class Cell {
 public:
  Cell() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a row is a list of values.
  Cell(int64_t number) : kind_(Kind::kNumber), number_(number) {}
  // NOLINTNEXTLINE(google-explicit-constructor): a row is a list of values.
  Cell(std::string text) : kind_(Kind::kText), text_(std::move(text)) {}

  bool is_null() const { return kind_ == Kind::kNull; }
  // Null where it is something else.
  const int64_t* number() const {
    return kind_ == Kind::kNumber ? &number_ : nullptr;
  }
  const std::string* text() const {
    return kind_ == Kind::kText ? &text_ : nullptr;
  }
  // A number that is too large for number().
  std::optional<uint64_t> large() const {
    if (kind_ != Kind::kLarge) return std::nullopt;
    return static_cast<uint64_t>(number_);
  }

  static Cell Unsigned(uint64_t number) {
    Cell cell(static_cast<int64_t>(number));
    if (*cell.number() < 0) cell.kind_ = Kind::kLarge;
    return cell;
  }

 private:
  enum class Kind : uint8_t { kNull, kNumber, kLarge, kText };
  Kind kind_ = Kind::kNull;
  int64_t number_ = 0;
  std::string text_;
};

// Takes rows, of one table after the other or mixed.
class RowSink {
 public:
  virtual ~RowSink() = default;
  // Whether rows of this table are wanted at all.
  virtual bool Wants(Table table) const = 0;
  // As many cells as the table has columns. False: it cannot go on.
  virtual bool Row(Table table, absl::Span<const Cell> cells) = 0;
};

// Whether the picture has what the table is made of.
bool HasRowsFor(const MemoryPicture& picture, Table table);
// What is missing otherwise, for people.
absl::Status NoRowsFor(const MemoryPicture& picture, Table table);

// Gives all rows that the sink wants. The sink's own failure is not reported
// here. Memory use is proportional to different stacks and to pageblocks.
absl::Status WriteRows(const MemoryPicture& picture,
                       const ExportOptions& options, RowSink& sink);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPORT_TABLES_H_
