// Small measurement documents, made up: no machine has these numbers.

#ifndef PAGELAB_TEST_REPORT_BENCH_DOCUMENTS_H_
#define PAGELAB_TEST_REPORT_BENCH_DOCUMENTS_H_

#include <string>
#include <vector>

namespace pagelab {

struct VariantText {
  std::string name;
  std::string hooks;
  std::string owner;
  // What is added to the times of "absent", all rounds alike.
  double more_ns = 0;
  // "null" or a number.
  std::string instructions = "null";
  // Added or taken in turns.
  double noise_ns = 0;
};

// The JSON of one row with these variants; absent's times drift from 10 ns on
// by 0.5 ns a round.
std::string HotpathRowText(const std::string& name,
                           const std::vector<VariantText>& variants,
                           int rounds = 8);

// A document of such rows, with sizes.
std::string HotpathDocumentText(const std::vector<std::string>& rows);

// absent, branch and static key, off; nothing shows in time.
std::vector<VariantText> OffVariants();

// Two rows from 1 GiB to 1 TiB; one size of the second was not measured.
std::string ScaleDocumentText();

// Google Benchmark's JSON of one benchmark with these times, and aggregates.
std::string GoogleText(const std::string& name,
                       const std::vector<double>& times,
                       const std::string& unit = "ns");

}  // namespace pagelab

#endif  // PAGELAB_TEST_REPORT_BENCH_DOCUMENTS_H_
