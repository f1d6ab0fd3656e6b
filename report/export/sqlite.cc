// All tables as a database of SQLite.

#include <sqlite3.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/replaced_file.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/export/export_formats.h"
#include "pagelab/report/export/tables.h"

namespace pagelab {
namespace {

// A database that is written once: nobody else sees it before it is whole, so
// that it needs no journal.
class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(
      const std::string& path) {
    std::unique_ptr<Database> database(new Database);
    const int result = sqlite3_open_v2(path.c_str(), &database->handle_,
                                       SQLITE_OPEN_READWRITE, nullptr);
    if (result != SQLITE_OK) return database->Failure();
    PAGELAB_RETURN_IF_ERROR(
        database->Execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; "
                          "PRAGMA page_size=8192; PRAGMA cache_size=-65536;"));
    return database;
  }
  ~Database() {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(handle_);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  absl::Status Execute(const std::string& sql) {
    const int result =
        sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    return result == SQLITE_OK ? absl::OkStatus() : Failure();
  }

  absl::StatusOr<sqlite3_stmt*> Prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) !=
        SQLITE_OK) {
      return Failure();
    }
    statements_.push_back(statement);
    return statement;
  }

  absl::Status Failure() const {
    return absl::UnavailableError(
        std::string("SQLite: ") +
        (handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_)));
  }

 private:
  Database() = default;

  sqlite3* handle_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

std::string CreateStatement(const TableInfo& info) {
  std::string sql = fmt::format("CREATE TABLE {} (", info.name);
  for (size_t i = 0; i < info.columns.size(); ++i) {
    const Column& column = info.columns[i];
    const bool is_key =
        (info.table == Table::kStacks || info.table == Table::kEvents ||
         info.table == Table::kSamples || info.table == Table::kPageblocks) &&
        i == 0;
    sql += fmt::format("{}{} {}{}", i == 0 ? "" : ", ", column.name,
                       column.type == ColumnType::kInteger ? "INTEGER" : "TEXT",
                       is_key ? " PRIMARY KEY" : "");
  }
  return sql + ");";
}

std::string InsertStatement(const TableInfo& info) {
  std::string sql = fmt::format("INSERT INTO {} VALUES (", info.name);
  for (size_t i = 0; i < info.columns.size(); ++i) sql += i == 0 ? "?" : ",?";
  return sql + ")";
}

// What the queries join by.
constexpr std::string_view kIndexes =
    "CREATE INDEX records_by_stack ON records (stack);"
    "CREATE INDEX records_by_pageblock ON records (pageblock);"
    "CREATE INDEX events_by_event ON events (event);"
    "CREATE INDEX free_by_sample ON free (sample);";

class SqliteSink final : public RowSink {
 public:
  explicit SqliteSink(Database& database) : database_(database) {}

  absl::Status Begin() {
    PAGELAB_RETURN_IF_ERROR(database_.Execute("BEGIN"));
    for (int i = 0; i < kNrTables; ++i) {
      const TableInfo& info = InfoOf(static_cast<Table>(i));
      PAGELAB_RETURN_IF_ERROR(database_.Execute(CreateStatement(info)));
      PAGELAB_ASSIGN_OR_RETURN(inserts_[static_cast<size_t>(i)],
                               database_.Prepare(InsertStatement(info)));
    }
    return absl::OkStatus();
  }

  absl::Status Finish() {
    PAGELAB_RETURN_IF_ERROR(status_);
    PAGELAB_RETURN_IF_ERROR(database_.Execute(std::string(kIndexes)));
    return database_.Execute(
        fmt::format("PRAGMA user_version={}; COMMIT", kTablesVersion));
  }

  bool Wants(Table) const override { return true; }
  bool Row(Table table, absl::Span<const Cell> cells) override {
    sqlite3_stmt* insert = inserts_[static_cast<size_t>(table)];
    for (size_t i = 0; i < cells.size(); ++i) {
      Bind(insert, static_cast<int>(i) + 1, cells[i]);
    }
    if (sqlite3_step(insert) != SQLITE_DONE) status_ = database_.Failure();
    sqlite3_reset(insert);
    return status_.ok();
  }

 private:
  static void Bind(sqlite3_stmt* insert, int at, const Cell& cell) {
    if (const auto* number = cell.number()) {
      sqlite3_bind_int64(insert, at, *number);
    } else if (const auto large = cell.large()) {
      // SQLite's integers have a sign. In decimal it would be rounded; a text
      // is behind all numbers, as it should be.
      const std::string text = fmt::format("{:#x}", *large);
      sqlite3_bind_text(insert, at, text.data(), static_cast<int>(text.size()),
                        SQLITE_TRANSIENT);
    } else if (const auto* text = cell.text()) {
      // The cells outlive the step.
      sqlite3_bind_text(insert, at, text->data(),
                        static_cast<int>(text->size()), SQLITE_STATIC);
    } else {
      sqlite3_bind_null(insert, at);
    }
  }

  Database& database_;
  std::array<sqlite3_stmt*, kNrTables> inserts_{};
  absl::Status status_;
};

}  // namespace

absl::Status ExportSqlite(const MemoryPicture& picture,
                          const ExportOptions& options,
                          const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<ReplacedFile> file,
                           ReplacedFile::Create(path));
  {
    PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database,
                             Database::Open(file->temporary_path()));
    SqliteSink sink(*database);
    PAGELAB_RETURN_IF_ERROR(sink.Begin());
    PAGELAB_RETURN_IF_ERROR(WriteRows(picture, options, sink));
    PAGELAB_RETURN_IF_ERROR(sink.Finish());
  }
  return file->Commit();
}

}  // namespace pagelab
