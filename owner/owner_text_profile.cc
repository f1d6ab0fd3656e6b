#include "pagelab/owner/owner_text_profile.h"

#include <array>

#include "pagelab/alloc/migrate_reason.h"

namespace pagelab {
namespace {

// Versions differ in how many they have (page-ext-owner-depot.md 4.4).
constexpr absl::Span<const std::string_view> kReasons612(kMigrateReasonNames);
constexpr auto kReasons63 = kReasons612.first(9);
constexpr auto kReasons510 = kReasons612.first(7);
constexpr std::array<std::string_view, 7> kReasons47 = {
    "compaction",
    "memory_failure",
    "memory_hotplug",
    "syscall_or_cpuset",
    "mempolicy_mbind",
    "numa_misplaced",
    "cma",
};

// The first version upstream.
constexpr OwnerTextProfile kOwnerText319 = {
    .version = "3.19",
    .gfp = &kGfpEra319,
    .page_flags = &kPageFlagsEra319,
    .mask_names = false,
    .pid = false,
    .tgid_and_comm = false,
    .ts = false,
    .pfn_line = PfnLineStyle::kNumbers,
    .frame = FrameStyle::kAddress,
    .migrate_reasons = {},
    .memcg_line = false,
    .max_read = SIZE_MAX,
    .seek = false,
    .dump_page = DumpPageStyle::kNone,
    .dump_page_ids = false,
    .dump_page_free_ids = false,
};

// The same text; the bits of masks and the numbers of types have changed.
constexpr OwnerTextProfile kOwnerText45 = [] {
  OwnerTextProfile text = kOwnerText319;
  text.version = "4.5";
  text.gfp = &kGfpEra47;
  return text;
}();

constexpr OwnerTextProfile kOwnerText47 = [] {
  OwnerTextProfile text = kOwnerText45;
  text.version = "4.7";
  text.page_flags = &kPageFlagsEra47;
  text.mask_names = true;
  text.pfn_line = PfnLineStyle::kNames;
  text.migrate_reasons = kReasons47;
  text.dump_page = DumpPageStyle::kAllocation;
  return text;
}();

constexpr OwnerTextProfile kOwnerText48 = [] {
  OwnerTextProfile text = kOwnerText47;
  text.version = "4.8";
  text.gfp = &kGfpEra48;
  return text;
}();

constexpr OwnerTextProfile kOwnerText510 = [] {
  OwnerTextProfile text = kOwnerText48;
  text.version = "5.10";
  text.gfp = &kGfpEra510;
  text.page_flags = &kPageFlagsEra510;
  text.frame = FrameStyle::kSymbol;
  text.migrate_reasons = kReasons510;
  text.max_read = kPageSize;
  text.dump_page = DumpPageStyle::kAllocationAndFree;
  return text;
}();

constexpr OwnerTextProfile kOwnerText63 = [] {
  OwnerTextProfile text = kOwnerText510;
  text.version = "6.3";
  text.gfp = &kGfpEra63;
  text.page_flags = &kPageFlagsEra63;
  text.pid = true;
  text.tgid_and_comm = true;
  text.ts = true;
  text.free_ts = true;
  text.migrate_reasons = kReasons63;
  text.memcg_line = true;
  // Since 6.1.
  text.seek = true;
  text.dump_page_ids = true;
  return text;
}();

}  // namespace

constinit const OwnerTextProfile kOwnerText612 = {
    .version = "6.12", .migrate_reasons = kReasons612};

namespace {

constexpr std::array<const OwnerTextProfile*, 7> kProfiles = {
    &kOwnerText319, &kOwnerText45, &kOwnerText47, &kOwnerText48,
    &kOwnerText510, &kOwnerText63, &kOwnerText612};

}  // namespace

const OwnerTextProfile* FindOwnerTextProfile(std::string_view version) {
  for (const OwnerTextProfile* profile : kProfiles) {
    if (profile->version == version) return profile;
  }
  return nullptr;
}

absl::Span<const OwnerTextProfile* const> OwnerTextProfiles() {
  return kProfiles;
}

}  // namespace pagelab
