#ifndef PAGELAB_TEST_WORKLOADS_SCHEMA_VALIDATOR_H_
#define PAGELAB_TEST_WORKLOADS_SCHEMA_VALIDATOR_H_

#include <string>

#include "pagelab/workloads/language/json_value.h"

namespace pagelab {

// Checks values against a JSON Schema, draft-07: the keywords that our schemas
// have. Any other keyword is a failure, so that none is silently ignored.
class SchemaValidator {
 public:
  // `schema` is the text of a whole schema document.
  explicit SchemaValidator(const std::string& schema);

  // Empty if `value` is valid, otherwise the first thing that is wrong.
  std::string Validate(const JsonValue& value) const;
  // The same for one of the schema's definitions.
  std::string ValidateAs(const std::string& definition,
                         const JsonValue& value) const;

  const JsonValue& schema() const { return schema_; }

 private:
  std::string Check(const JsonValue& schema, const JsonValue& value) const;
  std::string CheckKeyword(const JsonValue& schema, const JsonMember& keyword,
                           const JsonValue& value) const;
  std::string CheckObject(const JsonValue& schema, const JsonMember& keyword,
                          const JsonValue& value) const;
  std::string CheckProperties(const JsonValue& schema,
                              const JsonValue& value) const;
  const JsonValue& Resolve(const std::string& reference) const;

  JsonValue schema_;
};

// REQUIRES: `text` is JSON.
JsonValue ParsedJson(const std::string& text);

}  // namespace pagelab

#endif  // PAGELAB_TEST_WORKLOADS_SCHEMA_VALIDATOR_H_
