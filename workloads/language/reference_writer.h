#ifndef PAGELAB_WORKLOADS_LANGUAGE_REFERENCE_WRITER_H_
#define PAGELAB_WORKLOADS_LANGUAGE_REFERENCE_WRITER_H_

#include <string>

#include "pagelab/workloads/language/field_table.h"

namespace pagelab {

// The reference page of the language, in markdown.
std::string WriteReference(const LanguageInfo& language);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_LANGUAGE_REFERENCE_WRITER_H_
