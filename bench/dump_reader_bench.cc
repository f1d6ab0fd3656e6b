// Reading page_owner dumps. Which: PAGELAB_BENCH_DUMP, or the records in
// test/data, of which whole files are made.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/bench/bench_data.h"
#include "pagelab/owner/dump/dump_parser.h"
#include "pagelab/owner/dump/frame_scan_variants.h"
#include "pagelab/owner/dump/group_dumps.h"
#include "pagelab/owner/dump/text_table.h"
#include "pagelab/owner/sort/dump_sort.h"

namespace pagelab {
namespace {

absl::StatusOr<std::string> FindDump() {
  return FindBenchData("PAGELAB_BENCH_DUMP", "owner/page_owner_records.txt.xz");
}

// Empty, and the benchmark skipped, if it cannot be read.
std::string LoadDump(benchmark::State& state) {
  const absl::StatusOr<std::string> path = FindDump();
  absl::StatusOr<std::string> text =
      path.ok() ? ReadWholeFile(*path) : path.status();
  if (text.ok() && text->empty()) {
    text = absl::InvalidArgumentError("the dump is empty");
  }
  if (text.ok()) return *std::move(text);
  state.SkipWithError(std::string(text.status().message()).c_str());
  return "";
}

std::vector<std::string> FramesIn(std::string_view text) {
  std::vector<std::string> frames;
  DumpParser parser;
  DumpRecord record;
  size_t taken = 0;
  while (parser.Next(text, /*last=*/true, record, taken) !=
         DumpParser::Found::kNothing) {
    text.remove_prefix(taken);
    frames.emplace_back(record.frames);
  }
  return frames;
}

void SetRecords(benchmark::State& state, uint64_t records) {
  state.counters["records_per_second"] = benchmark::Counter(
      static_cast<double>(records), benchmark::Counter::kIsRate);
}

// What does one record cost?
void BM_DumpParser_Records(benchmark::State& state) {
  const std::string text = LoadDump(state);
  if (text.empty()) return;
  uint64_t records = 0;
  for (auto _ : state) {
    DumpParser parser;
    DumpRecord record;
    size_t taken = 0;
    std::string_view rest = text;
    while (parser.Next(rest, /*last=*/true, record, taken) !=
           DumpParser::Found::kNothing) {
      rest.remove_prefix(taken);
      ++records;
    }
    benchmark::DoNotOptimize(record);
  }
  SetRecords(state, records);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) *
                          static_cast<int64_t>(text.size()));
}
BENCHMARK(BM_DumpParser_Records)->Unit(benchmark::kMicrosecond);

// How fast is the end of the frames found, a vector or a byte at a time?
void BM_DumpParser_FrameScan(benchmark::State& state) {
  const auto number = static_cast<size_t>(state.range(0));
  if (number >= FrameScanVariants().size()) {
    state.SkipWithError("this processor has not got it");
    return;
  }
  const std::string text = LoadDump(state);
  if (text.empty()) return;
  const FrameScanVariant& variant = FrameScanVariants()[number];
  state.SetLabel(std::string(variant.name));
  std::vector<std::string> frames = FramesIn(text);
  int64_t bytes = 0;
  for (std::string& lines : frames) bytes += (lines += '\n').size();
  for (auto _ : state) {
    for (const std::string& lines : frames) {
      benchmark::DoNotOptimize(
          variant.end_of_frames(lines.data(), lines.data() + lines.size()));
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * bytes);
  SetRecords(state, state.iterations() * frames.size());
}
BENCHMARK(BM_DumpParser_FrameScan)->ArgName("variant")->DenseRange(0, 2);

// What does it cost to find a stack that was seen before?
void BM_TextTable_Intern(benchmark::State& state) {
  const std::string text = LoadDump(state);
  if (text.empty()) return;
  const std::vector<std::string> frames = FramesIn(text);
  TextTable table;
  for (auto _ : state) {
    for (const std::string& lines : frames) {
      benchmark::DoNotOptimize(table.Intern(lines));
    }
  }
  state.counters["texts"] = static_cast<double>(table.size());
  SetRecords(state, state.iterations() * frames.size());
}
BENCHMARK(BM_TextTable_Intern);

// A plain file of some size, so that all processors read it.
class DumpFile {
 public:
  // The one that was named; else copies of the records.
  static absl::StatusOr<std::unique_ptr<DumpFile>> Make() {
    constexpr size_t kBytes = 64 << 20;
    PAGELAB_ASSIGN_OR_RETURN(const std::string given, FindDump());
    auto dump = std::make_unique<DumpFile>();
    dump->path_ = given;
    if (std::getenv("PAGELAB_BENCH_DUMP") == nullptr) {
      dump->path_ = dump->scratch_.File("page_owner.txt");
      PAGELAB_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(given));
      PAGELAB_ASSIGN_OR_RETURN(const auto out, OpenOutput(dump->path_));
      for (size_t size = 0; size < kBytes; size += text.size()) {
        out->Append(text);
      }
      PAGELAB_RETURN_IF_ERROR(out->Commit());
    }
    dump->bytes_ = std::filesystem::file_size(dump->path_);
    return dump;
  }

  const std::string& path() const { return path_; }
  uint64_t bytes() const { return bytes_; }

 private:
  ScratchDirectory scratch_;
  std::string path_;
  uint64_t bytes_ = 0;
};

// `read` reads the dump once.
template <class Read>
void MeasureFile(benchmark::State& state, Read read) {
  const absl::StatusOr<std::unique_ptr<DumpFile>> dump = DumpFile::Make();
  absl::Status status = dump.status();
  uint64_t records = 0;
  for (auto _ : state) {
    if (!status.ok()) break;
    const absl::StatusOr<ReadStatistics> statistics = read((*dump)->path());
    status = statistics.status();
    if (status.ok()) records += statistics->records();
  }
  if (!status.ok()) {
    state.SkipWithError(std::string(status.message()).c_str());
    return;
  }
  state.SetBytesProcessed(state.iterations() *
                          static_cast<int64_t>((*dump)->bytes()));
  SetRecords(state, records);
}

// What does it cost to know who holds the memory: `pagelab top`?
void BM_DumpReader_Group(benchmark::State& state) {
  MeasureFile(state,
              [](const std::string& path) -> absl::StatusOr<ReadStatistics> {
                PAGELAB_ASSIGN_OR_RETURN(const GroupedDumps grouped,
                                         GroupDumps({path}, {}));
                return grouped.statistics;
              });
}
BENCHMARK(BM_DumpReader_Group)->Unit(benchmark::kMillisecond)->UseRealTime();

SortPlan CullStacks() {
  SortPlan plan;
  plan.cull.stack = true;
  return plan;
}

SortPlan OrderByTime() {
  SortPlan plan;
  plan.order = {{.by = SortBy::kAllocTs}};
  return plan;
}

// What does `pagelab sort` cost: groups of equal stacks, or single records by
// their time?
void BM_DumpReader_Sort(benchmark::State& state, const SortPlan& plan) {
  DumpSortOptions options;
  options.plan = plan;
  MeasureFile(
      state, [&](const std::string& path) -> absl::StatusOr<ReadStatistics> {
        PAGELAB_ASSIGN_OR_RETURN(const auto out, OpenOutput("/dev/null"));
        return SortDumps({path}, options, *out);
      });
}
BENCHMARK_CAPTURE(BM_DumpReader_Sort, cull_stack, CullStacks())
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(BM_DumpReader_Sort, by_time, OrderByTime())
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace pagelab
