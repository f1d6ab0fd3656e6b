#include "pagelab/base/status.h"

#include <cerrno>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return InvalidInput("odd");
  return value / 2;
}

absl::StatusOr<int> Quarter(int value) {
  PAGELAB_ASSIGN_OR_RETURN(const int half, Half(value));
  PAGELAB_ASSIGN_OR_RETURN(int quarter, Half(half));
  return quarter;
}

absl::Status RequireEven(int value, bool* reached) {
  PAGELAB_RETURN_IF_ERROR(Half(value).status());
  *reached = true;
  return absl::OkStatus();
}

TEST_CASE("Status: ASSIGN_OR_RETURN unwraps values and passes errors on",
          "[base][status]") {
  CHECK(*Quarter(12) == 3);
  CHECK(FromAbsl(Quarter(6).status().message()) == "odd");
  CHECK_FALSE(Quarter(3).ok());
}

TEST_CASE("Status: RETURN_IF_ERROR goes on only without an error",
          "[base][status]") {
  bool reached = false;
  CHECK_FALSE(RequireEven(3, &reached).ok());
  CHECK_FALSE(reached);
  CHECK(RequireEven(4, &reached).ok());
  CHECK(reached);
}

TEST_CASE("Status: an input error says file, line and column",
          "[base][status]") {
  const SourcePosition position = {"leak.json", 12, 7};
  const absl::Status status = InvalidInputAt(position, "unknown key \"ordr\"");
  CHECK(absl::IsInvalidArgument(status));
  CHECK(FromAbsl(status.message()) == "leak.json:12:7: unknown key \"ordr\"");
}

TEST_CASE("Status: a failed system call names path, action and reason",
          "[base][status]") {
  const absl::Status status = SystemError(ENOENT, "a/b", "cannot open");
  CHECK(absl::IsNotFound(status));
  CHECK(FromAbsl(status.message()) ==
        "a/b: cannot open: No such file or directory");
}

TEST_CASE("Status: a closed pipe is told apart and is no failure",
          "[base][status]") {
  const absl::Status status = SystemError(EPIPE, "stdout", "cannot write");
  CHECK(IsClosedPipe(status));
  CHECK(ExitCodeFor(status) == 0);
  CHECK_FALSE(IsClosedPipe(SystemError(EIO, "stdout", "cannot write")));
}

TEST_CASE("Status: exit codes tell bad input from failures of our own",
          "[base][status]") {
  CHECK(ExitCodeFor(absl::OkStatus()) == 0);
  CHECK(ExitCodeFor(InvalidInput("x")) == 3);
  CHECK(ExitCodeFor(absl::NotFoundError("x")) == 3);
  CHECK(ExitCodeFor(absl::OutOfRangeError("x")) == 3);
  CHECK(ExitCodeFor(absl::FailedPreconditionError("x")) == 3);
  CHECK(ExitCodeFor(absl::UnimplementedError("x")) == 3);
  CHECK(ExitCodeFor(absl::InternalError("x")) == 4);
  CHECK(ExitCodeFor(absl::UnavailableError("x")) == 4);
  CHECK(ExitCodeFor(absl::DataLossError("x")) == 4);
  CHECK(ExitCodeFor(SystemError(ENOSPC, "out", "cannot write")) == 4);
  CHECK(ExitCodeFor(SystemError(EACCES, "out", "cannot create")) == 4);
  const absl::Status closed = SystemError(EBADF, "stdin", "cannot read");
  CHECK(ExitCodeFor(closed) == 4);
  CHECK(FromAbsl(closed.message()) ==
        "stdin: cannot read: Bad file descriptor");
}

}  // namespace
}  // namespace pagelab
