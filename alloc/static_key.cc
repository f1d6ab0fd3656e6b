#include "pagelab/alloc/static_key.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "pagelab/base/check.h"

#if PAGELAB_HAS_STATIC_KEYS
// The linker's names for the ends of the section. Weak: a program may hold no
// test at all.
extern "C" {
[[gnu::weak,
  gnu::visibility(
      "hidden")]] extern const pagelab::JumpEntry __start_pagelab_jump_table[];
[[gnu::weak,
  gnu::visibility(
      "hidden")]] extern const pagelab::JumpEntry __stop_pagelab_jump_table[];
}
#endif

namespace pagelab {
namespace {

ABSL_CONST_INIT absl::Mutex patch_mutex(absl::kConstInit);

#if PAGELAB_HAS_STATIC_KEYS

constexpr size_t kInstructionSize = 5;
using Instruction = std::array<uint8_t, kInstructionSize>;
constexpr Instruction kNop = {0x0f, 0x1f, 0x44, 0x00, 0x00};

absl::Span<const JumpEntry> JumpTable() {
  const JumpEntry* begin = __start_pagelab_jump_table;
  const JumpEntry* end = __stop_pagelab_jump_table;
  if (begin == nullptr) return {};
  return absl::Span<const JumpEntry>(begin, static_cast<size_t>(end - begin));
}

// What a self-relative field of an entry points at.
template <typename Offset>
uintptr_t Resolve(const Offset& field) {
  return reinterpret_cast<uintptr_t>(&field) + static_cast<uintptr_t>(field);
}

Instruction JumpOf(const JumpEntry& entry) {
  const auto distance = static_cast<int32_t>(
      Resolve(entry.target) - (Resolve(entry.code) + kInstructionSize));
  Instruction jump = {0xe9};
  std::memcpy(&jump[1], &distance, sizeof(distance));
  return jump;
}

// Makes the host pages of one test writable, or executable only again.
bool Protect(uintptr_t code, int protection) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = code & ~(page - 1);
  const uintptr_t end = (code + kInstructionSize + page - 1) & ~(page - 1);
  return mprotect(reinterpret_cast<void*>(begin), end - begin, protection) == 0;
}

bool PatchEntry(const JumpEntry& entry, bool on) {
  const uintptr_t code = Resolve(entry.code);
  const Instruction jump = JumpOf(entry);
  const Instruction& before = on ? kNop : jump;
  const Instruction& after = on ? jump : kNop;
  PAGELAB_CHECK(std::memcmp(reinterpret_cast<const void*>(code), before.data(),
                            kInstructionSize) == 0);
  // Executable throughout: this function may share the page.
  if (!Protect(code, PROT_READ | PROT_WRITE | PROT_EXEC)) return false;
  std::memcpy(reinterpret_cast<void*>(code), after.data(), kInstructionSize);
  PAGELAB_CHECK(Protect(code, PROT_READ | PROT_EXEC));
  return true;
}

// All tests of `key`, or none of them.
absl::Status PatchAll(const StaticKey& key, bool on) {
  const absl::Span<const JumpEntry> table = JumpTable();
  for (size_t i = 0; i < table.size(); ++i) {
    if (Resolve(table[i].key) != reinterpret_cast<uintptr_t>(&key)) continue;
    if (PatchEntry(table[i], on)) continue;
    for (size_t j = 0; j < i; ++j) {
      if (Resolve(table[j].key) == reinterpret_cast<uintptr_t>(&key)) {
        PAGELAB_CHECK(PatchEntry(table[j], !on));
      }
    }
    return absl::UnavailableError(
        "the host does not let a program make its code writable, which the "
        "static keys of the allocation hooks need");
  }
  return absl::OkStatus();
}

#else

absl::Status PatchAll(const StaticKey&, bool) { return absl::OkStatus(); }

#endif

}  // namespace

absl::Status StaticKeyIncrement(StaticKey& key) {
  absl::MutexLock lock(&patch_mutex);
  if (key.enabled == 0) {
    const absl::Status patched = PatchAll(key, true);
    if (!patched.ok()) return patched;
  }
  ++key.enabled;
  return absl::OkStatus();
}

void StaticKeyDecrement(StaticKey& key) {
  absl::MutexLock lock(&patch_mutex);
  PAGELAB_CHECK(key.enabled > 0);
  if (--key.enabled == 0) PAGELAB_CHECK(PatchAll(key, false).ok());
}

}  // namespace pagelab
