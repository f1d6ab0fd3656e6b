#include "pagelab/workloads/machine_language.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/language/json_reader.h"
#include "pagelab/workloads/language/reference_writer.h"
#include "pagelab/workloads/language/schema_writer.h"
#include "pagelab/workloads/library_files.h"
#include "pagelab/workloads/machine_base.h"
#include "pagelab/workloads/machine_tables.h"

namespace pagelab {
namespace {

absl::StatusOr<MachineConfig> ParseNamedBy(std::vector<std::string> named_by,
                                           std::string_view file,
                                           std::string_view text) {
  Reader reader{std::string(file)};
  reader.set_named_by(std::move(named_by));
  MachineConfig config;
  const std::optional<JsonValue> value = ReadJson(text, reader);
  if (value.has_value()) {
    MachineTable().Read(*value, config, reader);
    if (reader.ok()) CheckMachine(*value, config, reader);
  }
  if (!reader.ok()) return reader.status();
  config.name = NameOfFile(file);
  return config;
}

// The JSON text, or a string of it; "4.10" of a kernel is no number.
JsonValue SettingValue(std::string_view key, std::string_view text) {
  if (key == "kernel") return JsonValue::String(text);
  Reader unheard("");
  std::optional<JsonValue> value = ReadJson(text, unheard);
  if (!value.has_value() || !unheard.ok()) return JsonValue::String(text);
  return *std::move(value);
}

// {"policy": {"cma": value}} for "policy.cma".
JsonValue Nested(const JsonMember& setting) {
  std::string_view key = setting.name;
  JsonValue value = setting.value;
  while (true) {
    const size_t dot = key.rfind('.');
    const std::string_view name =
        dot == std::string_view::npos ? key : key.substr(dot + 1);
    JsonValue object = JsonValue::Object();
    object.set_position(setting.position);
    object.Set(name, std::move(value), setting.position);
    if (dot == std::string_view::npos) return object;
    value = std::move(object);
    key = key.substr(0, dot);
  }
}

void ReadSetting(std::string_view setting, MachineConfig& config,
                 Reader& reader) {
  const size_t equals = setting.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    reader.Error(TextPosition{}, QuoteJson(setting) +
                                     ": must be key=value, as in "
                                     "\"policy.watermark_scale_factor=20\"");
    return;
  }
  const std::string_view key = setting.substr(0, equals);
  ReadMachineSetting(
      JsonMember{
          std::string(key), SettingValue(key, setting.substr(equals + 1)), {}},
      config, reader);
}

}  // namespace

void ReadMachineBase(const JsonValue& value, MachineConfig& config,
                     Reader& reader) {
  constexpr std::string_view kExpected =
      "the name of a machine, or the path of a machine file";
  if (!value.is_string() || value.text().empty()) {
    reader.ErrorExpected(value, kExpected);
    return;
  }
  const std::string path = PathSeenFrom(reader.file(), value.text());
  constexpr size_t kMaxBases = 8;
  std::vector<std::string> named_by = reader.named_by();
  if (named_by.size() == kMaxBases) {
    reader.Error(value,
                 "more than " + std::to_string(kMaxBases) + " bases of bases");
    return;
  }
  named_by.push_back(reader.file());
  if (std::find(named_by.begin(), named_by.end(), path) != named_by.end()) {
    reader.Error(value, "the machine is its own base");
    return;
  }
  const auto text = MachineText(path);
  if (!text.ok()) {
    reader.AddStatus(value.position(), text.status());
    return;
  }
  auto base = ParseNamedBy(std::move(named_by), path, *text);
  if (base.ok()) {
    config = *std::move(base);
  } else {
    reader.Error(value, "the base has errors:\n" +
                            std::string(FromAbsl(base.status().message())));
  }
}

void ReadMachineSetting(const JsonMember& setting, MachineConfig& config,
                        Reader& reader) {
  if (setting.name == "base") {
    reader.Error(setting.position, "base: choose another machine instead");
    return;
  }
  MachineTable().Read(Nested(setting), config, reader);
}

absl::StatusOr<MachineConfig> ParseMachine(std::string_view file,
                                           std::string_view text) {
  return ParseNamedBy({}, file, text);
}

absl::Status ApplySettings(MachineConfig& config,
                           absl::Span<const std::string> settings) {
  MachineConfig changed = config;
  Reader reader("");
  reader.set_from_setting(true);
  for (const std::string& setting : settings) {
    ReadSetting(setting, changed, reader);
  }
  if (reader.ok()) CheckMachine(JsonValue::Object(), changed, reader);
  if (!reader.ok()) return reader.status_without_positions();
  config = std::move(changed);
  return absl::OkStatus();
}

absl::Status ApplySetting(MachineConfig& config, std::string_view setting) {
  return ApplySettings(config, {std::string(setting)});
}

std::string MachineSchema() { return WriteSchema(MachineLanguage()); }

std::string MachineReference() { return WriteReference(MachineLanguage()); }

}  // namespace pagelab
