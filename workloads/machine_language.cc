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
#include "pagelab/workloads/machine_parts.h"
#include "pagelab/workloads/machine_tables.h"
#include "pagelab/workloads/word_lines.h"

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

// A part of the machine whose keys may be set without its name.
struct MachinePart {
  std::string_view name;
  const ObjectInfo* info;
};

absl::Span<const MachinePart> Parts() {
  static const MachinePart kParts[] = {
      {"policy", &PolicyTable().info()},
      {"geometry", &GeometryTable().info()},
      {"page_flags", &PageFlagsTable().info()}};
  return kParts;
}

bool HasField(const ObjectInfo& info, std::string_view name) {
  const std::vector<std::string_view> names = info.FieldNames();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The dotted key of a machine file: a sysctl's name, "vm.swappiness", and the
// key of a part alone, "pageblock_order", stand for the part's. What is known
// nowhere stays as it is, for the table to say so.
std::string MachineKey(std::string_view name) {
  constexpr std::string_view kSysctl = "vm.";
  const bool sysctl = name.substr(0, kSysctl.size()) == kSysctl;
  if (sysctl) name.remove_prefix(kSysctl.size());
  if (!sysctl && HasField(MachineTable().info(), name)) {
    return std::string(name);
  }
  for (const MachinePart& part : Parts()) {
    if (!HasField(*part.info, name)) continue;
    return std::string(part.name) + "." + std::string(name);
  }
  return (sysctl ? "policy." : "") + std::string(name);
}

// "256 256 32 0", as the kernel's file has a list, as one.
JsonValue WithList(JsonValue value) {
  if (!value.is_string()) return value;
  const std::string& text = value.text();
  if (text.find_first_not_of("0123456789 \t") != std::string::npos ||
      text.find_first_of(" \t") == std::string::npos) {
    return value;
  }
  JsonValue list = JsonValue::Array();
  list.set_position(value.position());
  const absl::Status status =
      ForEachWordLine(text, [&list](const WordLine& line) {
        for (const std::string_view word : line.words) {
          const absl::StatusOr<uint64_t> number = ParseUint64(word);
          if (!number.ok()) return number.status();
          list.Append(JsonValue::Number(*number));
        }
        return absl::OkStatus();
      });
  return status.ok() ? list : value;
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
  JsonMember known = setting;
  known.name = MachineKey(setting.name);
  constexpr std::string_view kPolicy = "policy.";
  if (known.name.substr(0, kPolicy.size()) == kPolicy) {
    known.value = WithList(std::move(known.value));
  }
  MachineTable().Read(Nested(known), config, reader);
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

std::string MachineSettings(const MachineConfig& config) {
  return MachineTable().Write(config).ToText();
}

std::string MachineSchema() { return WriteSchema(MachineLanguage()); }

std::string MachineReference() { return WriteReference(MachineLanguage()); }

}  // namespace pagelab
