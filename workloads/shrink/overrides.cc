#include "pagelab/workloads/shrink/overrides.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/workloads/language/json_reader.h"
#include "pagelab/workloads/library_files.h"
#include "pagelab/workloads/shrink/json_tree.h"
#include "pagelab/workloads/start/start_from.h"

namespace pagelab {
namespace {

std::string Absolute(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute =
      std::filesystem::absolute(path, error).lexically_normal();
  return error ? path : absolute.string();
}

// As a file named in `file` is meant, wherever it is named.
std::string Beside(std::string_view file, const std::string& path) {
  const size_t slash = file.rfind('/');
  if (path.starts_with('/') || slash == std::string_view::npos) {
    return Absolute(path);
  }
  return Absolute(std::string(file.substr(0, slash + 1)) + path);
}

// The machine's file, or the one that it builds on.
JsonValue WithAbsoluteMachine(std::string_view file, const JsonValue& root) {
  const JsonValue* machine = root.Find("machine");
  if (machine == nullptr) return root;
  if (machine->is_string()) {
    if (!IsPath(machine->text())) return root;
    return WithMember(root, "machine",
                      JsonValue::String(Beside(file, machine->text())));
  }
  const JsonValue* base =
      machine->is_object() ? machine->Find("base") : nullptr;
  if (base == nullptr || !base->is_string() || !IsPath(base->text())) {
    return root;
  }
  return WithMember(root, "machine",
                    WithMember(*machine, "base",
                               JsonValue::String(Beside(file, base->text()))));
}

JsonValue WithAbsolutePaths(std::string_view file, const JsonValue& document) {
  JsonValue root = WithAbsoluteMachine(file, document);
  const JsonValue* from = root.Find("from");
  for (const std::string_view kind : {"snapshot", "page_owner"}) {
    const JsonValue* path = from == nullptr ? nullptr : from->Find(kind);
    if (path == nullptr) continue;
    JsonValue moved =
        WithMember(*from, kind, JsonValue::String(Beside(file, path->text())));
    root = WithMember(root, "from", std::move(moved));
    break;
  }
  return root;
}

// Whatever it was before; a handle stays.
absl::StatusOr<JsonValue> WithStart(const JsonValue& root,
                                    const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const StartKind kind, RecogniseStart(path));
  JsonValue start = JsonValue::Object();
  start.Set(kind == StartKind::kSnapshot ? "snapshot" : "page_owner",
            JsonValue::String(Absolute(path)));
  const JsonValue* old = root.Find("from");
  const JsonValue* as = old == nullptr ? nullptr : old->Find("as");
  if (as != nullptr) start.Set("as", *as);
  return WithMember(root, "from", std::move(start));
}

JsonValue WithSettings(const JsonValue& root,
                       const std::vector<std::string>& settings) {
  const JsonValue* old = root.Find("set");
  JsonValue all = old == nullptr ? JsonValue::Object() : *old;
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) continue;
    all = WithMember(all, setting.substr(0, equals),
                     JsonValue::String(setting.substr(equals + 1)));
  }
  return WithMember(root, "set", std::move(all));
}

}  // namespace

absl::StatusOr<std::string> WithOverrides(std::string_view file,
                                          std::string_view text,
                                          const ScenarioOverrides& overrides) {
  Reader reader{std::string(file)};
  std::optional<JsonValue> document = ReadJson(text, reader);
  if (!document.has_value()) return reader.status();
  JsonValue root = WithAbsolutePaths(file, *document);
  if (!overrides.machine.empty()) {
    root = WithMember(root, "machine",
                      JsonValue::String(IsPath(overrides.machine)
                                            ? Absolute(overrides.machine)
                                            : overrides.machine));
  }
  if (!overrides.from.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(root, WithStart(root, overrides.from));
  }
  if (overrides.seed.has_value()) {
    root = WithMember(root, "seed", JsonValue::Number(*overrides.seed));
  }
  if (!overrides.settings.empty()) {
    root = WithSettings(root, overrides.settings);
  }
  if (!overrides.command_line.empty()) {
    const JsonValue* old = root.Find("command_line");
    const std::string before = old == nullptr ? "" : old->text() + " ";
    root = WithMember(root, "command_line",
                      JsonValue::String(before + overrides.command_line));
  }
  return root.ToText();
}

}  // namespace pagelab
