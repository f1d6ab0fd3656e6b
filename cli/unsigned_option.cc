#include "pagelab/cli/unsigned_option.h"

#include <string>

#include "fmt/format.h"
#include "pagelab/base/text.h"

namespace pagelab {

CLI::Validator UnsignedOption(uint64_t least, uint64_t most) {
  return CLI::Validator(
      [least, most](std::string& text) -> std::string {
        const absl::StatusOr<uint64_t> number = ParseUint64(text);
        if (!number.ok() || *number < least || *number > most) {
          return fmt::format(
              "expected a whole number from {} to {}, got \"{}\"", least, most,
              text);
        }
        text = std::to_string(*number);
        return "";
      },
      "");
}

}  // namespace pagelab
