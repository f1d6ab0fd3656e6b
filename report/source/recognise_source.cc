#include "pagelab/report/source/recognise_source.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/types/span.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/library_files.h"

namespace pagelab {
namespace {

// What is looked at: a recording may begin with a long header, a dump with a
// log.
constexpr size_t kLookedAt = size_t{1} << 20;
constexpr std::string_view kTraceDatMagic = "\x17\x08\x44tracing";
constexpr std::string_view kBlanks = " \t\r\n";

bool Contains(std::string_view line, std::string_view part) {
  return line.find(part) != std::string_view::npos;
}

// By one line; most tell nothing.
std::optional<SourceKind> KindOfLine(std::string_view line) {
  for (const std::string_view mark :
       {"allocated via order ", "nr_base_pages:", "stack_count:"}) {
    if (Contains(line, mark)) return SourceKind::kDump;
  }
  if (line.starts_with("# tracer:") || Contains(line, ": mm_page_") ||
      Contains(line, "kmem:mm_page_")) {
    return SourceKind::kTrace;
  }
  return std::nullopt;
}

std::optional<SourceKind> KindOfText(std::string_view text) {
  if (text.starts_with(kTraceDatMagic)) return SourceKind::kTrace;
  if (text.starts_with("pagelab-snapshot ")) return SourceKind::kSnapshot;
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin != std::string_view::npos && text[begin] == '{') {
    return SourceKind::kScenario;
  }
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const auto kind = KindOfLine(text.substr(0, newline));
    if (kind.has_value()) return kind;
    if (newline == std::string_view::npos) break;
    text.remove_prefix(newline + 1);
  }
  return std::nullopt;
}

// What the text begins with, as far as it can be read.
absl::StatusOr<std::string> BeginningOf(const RereadableText& text) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           text.Open());
  std::string beginning(kLookedAt, '\0');
  size_t have = 0;
  while (have < beginning.size()) {
    const absl::StatusOr<size_t> got = input->Read(
        absl::MakeSpan(beginning.data() + have, beginning.size() - have));
    if (!got.ok() && have == 0) return got.status();
    if (!got.ok() || *got == 0) break;
    have += *got;
  }
  beginning.resize(have);
  return beginning;
}

// A machine file is JSON too.
absl::Status CheckScenario(const RereadableText& text) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string json, ReadWholeFile(text.path()));
  if (RecogniseDocument(json) != DocumentKind::kMachine) {
    return absl::OkStatus();
  }
  return InvalidInput(text.name() +
                      ": a machine, on which nothing happens; expected a "
                      "scenario, which --machine gives another machine");
}

absl::StatusOr<RecognisedSource> RecogniseText(
    std::shared_ptr<const RereadableText> text) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string beginning, BeginningOf(*text));
  const std::optional<SourceKind> kind = KindOfText(beginning);
  if (!kind.has_value()) {
    if (beginning.empty()) PAGELAB_RETURN_IF_ERROR(text->end());
    return InvalidInput(
        text->name() +
        (beginning.empty() ? ": empty" : ": nothing that is known") +
        "; expected a scenario, a page_owner dump, a recording of kmem events "
        "(ftrace text, perf script, trace.dat), a snapshot, or a directory "
        "with such files");
  }
  // These are nothing without their end.
  if (*kind == SourceKind::kScenario || *kind == SourceKind::kSnapshot) {
    PAGELAB_RETURN_IF_ERROR(text->end());
  }
  if (*kind == SourceKind::kScenario) {
    PAGELAB_RETURN_IF_ERROR(CheckScenario(*text));
  }
  return RecognisedSource{.kind = *kind, .text = std::move(text)};
}

// What can be read once only.
absl::StatusOr<RecognisedSource> RecognisePipe(const std::string& what) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(what));
  PAGELAB_ASSIGN_OR_RETURN(auto text, RereadableText::KeepInput(*input));
  return RecogniseText(std::move(text));
}

}  // namespace

absl::StatusOr<RecognisedSource> RecogniseSource(const std::string& what) {
  if (what == "-") return RecognisePipe(what);
  std::error_code error;
  if (!IsPath(what)) {
    const absl::Status scenario = ScenarioText(what).status();
    if (scenario.ok()) return RecognisedSource{};
    if (!std::filesystem::exists(what, error)) return scenario;
  }
  if (std::filesystem::is_directory(what, error)) {
    return RecognisedSource{.kind = SourceKind::kDirectory, .text = nullptr};
  }
  if (std::filesystem::is_regular_file(what, error) ||
      !std::filesystem::exists(what, error)) {
    return RecogniseText(RereadableText::OfFile(what));
  }
  return RecognisePipe(what);
}

}  // namespace pagelab
