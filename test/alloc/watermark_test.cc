// page-allocator.md 4.6, 13.3 and worked example E17.

#include "pagelab/alloc/watermark.h"

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

// The smallest number of free pages with which the test passes.
int64_t Needed(const AllocatorPolicy& policy, const Zone& zone,
               const WatermarkQuery& query) {
  int64_t free = 0;
  while (!WatermarkOk(policy, zone, query, free)) ++free;
  return free;
}

TEST_CASE("Watermark: E17, how deep each right may go", "[alloc][watermark]") {
  const AllocatorPolicy policy;
  Zone zone;
  WatermarkQuery query{.order = Order(0), .mark = 400};
  const auto needed = [&](AllocFlags flags) {
    query.flags = flags;
    return Needed(policy, zone, query);
  };
  const AllocFlags atomic = alloc_flag::kMinReserve.With(alloc_flag::kNonBlock);
  CHECK(needed(AllocFlags()) == 401);
  CHECK(needed(alloc_flag::kNonBlock) == 401);
  CHECK(needed(alloc_flag::kMinReserve) == 201);
  CHECK(needed(atomic) == 151);
  CHECK(needed(alloc_flag::kOom) == 201);
  CHECK(needed(atomic.With(alloc_flag::kOom)) == 76);
  CHECK(needed(alloc_flag::kHighatomic) == 401);
  // Integer steps: 401 - 200, then - 50.
  query.mark = 401;
  CHECK(needed(atomic) == 152);
}

TEST_CASE("Watermark: reserves for lower zones count on top",
          "[alloc][watermark]") {
  const AllocatorPolicy policy;
  Zone zone;
  zone.lowmem_reserve = {0, 0, 100, 300};
  WatermarkQuery query{.order = Order(0), .mark = 10, .highest_zoneidx = 1};
  CHECK(Needed(policy, zone, query) == 11);
  query.highest_zoneidx = 2;
  CHECK(Needed(policy, zone, query) == 111);
  query.highest_zoneidx = 3;
  query.flags = alloc_flag::kMinReserve;
  // Rights halve the mark, not the reserve.
  CHECK(Needed(policy, zone, query) == 306);
}

TEST_CASE("Watermark: free pages that the request cannot have do not count",
          "[alloc][watermark]") {
  AllocatorPolicy policy;
  Zone zone;
  zone.nr_free_highatomic = 30;
  zone.vm_stat[static_cast<int>(ZoneStat::kFreeCma)] = 200;
  WatermarkQuery query{.order = Order(0), .mark = 10};
  CHECK(Needed(policy, zone, query) == 241);
  query.flags = alloc_flag::kCma;
  CHECK(Needed(policy, zone, query) == 41);
  query.flags = alloc_flag::kCma.With(alloc_flag::kNonBlock);
  CHECK(Needed(policy, zone, query) == 11);
  query.flags = alloc_flag::kNonBlock;
  CHECK(Needed(policy, zone, query) == 211);
  policy.cma = false;
  CHECK(Needed(policy, zone, query) == 11);
}

TEST_CASE("Watermark: a higher order needs a block that it may use",
          "[alloc][watermark]") {
  TinyMachine machine;
  Zone& zone = machine.zone();
  WatermarkQuery query{.order = Order(4), .mark = 10};
  const auto ok = [&](AllocFlags flags) {
    query.flags = flags;
    return WatermarkOk(machine.state->policy, zone, query, 10000);
  };
  machine.PutFree(3, Migratetype::kMovable, {0x2000});
  CHECK_FALSE(ok(AllocFlags()));
  machine.PutFreeTyped(5, Migratetype::kHighAtomic, {0x4000});
  CHECK_FALSE(ok(AllocFlags()));
  CHECK_FALSE(ok(alloc_flag::kNonBlock));
  CHECK(ok(alloc_flag::kHighatomic));
  CHECK(ok(alloc_flag::kOom));
  machine.PutFreeTyped(5, Migratetype::kIsolate, {0x6000});
  CHECK_FALSE(ok(AllocFlags()));
  machine.PutFreeTyped(5, Migratetype::kCma, {0x8000});
  CHECK_FALSE(ok(AllocFlags()));
  CHECK(ok(alloc_flag::kCma));
  machine.PutFree(10, Migratetype::kMovable, {0xa000});
  CHECK(ok(AllocFlags()));
  // Nor are its own pages but one free, or the 64 that it may not have.
  query.flags = AllocFlags();
  CHECK(Needed(machine.state->policy, zone, query) == 11 + 15 + 64);
}

