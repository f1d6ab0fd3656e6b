// One table as comma-separated values (RFC 4180) or as a JSON object a line.

#include <string>

#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/report/export/export_formats.h"
#include "pagelab/report/export/json_text.h"
#include "pagelab/report/export/tables.h"
#include "pagelab/workloads/dumps/group_words.h"

namespace pagelab {
namespace {

class TextSink : public RowSink {
 public:
  TextSink(Table table, OutputStream& out) : table_(table), out_(out) {}

  bool Wants(Table table) const final { return table == table_; }
  bool Row(Table table, absl::Span<const Cell> cells) final {
    PAGELAB_CHECK(table == table_);
    line_.clear();
    AppendRow(InfoOf(table).columns, cells, line_);
    out_.Append(line_);
    return out_.ok();
  }

 protected:
  virtual void AppendRow(absl::Span<const Column> columns,
                         absl::Span<const Cell> cells, std::string& line) = 0;

 private:
  Table table_;
  OutputStream& out_;
  std::string line_;
};

class CsvSink final : public TextSink {
 public:
  using TextSink::TextSink;

 protected:
  void AppendRow(absl::Span<const Column>, absl::Span<const Cell> cells,
                 std::string& line) override {
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i != 0) line += ',';
      if (const auto* number = cells[i].number()) {
        line += std::to_string(*number);
      } else if (const auto large = cells[i].large()) {
        line += std::to_string(*large);
      } else if (const auto* text = cells[i].text()) {
        // An empty text is not nothing.
        line += text->empty() ? "\"\"" : CsvText(*text);
      }
    }
    line += "\r\n";
  }
};

class NdjsonSink final : public TextSink {
 public:
  using TextSink::TextSink;

 protected:
  void AppendRow(absl::Span<const Column> columns, absl::Span<const Cell> cells,
                 std::string& line) override {
    bool first = true;
    for (size_t i = 0; i < cells.size(); ++i) {
      // What is not known is left out.
      if (cells[i].is_null()) continue;
      line += first ? "{\"" : ",\"";
      first = false;
      line += columns[i].name;
      line += "\":";
      if (const auto* number = cells[i].number()) {
        line += std::to_string(*number);
      } else if (const auto large = cells[i].large()) {
        line += std::to_string(*large);
      } else {
        AppendJsonText(line, *cells[i].text());
      }
    }
    line += first ? "{}\n" : "}\n";
  }
};

absl::StatusOr<const TableInfo*> TableFor(const MemoryPicture& picture,
                                          const std::string& name,
                                          const ExportOptions& options) {
  const TableInfo* info = FindTable(name);
  if (info == nullptr) return InvalidInput("no table \"" + name + "\"");
  if (!HasRowsFor(picture, info->table)) {
    return NoRowsFor(picture, info->table);
  }
  if (info->table == Table::kStacks && picture.owners == nullptr &&
      !options.event_stacks) {
    return InvalidInput(picture.title +
                        ": no table \"stacks\": there is no page_owner dump in "
                        "it, and those of events are read with --stacks");
  }
  return info;
}

}  // namespace

absl::Status ExportCsv(const MemoryPicture& picture, const std::string& table,
                       const ExportOptions& options, OutputStream& out) {
  PAGELAB_ASSIGN_OR_RETURN(const TableInfo* info,
                           TableFor(picture, table, options));
  std::string head;
  for (const Column& column : info->columns) {
    if (!head.empty()) head += ',';
    head += column.name;
  }
  out.Append(head + "\r\n");
  CsvSink sink(info->table, out);
  PAGELAB_RETURN_IF_ERROR(WriteRows(picture, options, sink));
  return out.status();
}

absl::Status ExportNdjson(const MemoryPicture& picture,
                          const std::string& table,
                          const ExportOptions& options, OutputStream& out) {
  PAGELAB_ASSIGN_OR_RETURN(const TableInfo* info,
                           TableFor(picture, table, options));
  NdjsonSink sink(info->table, out);
  PAGELAB_RETURN_IF_ERROR(WriteRows(picture, options, sink));
  return out.status();
}

}  // namespace pagelab
