// pagelab_scale_bench: what a pair costs as the machine grows; see kUsage.

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/bench/host_json.h"
#include "pagelab/bench/progress_line.h"
#include "pagelab/bench/scale_rows.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kUsage =
    "usage: pagelab_scale_bench [--json] [--up-to SIZE]\n"
    "\n"
    "What a pair of an allocation and its free costs on machines of 1 GiB, 4 "
    "GiB, ...,\n"
    "1 TiB, with page_owner off: a JSON document for `pagelab bench scale`, "
    "which draws\n"
    "the curves. A size that the host has no memory for is left out and "
    "named.\n"
    "\n"
    "  --json         the default\n"
    "  --up-to SIZE   the largest machine, such as 64G (default 64G; 1T takes "
    "11 GiB of\n"
    "                 the host and some minutes)\n"
    "  --help         this text\n";

constexpr int kSchemaVersion = 1;
constexpr uint64_t kSmallest = uint64_t{1} << 30;
constexpr uint64_t kLargest = uint64_t{1} << 40;
constexpr uint64_t kDefault = uint64_t{64} << 30;
constexpr uint64_t kStep = 4;

// What programs can have without swapping; 0 where the host does not say.
uint64_t AvailableHostBytes() {
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  while (meminfo >> word) {
    if (word != "MemAvailable:") continue;
    uint64_t kib = 0;
    meminfo >> kib;
    return kib << 10;
  }
  return 0;
}

double Rounded(double value) { return std::round(value * 1000) / 1000; }

Json PointJson(const ScalePoint& point) {
  Json times = Json::array();
  for (const double time : point.nanoseconds) times.push_back(Rounded(time));
  return {{"bytes", point.bytes},
          {"ns", std::move(times)},
          {"instructions", point.instructions.has_value()
                               ? Json(Rounded(*point.instructions))
                               : Json(nullptr)},
          {"resident_bytes", point.resident_bytes},
          {"note", point.note}};
}

std::string DocumentOf(const std::vector<ScalePoint>& points) {
  Json rows = Json::array();
  for (const std::string_view row : ScaleRows()) {
    Json of_row = Json::array();
    for (const ScalePoint& point : points) {
      if (point.row == row) of_row.push_back(PointJson(point));
    }
    rows.push_back({{"name", row}, {"points", std::move(of_row)}});
  }
  const Json document = {{"schema_version", kSchemaVersion},
                         {"kind", "scale"},
                         {"host", Json::parse(HostJson())},
                         {"rows", std::move(rows)}};
  return document.dump(1) + "\n";
}

std::vector<ScalePoint> MeasureUpTo(uint64_t largest) {
  std::vector<ScalePoint> points;
  ProgressLine progress;
  for (uint64_t bytes = kSmallest; bytes <= largest; bytes *= kStep) {
    const uint64_t needed = HostBytesFor(bytes);
    const uint64_t available = AvailableHostBytes();
    if (available != 0 && needed > available) {
      const std::string note = fmt::format(
          "not measured: takes {} of the host, which has {} to give",
          HumanSize(needed), HumanSize(available));
      for (const std::string_view row : ScaleRows()) {
        ScalePoint point;
        point.row = row;
        point.bytes = bytes;
        point.note = note;
        points.push_back(std::move(point));
      }
      continue;
    }
    for (ScalePoint& point : MeasureScale(bytes, [&](std::string_view row) {
           progress.Show(fmt::format("{}: {}", HumanSize(bytes), row));
         })) {
      points.push_back(std::move(point));
    }
  }
  return points;
}

int Usage(std::string_view text) {
  fmt::print(stderr, "pagelab_scale_bench: {}\n{}", text, kUsage);
  return 2;
}

int Main(int argc, char** argv) {
  uint64_t largest = kDefault;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      fmt::print("{}", kUsage);
      return 0;
    }
    if (argument == "--json") continue;
    if (argument != "--up-to" || i + 1 == argc) {
      return Usage(fmt::format("unknown argument \"{}\"", argument));
    }
    const absl::StatusOr<uint64_t> size = ParseSize(argv[++i]);
    if (!size.ok() || *size < kSmallest || *size > kLargest) {
      return Usage(
          fmt::format("--up-to: must be 1G to 1T, got \"{}\"", argv[i]));
    }
    largest = *size;
  }
  const std::string document = DocumentOf(MeasureUpTo(largest));
  std::fwrite(document.data(), 1, document.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 4;
}

}  // namespace
}  // namespace pagelab

int main(int argc, char** argv) { return pagelab::Main(argc, argv); }
