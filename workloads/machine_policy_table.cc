#include <array>
#include <vector>

#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/machine_parts.h"

namespace pagelab {
namespace {

// What /proc/sys/vm takes in an int.
constexpr int64_t kMaxInt = INT32_MAX;

void AddBuildFields(ObjectTable<AllocatorPolicy>& table) {
  table.Add(
      FieldText{.name = "fallback",
                .doc = "How a request takes pages of another migratetype: as "
                       "in the first or in later releases of 6.12.",
                .default_text = "\"late-6.12\"",
                .example = "\"early-6.12\""},
      &AllocatorPolicy::fallback,
      EnumType(EnumWords<FallbackPolicy>{
          {"late-6.12", FallbackPolicy::kLate612},
          {"early-6.12", FallbackPolicy::kEarly612}}));
  table.Add(FieldText{.name = "thp_pcp_lists",
                      .doc = "Transparent huge pages are built in: order 9 has "
                             "per-cpu lists.",
                      .default_text = "true",
                      .example = "false"},
            &AllocatorPolicy::thp_pcp_lists, BoolType());
  table.Add(FieldText{.name = "thp_enabled",
                      .doc = "Transparent huge pages are not \"never\": "
                             "khugepaged raises min_free_kbytes.",
                      .default_text = "true",
                      .example = "false"},
            &AllocatorPolicy::thp_enabled, BoolType());
  table.Add(FieldText{.name = "cma",
                      .doc = "The build has CMA: the migratetype exists.",
                      .default_text = "true",
                      .example = "false"},
            &AllocatorPolicy::cma, BoolType());
  table.Add(FieldText{.name = "kdump",
                      .doc = "A kdump kernel: watermarks are never boosted.",
                      .default_text = "false",
                      .example = "true"},
            &AllocatorPolicy::kdump, BoolType());
  table.Add(FieldText{.name = "pcp_batch_scale_max",
                      .doc = "CONFIG_PCP_BATCH_SCALE_MAX: how far per-cpu "
                             "batches grow.",
                      .default_text = "5",
                      .example = "0"},
            &AllocatorPolicy::pcp_batch_scale_max, WholeType(0, 6));
}

void AddSysctlFields(ObjectTable<AllocatorPolicy>& table) {
  table.AddStored(
      FieldText{.name = "min_free_kbytes",
                .doc = "vm.min_free_kbytes, as if written after boot.",
                .default_text = "computed by the kernel's rule",
                .example = "65536"},
      WholeType(0, kMaxInt),
      [](AllocatorPolicy& policy, int64_t kbytes) {
        policy.min_free_kbytes = kbytes;
        policy.user_min_free_kbytes = kbytes;
      },
      [](const AllocatorPolicy& policy) { return policy.min_free_kbytes; });
  table.Add(FieldText{.name = "watermark_scale_factor",
                      .doc = "vm.watermark_scale_factor: the gaps between "
                             "watermarks, in 1/10000 of the zone.",
                      .default_text = "10",
                      .example = "200"},
            &AllocatorPolicy::watermark_scale_factor, WholeType(1, 3000));
  table.Add(FieldText{.name = "watermark_boost_factor",
                      .doc = "vm.watermark_boost_factor, in 1/10000 of the "
                             "high watermark; 0 turns boosting off.",
                      .default_text = "15000",
                      .example = "0"},
            &AllocatorPolicy::watermark_boost_factor, WholeType(0, kMaxInt));
  table.Add(FieldText{.name = "percpu_pagelist_high_fraction",
                      .doc = "vm.percpu_pagelist_high_fraction: 0 (automatic) "
                             "or 8 and more.",
                      .default_text = "0",
                      .example = "8"},
            &AllocatorPolicy::percpu_pagelist_high_fraction,
            WholeType(0, kMaxInt));
  table.AddStored(
      FieldText{.name = "lowmem_reserve_ratio",
                .doc = "vm.lowmem_reserve_ratio, for DMA, DMA32, Normal and "
                       "Movable; 0: no reserve.",
                .default_text = "[256, 256, 32, 0]",
                .example = "[256, 256, 32, 0]"},
      ListType(WholeType(0, kMaxInt), "whole numbers",
               ListLimits{.min = kMaxNrZones, .max = kMaxNrZones}),
      [](AllocatorPolicy& policy, const std::vector<int64_t>& ratios) {
        for (int zone = 0; zone < kMaxNrZones; ++zone) {
          policy.lowmem_reserve_ratio[zone] = ratios[zone];
        }
      },
      [](const AllocatorPolicy& policy) {
        return std::vector<int64_t>(policy.lowmem_reserve_ratio.begin(),
                                    policy.lowmem_reserve_ratio.end());
      });
}

// Sysctls of reclaim and compaction.
void AddPressureFields(ObjectTable<AllocatorPolicy>& table) {
  table.Add(FieldText{.name = "extfrag_threshold",
                      .doc = "vm.extfrag_threshold: fragmentation, in 1/1000, "
                             "from which on compaction is tried for orders "
                             "above 3.",
                      .default_text = "500",
                      .example = "300"},
            &AllocatorPolicy::extfrag_threshold, WholeType(0, 1000));
  table.Add(FieldText{.name = "compaction_proactiveness",
                      .doc = "vm.compaction_proactiveness; 0: memory is never "
                             "compacted before somebody needs it.",
                      .default_text = "20",
                      .example = "0"},
            &AllocatorPolicy::compaction_proactiveness, WholeType(0, 100));
  table.Add(FieldText{.name = "swappiness",
                      .doc = "vm.swappiness: how readily anonymous memory is "
                             "swapped out rather than files dropped.",
                      .default_text = "60",
                      .example = "10"},
            &AllocatorPolicy::swappiness, WholeType(0, 200));
  table.Add(FieldText{.name = "vfs_cache_pressure",
                      .doc = "vm.vfs_cache_pressure: how readily caches of "
                             "slab objects shrink.",
                      .default_text = "100",
                      .example = "50"},
            &AllocatorPolicy::vfs_cache_pressure, WholeType(0, kMaxInt));
  table.Add(FieldText{.name = "dirty_background_ratio",
                      .doc = "vm.dirty_background_ratio: percent of memory "
                             "that may be dirty before writeback starts.",
                      .default_text = "10",
                      .example = "5"},
            &AllocatorPolicy::dirty_background_ratio, WholeType(0, 100));
  table.Add(FieldText{.name = "dirty_ratio",
                      .doc = "vm.dirty_ratio: percent of memory that may be "
                             "dirty before writers wait.",
                      .default_text = "20",
                      .example = "40"},
            &AllocatorPolicy::dirty_ratio, WholeType(0, 100));
}

void AddHardwareFields(ObjectTable<AllocatorPolicy>& table) {
  table.AddStored(
      FieldText{.name = "cache_slice",
                .doc = "The last-level cache that one CPU may use. Large "
                       "enough, per-cpu lists free in batches; 0: the CPU "
                       "does not tell.",
                .default_text = "0",
                .example = "\"16MiB\""},
      SizeType(),
      [](AllocatorPolicy& policy, uint64_t bytes) {
        policy.cache_slice_pages = static_cast<int64_t>(bytes / kPageSize);
      },
      [](const AllocatorPolicy& policy) {
        return static_cast<uint64_t>(policy.cache_slice_pages) * kPageSize;
      });
}

}  // namespace

const ObjectTable<AllocatorPolicy>& PolicyTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<AllocatorPolicy>(ObjectInfo{
        .name = "policy",
        .title = "Policy",
        .doc = "The knobs of the allocator: options of the kernel's build, "
               "sysctls, the hardware's caches.",
        .example = R"({"min_free_kbytes": 16384, "thp_enabled": false})"});
    AddBuildFields(*result);
    AddSysctlFields(*result);
    AddPressureFields(*result);
    AddHardwareFields(*result);
    result->SetCheck([](const JsonValue& object, const AllocatorPolicy& policy,
                        Reader& reader) {
      const int64_t fraction = policy.percpu_pagelist_high_fraction;
      if (fraction == 0 || fraction >= 8) return;
      reader.Error(PositionOf(object, "percpu_pagelist_high_fraction"),
                   "\"percpu_pagelist_high_fraction\" must be 0, or 8 or "
                   "more, got " +
                       std::to_string(fraction));
    });
    return result;
  }();
  return *table;
}

}  // namespace pagelab
