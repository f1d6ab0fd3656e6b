// page-ext-owner-depot.md 14: what a test of a key costs, and what patching
// does to it.

#include "pagelab/alloc/static_key.h"

#include <array>
#include <cstring>

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/death.h"
#include "pagelab/test/support/tiny_machine.h"

#if PAGELAB_HAS_STATIC_KEYS
extern "C" {
[[gnu::visibility(
    "hidden")]] extern const pagelab::JumpEntry __start_pagelab_jump_table[];
[[gnu::visibility(
    "hidden")]] extern const pagelab::JumpEntry __stop_pagelab_jump_table[];
}
#endif

namespace pagelab {

[[gnu::visibility("hidden")]] extern StaticKey test_key;
StaticKey test_key;

namespace {

[[gnu::noinline]] int AskOnce() {
  return StaticBranchUnlikely<test_key>() ? 1 : 0;
}

[[gnu::noinline]] int AskTwice() {
  int on = 0;
  if (StaticBranchUnlikely<test_key>()) ++on;
  asm volatile("" : "+r"(on));
  if (StaticBranchUnlikely<test_key>()) ++on;
  return on;
}

TEST_CASE("StaticKey: is on while it has users", "[alloc][static_key]") {
  CHECK(AskOnce() == 0);
  CHECK(AskTwice() == 0);
  REQUIRE(StaticKeyIncrement(test_key).ok());
  CHECK(AskOnce() == 1);
  CHECK(AskTwice() == 2);
  REQUIRE(StaticKeyIncrement(test_key).ok());
  StaticKeyDecrement(test_key);
  CHECK(AskTwice() == 2);
  StaticKeyDecrement(test_key);
  CHECK(AskOnce() == 0);
  CHECK(AskTwice() == 0);
  CHECK_THAT(DeathMessage([] { StaticKeyDecrement(test_key); }),
             ContainsText("key.enabled > 0"));
}

#if PAGELAB_HAS_STATIC_KEYS

using Bytes = std::array<uint8_t, 5>;

template <typename Offset>
const uint8_t* Resolve(const Offset& field) {
  return reinterpret_cast<const uint8_t*>(&field) + field;
}

// The code at every test of `key`.
std::vector<Bytes> CodeOf(const StaticKey& key) {
  std::vector<Bytes> code;
  for (const JumpEntry* entry = __start_pagelab_jump_table;
       entry != __stop_pagelab_jump_table; ++entry) {
    if (Resolve(entry->key) != reinterpret_cast<const uint8_t*>(&key)) continue;
    Bytes bytes;
    std::memcpy(bytes.data(), Resolve(entry->code), bytes.size());
    code.push_back(bytes);
  }
  return code;
}

TEST_CASE("StaticKey: a test is a five-byte no-op, or a jump",
          "[alloc][static_key]") {
  constexpr Bytes kNop = {0x0f, 0x1f, 0x44, 0x00, 0x00};
  const std::vector<Bytes> off = CodeOf(test_key);
  REQUIRE(off.size() >= 3);
  for (const Bytes& bytes : off) CHECK(bytes == kNop);
  REQUIRE(StaticKeyIncrement(test_key).ok());
  for (const Bytes& bytes : CodeOf(test_key)) CHECK(bytes[0] == 0xe9);
  StaticKeyDecrement(test_key);
  CHECK(CodeOf(test_key) == off);
}

TEST_CASE("StaticKey: a jump goes to the entry's target",
          "[alloc][static_key]") {
  REQUIRE(StaticKeyIncrement(test_key).ok());
  for (const JumpEntry* entry = __start_pagelab_jump_table;
       entry != __stop_pagelab_jump_table; ++entry) {
    if (Resolve(entry->key) != reinterpret_cast<const uint8_t*>(&test_key)) {
      continue;
    }
    const uint8_t* code = Resolve(entry->code);
    int32_t distance;
    std::memcpy(&distance, code + 1, sizeof(distance));
    CHECK(code + 5 + distance == Resolve(entry->target));
  }
  StaticKeyDecrement(test_key);
}

TEST_CASE("HookKeys: the hot path tests each key, and is patched for a machine",
          "[alloc][static_key]") {
  TinyMachine machine;
  const StaticKey* keys[] = {
      &mm_page_alloc_key,        &mm_page_free_key,
      &mm_page_free_batched_key, &mm_page_alloc_zone_locked_key,
      &mm_page_pcpu_drain_key,   &mm_page_alloc_extfrag_key};
  for (const StaticKey* key : keys) {
    REQUIRE_FALSE(CodeOf(*key).empty());
    for (const Bytes& bytes : CodeOf(*key)) CHECK(bytes[0] == 0x0f);
  }
  machine.Record();
  for (const StaticKey* key : keys) {
    for (const Bytes& bytes : CodeOf(*key)) CHECK(bytes[0] == 0xe9);
  }
  // Hooks have a key of their own, and nobody asked for them.
  REQUIRE_FALSE(CodeOf(allocation_hooks_key).empty());
  for (const Bytes& bytes : CodeOf(allocation_hooks_key)) {
    CHECK(bytes[0] == 0x0f);
  }
  machine.StopRecording();
  for (const StaticKey* key : keys) CHECK(CodeOf(*key)[0][0] == 0x0f);
}

#endif  // PAGELAB_HAS_STATIC_KEYS

TEST_CASE("HookKeys: one machine watched, another not", "[alloc][static_key]") {
  TinyMachine watched;
  TinyMachine other;
  watched.PutFree(3, Migratetype::kMovable, {0x2000});
  other.PutFree(3, Migratetype::kMovable, {0x2000});
  watched.Record();
  CHECK(other.Alloc(gfp::kHighuserMovable) == 0x2000);
  CHECK(watched.trace.Take().empty());
  CHECK(watched.Alloc(gfp::kHighuserMovable) == 0x2000);
  CHECK(watched.trace.Take().size() == 2);
  CHECK(other.trace.Take().empty());
}

}  // namespace
}  // namespace pagelab
