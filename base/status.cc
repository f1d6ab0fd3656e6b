#include "pagelab/base/status.h"

#include <cerrno>
#include <cstdint>

#include "pagelab/base/text.h"

namespace pagelab {

std::string ToString(const SourcePosition& position) {
  std::string text = position.file;
  text += ':';
  AppendDecimal(text, static_cast<uint64_t>(position.line));
  text += ':';
  AppendDecimal(text, static_cast<uint64_t>(position.column));
  return text;
}

absl::Status InvalidInput(std::string_view message) {
  return absl::InvalidArgumentError(ToAbsl(message));
}

absl::Status InvalidInputAt(const SourcePosition& position,
                            std::string_view what) {
  std::string message = ToString(position);
  message += ": ";
  message += what;
  return InvalidInput(message);
}

absl::Status SystemError(int error_number, std::string_view path,
                         std::string_view what) {
  if (error_number == EPIPE) return ClosedPipe(path);
  std::string message(path);
  message += ": ";
  message += what;
  absl::Status status = absl::ErrnoToStatus(error_number, message);
  // To Abseil a failed precondition, as is a directory: bad input.
  if (error_number == EBADF) return absl::InternalError(status.message());
  return status;
}

absl::Status ClosedPipe(std::string_view path) {
  std::string message(path);
  message += ": the reading end is closed";
  return absl::CancelledError(message);
}

bool IsClosedPipe(const absl::Status& status) {
  return absl::IsCancelled(status);
}

int ExitCodeFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kCancelled:
      return 0;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
      return 3;
    default:
      return 4;
  }
}

}  // namespace pagelab
