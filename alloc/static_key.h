#ifndef PAGELAB_ALLOC_STATIC_KEY_H_
#define PAGELAB_ALLOC_STATIC_KEY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "pagelab/alloc/hook_build.h"

namespace pagelab {

// A switch that is almost always off. Tests of it cost a 5-byte no-op where
// the code is patched, or a load and a branch that predicts well where it is
// not (page-ext-owner-depot.md 14).
//
// A property of the process's code, not of a machine: the key is on while at
// least one machine wants it, and what a test finds behind it still asks its
// own machine.
//
// Kernel counterpart: struct static_key_false.
struct StaticKey {
  int32_t enabled = 0;
};

// One more, or one fewer, user of the key; the first and the last patch all
// tests of it. Only while a single thread runs machines: the five bytes are
// not written atomically. Fails when the host refuses to make code writable;
// nothing changed then.
absl::Status StaticKeyIncrement(StaticKey& key);
void StaticKeyDecrement(StaticKey& key);

// One test of a key. 16 bytes, offsets relative to the field itself.
struct JumpEntry {
  int32_t code;
  int32_t target;
  int64_t key;
};
static_assert(sizeof(JumpEntry) == 16);

// True when `key` is on. Tests for what is off almost always. A load and a
// branch where there are no static keys.
template <StaticKey& key>
[[gnu::always_inline]] inline bool StaticBranchUnlikely() {
#if PAGELAB_HAS_STATIC_KEYS
  // Flags: writable so that relocations are allowed in position-independent
  // code, in the group of the function that holds the test, never discarded.
  asm goto(
      "1: .byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n\t"
      ".pushsection pagelab_jump_table, \"aw?R\"\n\t"
      ".balign 8\n\t"
      ".long 1b - .\n\t"
      ".long %l[on] - .\n\t"
      ".quad %c0 - .\n\t"
      ".popsection"
      :
      : "i"(&key)
      :
      : on);
  return false;
on:
  return true;
#else
  return __builtin_expect(key.enabled > 0, 0);
#endif
}

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_STATIC_KEY_H_
