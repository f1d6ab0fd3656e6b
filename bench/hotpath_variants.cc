#include "pagelab/bench/hotpath_variants.h"

#include <algorithm>

#include "pagelab/base/check.h"
#include "pagelab/bench/bare_traffic.h"
#include "pagelab/stackdepot/unwinder.h"

namespace pagelab {
namespace {

constexpr HotpathVariant kVariants[] = {
    {"absent", HookKind::kAbsent, OwnerMode::kOff},
    {"absent again", HookKind::kAbsent, OwnerMode::kOff},
    {"branch", HookKind::kBranch, OwnerMode::kOff},
    {"static key", HookKind::kStaticKey, OwnerMode::kOff},
    {"branch, record", HookKind::kBranch, OwnerMode::kRecord},
    {"static key, record", HookKind::kStaticKey, OwnerMode::kRecord},
    {"branch, depot", HookKind::kBranch, OwnerMode::kDepot},
    {"static key, depot", HookKind::kStaticKey, OwnerMode::kDepot},
    {"branch, libunwind", HookKind::kBranch, OwnerMode::kLibunwind},
    {"static key, libunwind", HookKind::kStaticKey, OwnerMode::kLibunwind},
    {"branch, frame pointers", HookKind::kBranch, OwnerMode::kFramePointers},
    {"static key, frame pointers", HookKind::kStaticKey,
     OwnerMode::kFramePointers},
};

bool IsHere(const HotpathVariant& variant) {
  if (variant.owner == OwnerMode::kFramePointers) {
    return FramePointerUnwinder() != nullptr;
  }
  return true;
}

}  // namespace

std::string_view ToString(HookKind hooks) {
  switch (hooks) {
    case HookKind::kAbsent:
      return "absent";
    case HookKind::kBranch:
      return "branch";
    case HookKind::kStaticKey:
      return "static key";
  }
  return "";
}

std::string_view ToString(OwnerMode owner) {
  switch (owner) {
    case OwnerMode::kOff:
      return "off";
    case OwnerMode::kRecord:
      return "record";
    case OwnerMode::kDepot:
      return "depot";
    case OwnerMode::kLibunwind:
      return "libunwind";
    case OwnerMode::kFramePointers:
      return "frame pointers";
  }
  return "";
}

std::vector<HotpathVariant> HotpathVariants() {
  std::vector<HotpathVariant> variants;
  std::copy_if(std::begin(kVariants), std::end(kVariants),
               std::back_inserter(variants), IsHere);
  return variants;
}

TrafficLoops LoopsOf(HookKind hooks) {
  switch (hooks) {
    case HookKind::kAbsent:
      return {hooks_absent::RepeatPairs, hooks_absent::PlaySteps};
    case HookKind::kBranch:
      return {hooks_branch::RepeatPairs, hooks_branch::PlaySteps};
    case HookKind::kStaticKey:
      return {hooks_static_key::RepeatPairs, hooks_static_key::PlaySteps};
  }
  PAGELAB_CHECK(false);
  return {};
}

TrafficLoops BareLoops() { return {bare::RepeatPairs, bare::PlaySteps}; }

}  // namespace pagelab
