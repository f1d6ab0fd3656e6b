#include "pagelab/workloads/shrink/json_tree.h"

#include <utility>

namespace pagelab {
namespace {

void Find(const JsonValue& value, const WantedMember& wanted, JsonPath& path,
          std::vector<JsonPath>& found) {
  path.push_back(0);
  for (const JsonMember& member : value.members()) {
    if (wanted(member.name, member.value)) found.push_back(path);
    Find(member.value, wanted, path, found);
    ++path.back();
  }
  for (const JsonValue& item : value.items()) {
    Find(item, wanted, path, found);
    ++path.back();
  }
  path.pop_back();
}

}  // namespace

const JsonValue& ValueAt(const JsonValue& root, absl::Span<const size_t> path) {
  const JsonValue* value = &root;
  for (const size_t index : path) {
    value = value->is_object() ? &value->members()[index].value
                               : &value->items()[index];
  }
  return *value;
}

JsonValue Replaced(const JsonValue& root, absl::Span<const size_t> path,
                   JsonValue value) {
  if (path.empty()) return value;
  JsonValue inner =
      Replaced(ValueAt(root, path.first(1)), path.subspan(1), std::move(value));
  if (root.is_object()) {
    std::vector<JsonMember> members = root.members();
    members[path.front()].value = std::move(inner);
    return JsonValue::Object(std::move(members));
  }
  std::vector<JsonValue> items = root.items();
  items[path.front()] = std::move(inner);
  return JsonValue::Array(std::move(items));
}

JsonValue Selected(const JsonValue& value, absl::Span<const size_t> kept) {
  if (value.is_object()) {
    std::vector<JsonMember> members;
    for (const size_t index : kept) members.push_back(value.members()[index]);
    return JsonValue::Object(std::move(members));
  }
  std::vector<JsonValue> items;
  for (const size_t index : kept) items.push_back(value.items()[index]);
  return JsonValue::Array(std::move(items));
}

JsonValue WithMember(const JsonValue& root, std::string_view name,
                     JsonValue value) {
  std::vector<JsonMember> members = root.members();
  for (JsonMember& member : members) {
    if (member.name != name) continue;
    member.value = std::move(value);
    return JsonValue::Object(std::move(members));
  }
  JsonValue result = JsonValue::Object(std::move(members));
  result.Set(name, std::move(value));
  return result;
}

std::vector<JsonPath> FindMembers(const JsonValue& root,
                                  const WantedMember& wanted) {
  std::vector<JsonPath> found;
  JsonPath path;
  Find(root, wanted, path, found);
  return found;
}

}  // namespace pagelab
