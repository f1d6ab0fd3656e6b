// Reading page_owner dumps. Which: PAGELAB_BENCH_DUMP, or the records in
// test/data.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/owner/dump/dump_parser.h"
#include "pagelab/owner/dump/frame_scan_variants.h"
#include "pagelab/owner/dump/text_table.h"

namespace pagelab {
namespace {

// Empty, and the benchmark skipped, if it cannot be read.
std::string LoadDump(benchmark::State& state) {
  const char* path = std::getenv("PAGELAB_BENCH_DUMP");
  absl::StatusOr<std::string> text =
      ReadWholeFile(path != nullptr ? path
                                    : PAGELAB_BENCH_DATA_DIR
                        "/owner/page_owner_records.txt.xz");
  if (text.ok() && !text->empty()) return *std::move(text);
  state.SkipWithError("the dump cannot be read");
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

// What does one record cost?
void BM_DumpParser_Records(benchmark::State& state) {
  const std::string text = LoadDump(state);
  if (text.empty()) return;
  int64_t records = 0;
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
  state.SetItemsProcessed(records);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) *
                          static_cast<int64_t>(text.size()));
}
BENCHMARK(BM_DumpParser_Records)->Unit(benchmark::kMicrosecond);

// How fast is the end of the frames found, a vector or a byte at a time?
void BM_FrameScan(benchmark::State& state) {
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
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) *
                          static_cast<int64_t>(frames.size()));
}
BENCHMARK(BM_FrameScan)->ArgName("variant")->DenseRange(0, 2);

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
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) *
                          static_cast<int64_t>(frames.size()));
}
BENCHMARK(BM_TextTable_Intern);

}  // namespace
}  // namespace pagelab
