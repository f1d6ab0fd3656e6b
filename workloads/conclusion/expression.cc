#include "pagelab/workloads/conclusion/expression.h"

#include <charconv>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"

namespace pagelab {

struct Expression::Node {
  enum class Kind : uint8_t { kNumber, kName, kNegate, kBinary };
  Kind kind = Kind::kNumber;
  double number = 0;
  QuantityName name;
  char operation = 0;
  std::unique_ptr<Node> left;
  std::unique_ptr<Node> right;
};

namespace {

using Node = Expression::Node;
using NodePtr = std::unique_ptr<Node>;

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<NodePtr> Whole() {
    PAGELAB_ASSIGN_OR_RETURN(NodePtr node, Sum());
    if (Peek() != 0) return Error("nothing more");
    return node;
  }

 private:
  absl::Status Error(std::string_view expected) const {
    const std::string got =
        at_ < text_.size() ? fmt::format("'{}'", text_[at_]) : "its end";
    return InvalidInput(fmt::format("\"{}\", character {}: expected {}, got {}",
                                    text_, at_ + 1, expected, got));
  }

  char Peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  absl::StatusOr<NodePtr> Sum() {
    PAGELAB_ASSIGN_OR_RETURN(NodePtr left, Product());
    while (Peek() == '+' || Peek() == '-') {
      const char operation = text_[at_++];
      PAGELAB_RETURN_IF_ERROR(CountTerm());
      PAGELAB_ASSIGN_OR_RETURN(NodePtr right, Product());
      left = Binary(operation, std::move(left), std::move(right));
    }
    return left;
  }

  absl::StatusOr<NodePtr> Product() {
    PAGELAB_ASSIGN_OR_RETURN(NodePtr left, Factor());
    while (Peek() == '*' || Peek() == '/') {
      const char operation = text_[at_++];
      PAGELAB_RETURN_IF_ERROR(CountTerm());
      PAGELAB_ASSIGN_OR_RETURN(NodePtr right, Factor());
      left = Binary(operation, std::move(left), std::move(right));
    }
    return left;
  }

  // Trees grow to the left, one level for each term.
  absl::Status CountTerm() {
    constexpr int kMostTerms = 1000;
    if (++terms_ > kMostTerms) return Error("at most 1000 terms");
    return absl::OkStatus();
  }

  static NodePtr Binary(char operation, NodePtr left, NodePtr right) {
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::kBinary;
    node->operation = operation;
    node->left = std::move(left);
    node->right = std::move(right);
    return node;
  }

  absl::StatusOr<NodePtr> Factor() {
    constexpr int kDeepest = 50;
    if (++depth_ > kDeepest) return Error("less nesting");
    absl::StatusOr<NodePtr> node = Unnested();
    --depth_;
    return node;
  }

  absl::StatusOr<NodePtr> Unnested() {
    const char next = Peek();
    if (next == '(') {
      ++at_;
      PAGELAB_ASSIGN_OR_RETURN(NodePtr node, Sum());
      if (Peek() != ')') return Error("')'");
      ++at_;
      return node;
    }
    auto node = std::make_unique<Node>();
    if (next == '-') {
      ++at_;
      node->kind = Node::Kind::kNegate;
      PAGELAB_ASSIGN_OR_RETURN(node->left, Factor());
      return node;
    }
    if (IsDigit(next)) {
      PAGELAB_ASSIGN_OR_RETURN(node->number, Number());
      return node;
    }
    if (!IsLetter(next)) return Error("a number, a name or '('");
    node->kind = Node::Kind::kName;
    PAGELAB_ASSIGN_OR_RETURN(node->name, Name());
    return node;
  }

  absl::StatusOr<double> Number() {
    double number = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(
        begin, text_.data() + text_.size(), number, std::chars_format::fixed);
    if (error != std::errc()) return Error("a number");
    at_ += static_cast<size_t>(end - begin);
    return number;
  }

