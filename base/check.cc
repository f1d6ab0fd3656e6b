#include "pagelab/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace pagelab::internal {

void CheckFailed(const CheckSite& site) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s:%d: check failed: %s\n", site.file, site.line,
               site.expression);
  std::abort();
}

void CheckOpFailed(const CheckSite& site, const std::string& left,
                   const std::string& right) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s:%d: check failed: %s (%s vs. %s)\n", site.file,
               site.line, site.expression, left.c_str(), right.c_str());
  std::abort();
}

std::string SignedOperand(int64_t value) { return std::to_string(value); }

std::string UnsignedOperand(uint64_t value) { return std::to_string(value); }

std::string PointerOperand(const void* value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%p", value);
  return text;
}

}  // namespace pagelab::internal
