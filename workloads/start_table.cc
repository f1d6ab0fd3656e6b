#include "pagelab/workloads/start_table.h"

#include <string>
#include <utility>

#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/scenario_reader.h"

namespace pagelab {
namespace {

// A file beside the scenario, unless it is an absolute path.
std::string FileBeside(std::string_view scenario, const std::string& file) {
  const size_t slash = scenario.rfind('/');
  if (slash == std::string_view::npos || file.starts_with('/')) return file;
  return std::string(scenario.substr(0, slash + 1)) + file;
}

void AddFileField(ObjectTable<ScenarioStart>& table, StartKind kind,
                  FieldText text) {
  ValueType<std::string> path = TextType("the path of a file");
  TypeInfo info = path.info;
  table.AddRead(
      std::move(text), std::move(info),
      [kind, read = std::move(path.read)](
          const JsonValue& value, ScenarioStart& start, Reader& reader) {
        std::string file;
        read(value, file, reader);
        if (file.empty()) return;
        start.path = FileBeside(reader.file(), file);
        start.kind = kind;
      });
}

void CheckStart(const JsonValue& object, const ScenarioStart& start,
                Reader& reader) {
  const bool snapshot = object.Find("snapshot") != nullptr;
  const bool dump = object.Find("page_owner") != nullptr;
  if (snapshot == dump) {
    reader.Error(object, snapshot
                             ? "\"snapshot\" and \"page_owner\" exclude each "
                               "other"
                             : "needs \"snapshot\" or \"page_owner\"");
  } else if (snapshot && object.Find("as") != nullptr) {
    reader.Error(PositionOf(object, "as"),
                 "a snapshot tells which memory is in use, not whose blocks "
                 "they are: no handle can have them; a \"page_owner\" dump "
                 "tells");
  }
  if (dump) ScenarioReader::Of(reader).DefineHandle(start.as);
}

}  // namespace

const ObjectTable<ScenarioStart>& StartTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ScenarioStart>(ObjectInfo{
        .name = "from",
        .title = "From",
        .doc = "Memory of another machine, at some moment: the scenario "
               "starts there instead of right after boot. One of `snapshot` "
               "and `page_owner`; files may be compressed. "
               "[start-from.md](start-from.md) says what comes from the file "
               "and what from the machine.",
        .example = R"({"page_owner": "page_owner.txt.xz", "as": "old"})"});
    AddFileField(*result, StartKind::kSnapshot,
                 FieldText{.name = "snapshot",
                           .doc = "A snapshot of an allocator, list by list.",
                           .default_text = "none",
                           .example = "\"snap_T0.txt.xz\""});
    AddFileField(*result, StartKind::kPageOwner,
                 FieldText{.name = "page_owner",
                           .doc = "A copy of "
                                  "`/sys/kernel/debug/page_owner`: its blocks "
                                  "are where it says, the rest is free.",
                           .default_text = "none",
                           .example = "\"page_owner.txt\""});
    result->Add(FieldText{.name = "as",
                          .doc = "The handle of the dump's blocks, oldest "
                                 "first.",
                          .default_text = "\"initial\"",
                          .example = "\"old\""},
                &ScenarioStart::as, NameType("a handle"));
    result->SetCheck(CheckStart);
    return result;
  }();
  return *table;
}

void AddStartField(ObjectTable<Scenario>& table) {
  ValueType<ScenarioStart> type = ObjectType("from", "an object", &StartTable);
  TypeInfo info = type.info;
  table.AddRead(
      FieldText{.name = "from",
                .doc = "What is in memory at the start. The machine "
                       "is made to fit unless `machine` names one.",
                .default_text = "what boot leaves",
                .example = R"({"snapshot": "snap_T0.txt.xz"})"},
      std::move(info),
      [read = std::move(type.read)](const JsonValue& value, Scenario& scenario,
                                    Reader& reader) {
        ScenarioStart start;
        start.position = value.position();
        read(value, start, reader);
        if (!start.path.empty()) scenario.from = std::move(start);
      });
}

}  // namespace pagelab