  absl::StatusOr<QuantityName> Name() {
    QuantityName name;
    name.name = Word("");
    if (at_ < text_.size() && text_[at_] == '(') {
      do {
        ++at_;
        PAGELAB_ASSIGN_OR_RETURN(name.arguments.emplace_back(), Argument());
      } while (Peek() == ',');
      if (Peek() != ')') return Error("',' or ')'");
      ++at_;
    }
    if (at_ < text_.size() && text_[at_] == '@') {
      ++at_;
      name.capture = Word("-");
      if (name.capture.empty()) return Error("the name of a capture");
    }
    return name;
  }

  // Letters, digits, dots, and what is in `also`.
  std::string Word(std::string_view also) {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           (IsLetter(text_[at_]) || IsDigit(text_[at_]) || text_[at_] == '.' ||
            also.find(text_[at_]) != std::string_view::npos)) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  absl::StatusOr<Quantum> Argument() {
    if (Peek() != '\'') return Number();
    const size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) {
      at_ = text_.size();
      return Error("a closing '");
    }
    std::string word(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return word;
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  int terms_ = 0;
};

double Calculate(char operation, double left, double right) {
  switch (operation) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      return right == 0 ? 0 : left / right;
  }
}

absl::StatusOr<double> NumberOf(const Quantum& quantum) {
  if (const auto* number = std::get_if<double>(&quantum)) return *number;
  return InvalidInput("a text cannot be calculated with: \"" +
                      std::get<std::string>(quantum) + "\"");
}

absl::StatusOr<Quantum> EvaluateNode(const Node& node,
                                     const Expression::Lookup& lookup) {
  switch (node.kind) {
    case Node::Kind::kNumber:
      return node.number;
    case Node::Kind::kName:
      return lookup(node.name);
    case Node::Kind::kNegate: {
      PAGELAB_ASSIGN_OR_RETURN(const Quantum value,
                               EvaluateNode(*node.left, lookup));
      PAGELAB_ASSIGN_OR_RETURN(const double number, NumberOf(value));
      return -number;
    }
    case Node::Kind::kBinary:
      break;
  }
  PAGELAB_ASSIGN_OR_RETURN(const Quantum left,
                           EvaluateNode(*node.left, lookup));
  PAGELAB_ASSIGN_OR_RETURN(const Quantum right,
                           EvaluateNode(*node.right, lookup));
  PAGELAB_ASSIGN_OR_RETURN(const double a, NumberOf(left));
  PAGELAB_ASSIGN_OR_RETURN(const double b, NumberOf(right));
  return Calculate(node.operation, a, b);
}

void Collect(const Node& node, std::vector<QuantityName>& names) {
  if (node.kind == Node::Kind::kName) names.push_back(node.name);
  if (node.left != nullptr) Collect(*node.left, names);
  if (node.right != nullptr) Collect(*node.right, names);
}

}  // namespace

std::string QuantityName::text() const {
  std::string out = name;
  for (size_t i = 0; i < arguments.size(); ++i) {
    out += i == 0 ? "(" : ", ";
    if (const auto* number = std::get_if<double>(&arguments[i])) {
      out += fmt::format("{}", *number);
    } else {
      out += "'" + std::get<std::string>(arguments[i]) + "'";
    }
  }
  if (!arguments.empty()) out += ")";
  if (!capture.empty()) out += "@" + capture;
  return out;
}

Expression::Expression(std::unique_ptr<Node> root) : root_(std::move(root)) {}
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

absl::StatusOr<Expression> Expression::Parse(std::string_view text) {
  PAGELAB_ASSIGN_OR_RETURN(NodePtr root, Parser(text).Whole());
  return Expression(std::move(root));
}

absl::StatusOr<Quantum> Expression::Evaluate(const Lookup& lookup) const {
  return EvaluateNode(*root_, lookup);
}

void Expression::CollectNames(std::vector<QuantityName>& names) const {
  Collect(*root_, names);
}

}  // namespace pagelab
