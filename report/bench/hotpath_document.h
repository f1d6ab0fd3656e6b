#ifndef PAGELAB_REPORT_BENCH_HOTPATH_DOCUMENT_H_
#define PAGELAB_REPORT_BENCH_HOTPATH_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/report/bench/bench_host.h"

namespace pagelab {

// One build of the allocator's hot path, with page_owner in one state.
struct HotpathVariant {
  std::string name;
  // "absent", "branch" or "static key".
  std::string hooks;
  // "off", or what is recorded.
  std::string owner;
  // Nanoseconds a pair, one number a round. The variants of a row took turns:
  // equal indexes are the same round.
  std::vector<double> ns;
  // A pair, in user space; nothing where the machine does not count them.
  std::optional<double> instructions;
  std::optional<double> branches;
  std::optional<double> branch_misses;

  bool is_reference() const { return hooks == "absent" && owner == "off"; }
};

// The same work for each variant.
struct HotpathRow {
  std::string name;
  // Allocations and their frees in a round.
  uint64_t pairs = 0;
  // One of them, at least, is_reference(); all have as many rounds.
  std::vector<HotpathVariant> variants;
};

// Bytes of the sections of an object file.
struct ObjectSize {
  std::string object;
  uint64_t text = 0;
  uint64_t data = 0;
  uint64_t bss = 0;
  // Of the text, what an ordinary pair runs through.
  std::optional<uint64_t> hot_text;
};

// What pagelab_hotpath_bench measured.
struct HotpathDocument {
  BenchHost host;
  // The simulated one.
  std::string machine;
  // What counted instructions: "perf", "trap" or "none", and why, for people.
  std::string counters_source;
  std::string counters_note;
  std::vector<HotpathRow> rows;
  std::vector<ObjectSize> sizes;
  // The document as it was read.
  std::string json;
};

// Reads the document that the program prints. `name` is for messages,
// "name:line:column: rows[0].pairs: must be ...".
absl::StatusOr<HotpathDocument> ReadHotpathDocument(const std::string& name,
                                                    std::string_view json);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_HOTPATH_DOCUMENT_H_
