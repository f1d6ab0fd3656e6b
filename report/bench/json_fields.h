// Members of JSON objects by type. What is missing or of another type is
// reported to the reader, and a value of no meaning comes back.

#ifndef PAGELAB_REPORT_BENCH_JSON_FIELDS_H_
#define PAGELAB_REPORT_BENCH_JSON_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/workloads/language/json_value.h"
#include "pagelab/workloads/language/reader.h"

namespace pagelab {

inline constexpr uint64_t kBenchSchemaVersion = 1;

// One place of a document: an object and who hears what is wrong with it.
class JsonFields {
 public:
  // Reports `object` if it is no object; then it has no members.
  JsonFields(const JsonValue& object, Reader& reader);

  std::string Text(std::string_view name) const;
  uint64_t Count(std::string_view name) const;
  // Finite and not negative, as all that is measured.
  double Number(std::string_view name) const;
  // The same; nothing where it is null.
  std::optional<double> NumberOrNull(std::string_view name) const;
  std::optional<uint64_t> CountOrNull(std::string_view name) const;
  std::vector<double> Numbers(std::string_view name) const;
  const JsonValue& Object(std::string_view name) const;
  const std::vector<JsonValue>& List(std::string_view name) const;

  // "" or nothing where there is no such member; reported if it is of another
  // type.
  std::string OptionalText(std::string_view name) const;
  std::optional<double> OptionalNumber(std::string_view name) const;

  // Reports a document of another kind or of a version that is not known.
  void ExpectDocument(std::string_view kind) const;

 private:
  // Null if there is none, which is reported.
  const JsonValue* Find(std::string_view name) const;

  const JsonValue& object_;
  Reader& reader_;
};

// The number that a JSON number spells.
double NumberOf(const JsonValue& value);
// A finite number as JSON, shortest that reads back the same; null otherwise.
JsonValue JsonNumber(double value);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_JSON_FIELDS_H_
