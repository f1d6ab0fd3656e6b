#ifndef PAGELAB_WORKLOADS_CONCLUSION_CONCLUSION_H_
#define PAGELAB_WORKLOADS_CONCLUSION_CONCLUSION_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/conclusion/expression.h"
#include "pagelab/workloads/runner.h"

namespace pagelab {

// The sentence that a scenario ends with: text with quantities of the run in
// braces, "{free_from(9)@before - free_from(9)} huge pages fewer". After a
// colon, how it is shown: ":1" with one digit after the point, ":%" as percent,
// ":size" pages as MiB; whole numbers with groups of three otherwise.
class Conclusion {
 public:
  // An error says what is wrong with the text.
  static absl::StatusOr<Conclusion> Parse(std::string_view text);

  // An error where the machine has not what the sentence names.
  absl::Status Check(Machine& machine) const;
  // Keeps what the sentence needs of this moment. An error: a name of vmstat
  // that is not there.
  absl::Status NoteCapture(std::string_view capture, Machine& machine,
                           const RunReport& report);
  // The sentence, at the end. REQUIRES: its captures were noted.
  absl::StatusOr<std::string> Text(Machine& machine,
                                   const RunReport& report) const;

 private:
  // Text, then an expression, if it has one.
  struct Piece {
    std::string text;
    std::vector<Expression> expression;
    std::string format;
  };

  std::vector<QuantityName> Names() const;

  std::vector<Piece> pieces_;
  // By QuantityName::text().
  std::map<std::string, Quantum> noted_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_CONCLUSION_CONCLUSION_H_
