#ifndef PAGELAB_WORKLOADS_LANGUAGE_SCHEMA_WRITER_H_
#define PAGELAB_WORKLOADS_LANGUAGE_SCHEMA_WRITER_H_

#include <string>

#include "pagelab/workloads/language/field_table.h"

namespace pagelab {

// The language as a JSON Schema, draft-07, for editors: types, limits, texts,
// defaults and examples of every field.
std::string WriteSchema(const LanguageInfo& language);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_LANGUAGE_SCHEMA_WRITER_H_
