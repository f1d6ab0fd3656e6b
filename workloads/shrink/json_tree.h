// Places in a JSON document; internal to this folder.

#ifndef PAGELAB_WORKLOADS_SHRINK_JSON_TREE_H_
#define PAGELAB_WORKLOADS_SHRINK_JSON_TREE_H_

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/workloads/language/json_value.h"

namespace pagelab {

// From the root down: the number of a member, or of an item.
using JsonPath = std::vector<size_t>;

const JsonValue& ValueAt(const JsonValue& root, absl::Span<const size_t> path);

// The document with another value there.
JsonValue Replaced(const JsonValue& root, absl::Span<const size_t> path,
                   JsonValue value);

// A list or an object with those items or members alone.
JsonValue Selected(const JsonValue& value, absl::Span<const size_t> kept);

// The document with that member of the root, new or in place of the old one.
JsonValue WithMember(const JsonValue& root, std::string_view name,
                     JsonValue value);

// Paths of the members for which `wanted` holds, whatever is above them; those
// above come before those below.
using WantedMember =
    std::function<bool(std::string_view name, const JsonValue& value)>;
std::vector<JsonPath> FindMembers(const JsonValue& root,
                                  const WantedMember& wanted);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_JSON_TREE_H_
