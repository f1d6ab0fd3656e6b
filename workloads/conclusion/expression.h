#ifndef PAGELAB_WORKLOADS_CONCLUSION_EXPRESSION_H_
#define PAGELAB_WORKLOADS_CONCLUSION_EXPRESSION_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"

namespace pagelab {

// A number or a text that a run ends with.
using Quantum = std::variant<double, std::string>;

// What an expression asks for: "free(9)@before" has the name "free", the
// argument 9 and the capture "before".
struct QuantityName {
  std::string name;
  std::vector<Quantum> arguments;
  // When: at the capture of that name; empty: now.
  std::string capture;

  // As it was written, for messages and as a key.
  std::string text() const;
};

// Arithmetic over quantities: numbers, names, + - * /, parentheses.
//
//   expression = term { ("+" | "-") term }
//   term       = factor { ("*" | "/") factor }
//   factor     = number | "-" factor | "(" expression ")" | quantity
//   quantity   = name [ "(" argument { "," argument } ")" ] [ "@" capture ]
//   argument   = number | "'" text "'"
//
// A capture's name may have a '-' in it: a space goes before a minus there.
class Expression {
 public:
  // An error says what is wrong and at which character of `text`, from 1.
  static absl::StatusOr<Expression> Parse(std::string_view text);

  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
  ~Expression();

  using Lookup = std::function<absl::StatusOr<Quantum>(const QuantityName&)>;
  // Dividing by 0 gives 0. Texts cannot be calculated with.
  absl::StatusOr<Quantum> Evaluate(const Lookup& lookup) const;
  // All that it asks for.
  void CollectNames(std::vector<QuantityName>& names) const;

  struct Node;

 private:
  explicit Expression(std::unique_ptr<Node> root);
  std::unique_ptr<Node> root_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_CONCLUSION_EXPRESSION_H_