TEST_CASE("WatermarkFast: reads the counter, floored at nothing",
          "[alloc][watermark]") {
  const AllocatorPolicy policy;
  Zone zone;
  WatermarkQuery query{.order = Order(0), .mark = 10};
  zone.vm_stat[0] = 11;
  CHECK(WatermarkFast(policy, zone, query));
  zone.vm_stat[0] = 10;
  CHECK_FALSE(WatermarkFast(policy, zone, query));
  // More unusable than free: nothing is left, not less.
  zone.vm_stat[0] = 5;
  zone.nr_free_highatomic = 50;
  query.mark = -1;
  CHECK(WatermarkFast(policy, zone, query));
}

TEST_CASE("WatermarkFast: an atomic order-0 request may ignore the boost",
          "[alloc][watermark]") {
  const AllocatorPolicy policy;
  Zone zone;
  zone.watermark = {400, 500, 600, 700};
  zone.watermark_boost = 512;
  zone.vm_stat[0] = 300;
  WatermarkQuery query{.order = Order(0),
                       .mark = zone.WatermarkPages(Watermark::kMin),
                       .flags = alloc_flag::kMinReserve};
  CHECK(query.mark == 912);
  CHECK(WatermarkFast(policy, zone, query));
  query.flags = alloc_flag::kNonBlock;
  CHECK_FALSE(WatermarkFast(policy, zone, query));
  query.flags = alloc_flag::kMinReserve.With(alloc_flag::kWmarkLow);
  CHECK_FALSE(WatermarkFast(policy, zone, query));
  query.flags = alloc_flag::kMinReserve;
  query.order = Order(1);
  CHECK_FALSE(WatermarkFast(policy, zone, query));
}

TEST_CASE("BoostWatermark: a pageblock at a time, up to a share of HIGH",
          "[alloc][watermark]") {
  TinyMachine machine;
  Zone& zone = machine.zone();
  zone.managed = PageCount(2048);
  zone.watermark[static_cast<int>(Watermark::kHigh)] = 600;
  const auto boost = [&] { return BoostWatermark(*machine.state, zone); };
  REQUIRE(boost());
  CHECK(zone.watermark_boost == 512);
  CHECK(zone.WatermarkPages(Watermark::kHigh) == 1112);
  // The limit is of the mark without the boost: 600 * 1.5.
  REQUIRE(boost());
  CHECK(zone.watermark_boost == 900);
  REQUIRE(boost());
  CHECK(zone.watermark_boost == 900);
}

TEST_CASE("BoostWatermark: at least one pageblock is allowed",
          "[alloc][watermark]") {
  TinyMachine machine;
  Zone& zone = machine.zone();
  zone.managed = PageCount(2048);
  zone.watermark[static_cast<int>(Watermark::kHigh)] = 1;
  REQUIRE(BoostWatermark(*machine.state, zone));
  REQUIRE(BoostWatermark(*machine.state, zone));
  CHECK(zone.watermark_boost == 512);
}

TEST_CASE("BoostWatermark: not in small zones, not when switched off",
          "[alloc][watermark]") {
  TinyMachine machine;
  Zone& zone = machine.zone();
  AllocatorPolicy& policy = machine.state->policy;
  zone.managed = PageCount(2048);
  zone.watermark[static_cast<int>(Watermark::kHigh)] = 600;
  SECTION("small") { zone.managed = PageCount(2047); }
  SECTION("off") { policy.watermark_boost_factor = 0; }
  SECTION("no high watermark yet") { zone.watermark.fill(0); }
  SECTION("a kdump kernel") {
    policy.kdump = true;
    policy.fallback = FallbackPolicy::kEarly612;
    // The exception is younger than the early policy.
    CHECK(BoostWatermark(*machine.state, zone));
    zone.watermark_boost = 0;
    policy.fallback = FallbackPolicy::kLate612;
  }
  CHECK_FALSE(BoostWatermark(*machine.state, zone));
  CHECK(zone.watermark_boost == 0);
}

}  // namespace
}  // namespace pagelab
