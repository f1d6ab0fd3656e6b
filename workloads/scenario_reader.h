#ifndef PAGELAB_WORKLOADS_SCENARIO_READER_H_
#define PAGELAB_WORKLOADS_SCENARIO_READER_H_

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/workloads/language/field_table.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// Reads a scenario, and knows what its names stand for. Distributions and
// stacks come before the tasks in the table, so they are known when a step
// mentions them; handles may be freed in an earlier task than they are filled.
class ScenarioReader : public Reader {
 public:
  ScenarioReader(std::string file, Scenario& scenario)
      : Reader(std::move(file)), scenario_(scenario) {}

  // The reader that the tables of a scenario were called with.
  static ScenarioReader& Of(Reader& reader) {
    return static_cast<ScenarioReader&>(reader);
  }

  Scenario& scenario() { return scenario_; }

  // The index of what is called so, or -1 and an error.
  int FindDistribution(const JsonValue& name);
  int FindStack(const JsonValue& name);

  void DefineHandle(std::string_view name) {
    handles_.insert(std::string(name));
  }
  void UseHandle(const JsonValue& name);
  // Reports uses of handles that nothing fills.
  void CheckHandles();

  // Reports a name or pid that an earlier task has.
  void CheckTaskIsNew(const JsonValue& object, const ScenarioTask& task);

 private:
  struct HandleUse {
    std::string name;
    TextPosition position;
  };

  Scenario& scenario_;
  std::set<std::string, std::less<>> handles_;
  std::vector<HandleUse> handle_uses_;
  std::set<std::string, std::less<>> task_names_;
  std::set<int32_t> pids_;
};

// A fixed value, or the name of a distribution whose values are all at most
// `largest`.
ValueType<Quantity> QuantityType(ValueType<uint64_t> fixed, uint64_t largest);

// A handle that a step takes from.
ValueType<std::string> HandleType();
// A handle that a step fills.
ValueType<std::string> NewHandleType();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SCENARIO_READER_H_
