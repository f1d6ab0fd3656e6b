#include "pagelab/workloads/scenario_reader.h"

#include <utility>

#include "pagelab/base/text.h"
#include "pagelab/workloads/distribution.h"
#include "pagelab/workloads/language/field_types.h"

namespace pagelab {
namespace {

std::string UnknownName(std::string_view kind, std::string_view name,
                        const std::vector<std::string_view>& known) {
  std::string text = "no " + std::string(kind) + " is called " +
                     QuoteJson(name) + DidYouMean(name, known);
  if (known.empty()) return text + "; the scenario has none";
  text += "; there are: ";
  for (size_t i = 0; i < known.size(); ++i) {
    if (i > 0) text += ", ";
    text += known[i];
  }
  return text;
}

template <class T>
int FindNamed(const std::vector<T>& items, std::string_view kind,
              const JsonValue& name, Reader& reader) {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].name == name.text()) return static_cast<int>(i);
    if (!items[i].name.empty()) names.push_back(items[i].name);
  }
  reader.Error(name, UnknownName(kind, name.text(), names));
  return -1;
}

}  // namespace

int ScenarioReader::FindDistribution(const JsonValue& name) {
  return FindNamed(scenario_.distributions, "distribution", name, *this);
}

int ScenarioReader::FindStack(const JsonValue& name) {
  return FindNamed(scenario_.stacks, "stack", name, *this);
}

void ScenarioReader::UseHandle(const JsonValue& name) {
  handle_uses_.push_back(HandleUse{name.text(), name.position()});
}

void ScenarioReader::CheckHandles() {
  const std::vector<std::string_view> names(handles_.begin(), handles_.end());
  for (const HandleUse& use : handle_uses_) {
    if (handles_.find(use.name) != handles_.end()) continue;
    Error(use.position, UnknownName("handle", use.name, names) +
                            "; an \"alloc\" step names one with \"as\"");
  }
}

void ScenarioReader::CheckTaskIsNew(const JsonValue& object,
                                    const ScenarioTask& task) {
  if (!task.name.empty() && !task_names_.insert(task.name).second) {
    Error(PositionOf(object, "name"),
          "an earlier task is called " + QuoteJson(task.name) + " too");
  }
  if (task.pid.has_value() && !pids_.insert(*task.pid).second) {
    Error(PositionOf(object, "pid"),
          "an earlier task has pid " + std::to_string(*task.pid) + " too");
  }
}

ValueType<Quantity> QuantityType(ValueType<uint64_t> fixed, uint64_t largest) {
  TypeInfo info = fixed.info;
  const std::string_view or_name = ", or the name of a distribution";
  info.expected += or_name;
  info.markdown += ", or the name of a [distribution](#distribution)";
  info.schema = JsonValue::Object(
      {{"anyOf", JsonValue::Array(
                     {fixed.info.schema, NameType("a name").info.schema})}});
  auto read = [expected = info.expected, largest,
               fixed_read = std::move(fixed.read)](
                  const JsonValue& value, Quantity& target, Reader& reader) {
    target = Quantity{};
    if (!value.is_string() || !IsName(value.text())) {
      if (!value.is_string() && !value.is_number()) {
        reader.ErrorExpected(value, expected);
      } else {
        fixed_read(value, target.fixed, reader);
      }
      return;
    }
    ScenarioReader& names = ScenarioReader::Of(reader);
    target.distribution = names.FindDistribution(value);
    if (target.distribution < 0) return;
    const Distribution& distribution =
        names.scenario().distributions[target.distribution];
    const uint64_t drawn = LargestDraw(distribution);
    if (drawn <= largest) return;
    reader.Error(value, "distribution " + QuoteJson(value.text()) +
                            " must not give more than " +
                            std::to_string(largest) +
                            ": give it a \"max\" of that");
  };
  return ValueType<Quantity>{std::move(info), std::move(read)};
}

ValueType<std::string> NewHandleType() {
  ValueType<std::string> type = NameType("a handle");
  type.read = [read = std::move(type.read)](
                  const JsonValue& value, std::string& target, Reader& reader) {
    read(value, target, reader);
    if (!target.empty()) ScenarioReader::Of(reader).DefineHandle(target);
  };
  return type;
}

ValueType<std::string> HandleType() {
  ValueType<std::string> type = NameType("a handle");
  type.read = [read = std::move(type.read)](
                  const JsonValue& value, std::string& target, Reader& reader) {
    read(value, target, reader);
    if (!target.empty()) ScenarioReader::Of(reader).UseHandle(value);
  };
  return type;
}

}  // namespace pagelab
