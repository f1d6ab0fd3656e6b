// The field tables of exercises and answers; for the language code only.

#ifndef PAGELAB_REPORT_EXERCISE_EXERCISE_TABLES_H_
#define PAGELAB_REPORT_EXERCISE_EXERCISE_TABLES_H_

#include <optional>
#include <utility>
#include <vector>

#include "pagelab/report/exercise/exercise.h"
#include "pagelab/workloads/language/field_table.h"
#include "pagelab/workloads/language/field_types.h"

namespace pagelab {

// A page frame number: a number, or text as the kernel prints it, "0x1000".
ValueType<Pfn> PfnType();
ValueType<Order> OrderType();
ValueType<Migratetype> MigratetypeType();
ValueType<StepKind> StepKindType();

const ObjectTable<ExerciseList>& ExerciseListTable();
ValueType<std::vector<ExerciseList>> ExerciseListsType();
const ObjectTable<Exercise>& ExerciseTable();
const ObjectTable<ExerciseAnswer>& AnswerTable();

const LanguageInfo& ExerciseLanguage();
const LanguageInfo& AnswerLanguage();

// `type` for a member that knows whether it was given.
template <class T>
ValueType<std::optional<T>> Optional(ValueType<T> type) {
  return Converted<std::optional<T>>(std::move(type), [](T value) {
    return std::optional<T>(std::move(value));
  });
}

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXERCISE_EXERCISE_TABLES_H_
