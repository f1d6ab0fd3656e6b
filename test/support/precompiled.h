// What the build precompiles for all tests; a test includes what it uses all
// the same, because not every build does.

#ifndef PAGELAB_TEST_SUPPORT_PRECOMPILED_H_
#define PAGELAB_TEST_SUPPORT_PRECOMPILED_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "pagelab/test/support/catch.h"

#endif  // PAGELAB_TEST_SUPPORT_PRECOMPILED_H_
