// The field tables of scenario files; for the language code only.

#ifndef PAGELAB_WORKLOADS_SCENARIO_TABLES_H_
#define PAGELAB_WORKLOADS_SCENARIO_TABLES_H_

#include <string>

#include "pagelab/workloads/language/field_table.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// These read with a ScenarioReader (scenario_reader.h).
const ObjectTable<Scenario>& ScenarioTable();
const ObjectTable<ScenarioTask>& TaskTable();
const ObjectTable<Step>& StepTable();
const ObjectTable<AllocStep>& AllocTable();
const ObjectTable<FreeStep>& FreeTable();
const ObjectTable<SplitStep>& SplitTable();
const ObjectTable<RepeatStep>& RepeatTable();
const ObjectTable<ReadStep>& ReadTable();
const ObjectTable<WriteStep>& WriteTable();
const ObjectTable<DrainStep>& DrainTable();
const ObjectTable<AccessStep>& AccessTable();
const ObjectTable<TouchStep>& TouchTable();
const ObjectTable<ShrinkStep>& ShrinkTable();
const ObjectTable<MapStep>& MapTable();
const ObjectTable<UnmapStep>& UnmapTable();
// {"read": "/proc/..."}, or an object that says more.
ValueType<ReadStep> ReadType();
// The fields of a step that use memory rather than allocate it.
void AddUserPageSteps(ObjectTable<Step>& table);

const ObjectTable<Distribution>& DistributionTable();
const ObjectTable<Distribution>& UniformTable();
const ObjectTable<Distribution>& ExponentialTable();
const ObjectTable<Distribution>& NormalTable();
const ObjectTable<Distribution>& LogNormalTable();
const ObjectTable<Distribution>& ParetoTable();
const ObjectTable<Distribution::Choice>& ChoiceTable();

ValueType<std::vector<Distribution>> DistributionsType();
ValueType<std::vector<ScriptedStack>> StacksType();
// A list of frames, innermost first.
ValueType<ScriptedStack> StackType();

const LanguageInfo& ScenarioLanguage();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SCENARIO_TABLES_H_
