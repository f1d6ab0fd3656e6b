#include "pagelab/cli/print_file.h"

#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr std::string_view kPageOwner = "/sys/kernel/debug/page_owner";
constexpr uint64_t kDefaultReadSize = kPageSize;
// The largest buffer that kmalloc() gives.
constexpr uint64_t kMaxReadSize = uint64_t{4} << 20;

// "" or what is wrong with it.
std::string CheckNumber(const std::string& text) {
  const absl::StatusOr<uint64_t> number = ParseUint64(text);
  if (number.ok()) return "";
  return std::string(FromAbsl(number.status().message()));
}

std::string CheckReadSize(const std::string& text) {
  std::string wrong = CheckNumber(text);
  if (!wrong.empty()) return wrong;
  const uint64_t size = *ParseUint64(text);
  if (size > 0 && size <= kMaxReadSize) return "";
  return "a read must be of 1 to " + std::to_string(kMaxReadSize) +
         " bytes, got " + text;
}

std::string PathList() {
  std::string list;
  for (const std::string& path : Machine::FilePaths()) list += "\n  " + path;
  return list;
}

// What reads give, one after the other. Kernel counterpart: cat.
absl::Status ReadThrough(SimFile& file, uint64_t read_size,
                         CommandContext& context) {
  std::vector<char> buffer(read_size);
  for (;;) {
    const absl::StatusOr<size_t> got = file.Read(absl::MakeSpan(buffer));
    if (absl::IsResourceExhausted(got.status())) {
      PrintNote(context, std::string(FromAbsl(got.status().message())) +
                             "; the record is left out");
      continue;
    }
    if (!got.ok()) return got.status();
    if (*got == 0) return absl::OkStatus();
    context.out.Append(std::string_view(buffer.data(), *got));
    if (!context.out.ok()) return context.out.status();
  }
}

}  // namespace

void AddPrintFileArguments(CLI::App& app, PrintFileArguments& arguments) {
  app.add_option("--file", arguments.path,
                 "Print this file of the simulated kernel, as it is at the "
                 "end, instead of the table");
  app.add_option("--start-pfn", arguments.start_pfn,
                 "Print page_owner from this pfn on, as after lseek(): a "
                 "number, or one after 0x")
      ->check(&CheckNumber);
  app.add_option("--read-size", arguments.read_size,
                 "Read the file (page_owner) with buffers of so many bytes, "
                 "with what the kernel does to records that do not fit")
      ->check(&CheckReadSize);
}

std::string UsageOf(const PrintFileArguments& arguments) {
  if (arguments.start_pfn.empty() || arguments.path.empty() ||
      arguments.path == kPageOwner) {
    return "";
  }
  return "--start-pfn: positions in " + arguments.path +
         " are not pfns; it is for " + std::string(kPageOwner);
}

absl::StatusOr<std::unique_ptr<SimFile>> OpenFileToPrint(
    Machine& machine, const PrintFileArguments& arguments) {
  const std::string_view path =
      arguments.path.empty() ? kPageOwner : std::string_view(arguments.path);
  absl::StatusOr<std::unique_ptr<SimFile>> file = machine.File(path);
  if (absl::IsNotFound(file.status())) {
    return absl::NotFoundError(
        "--file: " + std::string(FromAbsl(file.status().message())) +
        "\nfiles:" + PathList());
  }
  if (file.ok() && !arguments.start_pfn.empty()) {
    PAGELAB_RETURN_IF_ERROR(
        (*file)
            ->Lseek(static_cast<int64_t>(*ParseUint64(arguments.start_pfn)),
                    SeekWhence::kSet)
            .status());
  }
  return file;
}

absl::Status PrintFile(SimFile& file, const PrintFileArguments& arguments,
                       CommandContext& context) {
  if (arguments.start_pfn.empty() && arguments.read_size.empty()) {
    return file.Dump(context.out);
  }
  const uint64_t read_size = arguments.read_size.empty()
                                 ? kDefaultReadSize
                                 : *ParseUint64(arguments.read_size);
  return ReadThrough(file, read_size, context);
}

}  // namespace pagelab
