// page_owner_sort, and pagelab sort --compat: the kernel's tool with its own
// command line, messages and exit codes (page-owner-sort.md 1, 2.6 and 9).

#include "pagelab/cli/page_owner_sort.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/page_owner_sort_arguments.h"
#include "pagelab/owner/sort/compat_sort.h"

namespace pagelab {
namespace {

// The tool knows no other failure.
constexpr int kExitFailure = 1;
// A message is shown after so many blocks.
constexpr uint64_t kProgressBlocks = 1000;

// OUTPUT is emptied before anything is read, and keeps its inode.
class OpenedFile : public OutputStream {
 public:
  OpenedFile(std::string name, int descriptor)
      : OutputStream(std::move(name)), descriptor_(descriptor) {}
  ~OpenedFile() override { close(descriptor_); }

 protected:
  absl::Status Write(std::string_view text) override {
    while (!text.empty()) {
      const ssize_t written = write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return SystemError(errno, name(), "cannot write");
      text.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

 private:
  const int descriptor_;
};

void PrintUsage(OutputStream& out, SortGeneration generation) {
  out.Append(PageOwnerSortUsage(generation));
  // Standard error comes behind it. A failure shows at the end.
  (void)out.Flush();
}

// What the tool says on its way.
void PrintLoaded(const CompatSortResult& result, OutputStream& out) {
  for (uint64_t n = kProgressBlocks; n <= result.loaded; n += kProgressBlocks) {
    out.Append("loaded " + std::to_string(n) + "\r");
  }
  if (result.too_many) return;
  out.Append("loaded " + std::to_string(result.loaded) +
             "\nsorting ....\nculling\n");
}

// Whether INPUT opens; a pipe, which opens only once, is taken at its word.
bool OpensForReading(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode)) {
    return true;
  }
  const int input = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (input < 0) return false;
  close(input);
  return true;
}

int Fail(const absl::Status& status) {
  PrintError(FromAbsl(status.message()));
  return kExitFailure;
}

int TooMany(SortGeneration generation, OutputStream& out) {
  constexpr std::string_view kText = "max_size too small??";
  if (generation >= SortGeneration::kLinux63) {
    PrintToolLine(kText);
    return generation == SortGeneration::kLinux612 ? kExitFine : kExitFailure;
  }
  out.Append(kText);
  out.Append("\n");
  return kExitFailure;
}

int Sort(const PageOwnerSortArguments& arguments, OutputStream& out) {
  const SortGeneration generation = arguments.plan.generation;
  const std::string& output = arguments.files[1];
  const bool input_opens = OpensForReading(arguments.files[0]);
  int error_number = errno;
  const int descriptor =
      open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) error_number = errno;
  if (!input_opens || descriptor < 0) {
    if (descriptor >= 0) close(descriptor);
    PrintUsage(out, generation);
    PrintToolLine(std::string("open: : ") + std::strerror(error_number));
    return kExitFailure;
  }
  OpenedFile file(output, descriptor);
  // A file of that name, for the tool.
  const std::string& input = arguments.files[0];
  CompatSortRequest request{.plan = arguments.plan,
                            .input = input == "-" ? "./-" : input,
                            .debug = nullptr};
  if (arguments.debug) {
    request.debug = [](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), stderr);
    };
  }
  const absl::StatusOr<CompatSortResult> result = CompatSort(request, file);
  if (!result.ok()) return Fail(result.status());
  PrintLoaded(*result, out);
  if (result->too_many) return TooMany(generation, out);
  const absl::Status written = file.Commit();
  return written.ok() ? kExitFine : Fail(written);
}

int Run(SortGeneration generation, std::vector<char*> words,
        OutputStream& out) {
  const PageOwnerSortArguments arguments =
      ParsePageOwnerSort(generation, std::move(words));
  if (arguments.failed) return kExitFailure;
  if (!arguments.usage) return Sort(arguments, out);
  PrintUsage(out, generation);
  if (generation == SortGeneration::kLinux319) {
    PrintToolLine(std::string("open: : ") + std::strerror(EFAULT));
  }
  return kExitFailure;
}

// A command line without what only chooses the tool.
struct Chosen {
  std::vector<char*> words;
  bool has_compat = false;
  std::string_view compat;
};

Chosen WithoutCompat(int argc, char** argv, int from) {
  Chosen chosen;
  bool options = true;
  for (int i = from; i < argc; ++i) {
    const std::string_view word = argv[i];
    constexpr std::string_view kOption = "--compat";
    if (word == "--") options = false;
    if (options && word == kOption) {
      chosen.has_compat = true;
      chosen.compat = i + 1 < argc ? argv[++i] : "";
    } else if (options && word.starts_with(std::string(kOption) + "=")) {
      chosen.has_compat = true;
      chosen.compat = word.substr(kOption.size() + 1);
    } else {
      chosen.words.push_back(argv[i]);
    }
  }
  return chosen;
}

// The place of "sort" as the command; 0 if it is another one.
int SortCommandAt(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "sort") return i;
    if (!word.starts_with('-')) return 0;
  }
  return 0;
}

// Nothing after an error message for a generation that there is not.
std::optional<SortGeneration> GenerationOf(const Chosen& chosen) {
  if (!chosen.has_compat) return SortGeneration::kLinux612;
  std::string known;
  for (const CompatName& compat : kCompatNames) {
    if (chosen.compat == compat.name) return compat.generation;
    known += (known.empty() ? "" : ", ") + std::string(compat.name);
  }
  UsageError("--compat " + std::string(chosen.compat) + ": expected one of " +
             known);
  return std::nullopt;
}

}  // namespace

std::optional<int> RunPageOwnerSort(int argc, char** argv) {
  if (argc < 1) return std::nullopt;
  const std::string_view program = argv[0];
  const bool by_name =
      program.substr(program.rfind('/') + 1) == "page_owner_sort";
  const int command = by_name ? 0 : SortCommandAt(argc, argv);
  if (!by_name && command == 0) return std::nullopt;
  Chosen chosen = WithoutCompat(argc, argv, command + 1);
  if (!by_name && !chosen.has_compat) return std::nullopt;

  const std::optional<SortGeneration> generation = GenerationOf(chosen);
  if (!generation.has_value()) return kExitUsage;
  // getopt's messages begin with the name of the program.
  std::string name = by_name ? std::string(program) : "page_owner_sort";
  chosen.words.insert(chosen.words.begin(), name.data());
  auto out = OpenOutput("-");
  if (!out.ok()) return ExitCodeFor(out.status());
  const int code = Run(*generation, chosen.words, **out);
  const absl::Status written = (*out)->Commit();
  if (written.ok() || IsClosedPipe(written)) return code;
  return Fail(written);
}

}  // namespace pagelab
