#ifndef PAGELAB_WORKLOADS_LANGUAGE_JSON_READER_H_
#define PAGELAB_WORKLOADS_LANGUAGE_JSON_READER_H_

#include <optional>
#include <string_view>

#include "pagelab/workloads/language/json_value.h"
#include "pagelab/workloads/language/reader.h"

namespace pagelab {

// Reads one JSON document (RFC 8259, UTF-8). Every value knows its line and
// column, in characters. What is not JSON, keys that an object has twice and
// deep nesting are reported to `reader`; nothing comes back if the text is not
// a whole document.
std::optional<JsonValue> ReadJson(std::string_view text, Reader& reader);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_LANGUAGE_JSON_READER_H_
