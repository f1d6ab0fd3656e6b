// Errors about input: what is wrong, where, and what would be right.

#ifndef PAGELAB_BASE_STATUS_H_
#define PAGELAB_BASE_STATUS_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pagelab {

// A place in an input file; lines and columns count from 1.
struct SourcePosition {
  std::string file;
  int line = 1;
  int column = 1;
};

// "file:line:column".
std::string ToString(const SourcePosition& position);

// The input is not what it must be.
absl::Status InvalidInput(std::string_view message);

// As above, with the message "file:line:column: what".
absl::Status InvalidInputAt(const SourcePosition& position,
                            std::string_view what);

// The failure of a system call on `path`, from an errno value:
// "path: what: No such file or directory". A closed descriptor (EBADF) is a
// failure, never bad input.
absl::Status SystemError(int error_number, std::string_view path,
                         std::string_view what);

// The reader of our output has gone away (EPIPE): nothing to report.
absl::Status ClosedPipe(std::string_view path);
bool IsClosedPipe(const absl::Status& status);

// The program's exit code: 0 fine or closed pipe, 3 bad input, 4 internal or
// I/O. Codes 1 (a finding) and 2 (usage) are the commands' own.
int ExitCodeFor(const absl::Status& status);

}  // namespace pagelab

#define PAGELAB_RETURN_IF_ERROR(expression)                                 \
  do {                                                                      \
    if (absl::Status pagelab_status = (expression); !pagelab_status.ok()) { \
      return pagelab_status;                                                \
    }                                                                       \
  } while (false)

// The target of an assignment and the name of a variable take no
// parentheses. NOLINTBEGIN(bugprone-macro-parentheses)
//
// PAGELAB_ASSIGN_OR_RETURN(auto zone, FindZone(name));
#define PAGELAB_ASSIGN_OR_RETURN(target, expression)                 \
  PAGELAB_INTERNAL_ASSIGN_OR_RETURN(                                 \
      PAGELAB_INTERNAL_CONCAT(pagelab_status_or_, __LINE__), target, \
      expression)
#define PAGELAB_INTERNAL_ASSIGN_OR_RETURN(status_or, target, expression) \
  auto status_or = (expression);                                         \
  if (!status_or.ok()) {                                                 \
    return std::move(status_or).status();                                \
  }                                                                      \
  target = *std::move(status_or)
#define PAGELAB_INTERNAL_CONCAT(left, right) \
  PAGELAB_INTERNAL_CONCAT_EXPANDED(left, right)
#define PAGELAB_INTERNAL_CONCAT_EXPANDED(left, right) left##right

// NOLINTEND(bugprone-macro-parentheses)

#endif  // PAGELAB_BASE_STATUS_H_
