#include "pagelab/pageext/page_idle.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "pagelab/alloc/page_walk.h"
#include "pagelab/base/status.h"
#include "pagelab/pageext/user_page.h"

namespace pagelab {
namespace {

constexpr uint64_t kWordBits = PageIdle::kWordBytes * 8;
// What DumpBitmap() makes at a time.
constexpr size_t kDumpBytes = 4096;

// Of the flags word in page_ext (1.3).
constexpr uint32_t kExtYoung = 1u << 2;
constexpr uint32_t kExtIdle = 1u << 3;

absl::Status CheckWords(uint64_t offset, size_t size) {
  if (offset % PageIdle::kWordBytes == 0 && size % PageIdle::kWordBytes == 0) {
    return absl::OkStatus();
  }
  return InvalidInput("EINVAL: offset " + std::to_string(offset) +
                      " and length " + std::to_string(size) +
                      " must be multiples of 8: the bitmap is made of 64-bit "
                      "words");
}

// The bytes of the words that a range of frames fills.
size_t WholeWordBytes(PfnRange frames) {
  return frames.size().value() / kWordBits * PageIdle::kWordBytes;
}

// Little-endian, as x86 has it.
char BitOf(Pfn pfn) { return static_cast<char>(1u << (pfn.value() % 8)); }

}  // namespace

PageIdle::PageIdle(const Dependencies& dependencies, PageIdleForm form)
    : state_(dependencies.state),
      hooks_(dependencies.hooks),
      page_ext_(dependencies.page_ext),
      form_(form) {
  if (form_ != PageIdleForm::kPageExt) return;
  page_ext_.AddClient({.name = "page_idle",
                       .size = 0,
                       .need_shared_flags = true,
                       .need = [] { return true; },
                       .init = [this](ExecutionContext&) { return Init(); }});
}

PageIdle::~PageIdle() { hooks_.Remove(*this); }

absl::Status PageIdle::Init() {
  return hooks_.Add(HookPlace::kPageIdle, *this);
}

PfnRange PageIdle::FramesAt(uint64_t offset, size_t size) const {
  const Pfn limit = state_.memory->max_pfn();
  if (offset >= limit.value()) return {limit, limit};
  const Pfn begin(std::min(offset * 8, limit.value()));
  return {begin, std::min(begin + PageCount(uint64_t{size} * 8), limit)};
}

template <typename Fn>
void PageIdle::ForEachUserPage(PfnRange range, Fn&& fn) const {
  const PhysicalMemory& memory = *state_.memory;
  for (Pfn pfn = range.begin; pfn < range.end;) {
    const FrameExtent extent = ExtentAt(state_, pfn);
    if (extent.kind == FrameExtent::Kind::kAllocated &&
        extent.range.begin == pfn && IsUserPage(*memory.PageAt(pfn))) {
      fn(pfn);
    }
    pfn = extent.range.end;
  }
}

absl::StatusOr<size_t> PageIdle::ReadBitmap(uint64_t offset,
                                            absl::Span<char> out) {
  PAGELAB_RETURN_IF_ERROR(CheckWords(offset, out.size()));
  const PfnRange frames = FramesAt(offset, out.size());
  const uint64_t words = (frames.size().value() + kWordBits - 1) / kWordBits;
  std::fill_n(out.begin(), words * kWordBytes, '\0');
  ForEachUserPage(frames, [&](Pfn pfn) {
    if (!TestIdle(pfn)) return;
    out[(pfn.value() - frames.begin.value()) / 8] |= BitOf(pfn);
  });
  return WholeWordBytes(frames);
}

absl::StatusOr<size_t> PageIdle::WriteBitmap(uint64_t offset,
                                             std::string_view in) {
  PAGELAB_RETURN_IF_ERROR(CheckWords(offset, in.size()));
  const PfnRange frames = FramesAt(offset, in.size());
  if (frames.begin == state_.memory->max_pfn()) {
    return InvalidInput("ENXIO: offset " + std::to_string(offset) +
                        " is behind the last frame of memory, whose bit is in "
                        "byte " +
                        std::to_string((frames.end.value() - 1) / 8));
  }
  ForEachUserPage(frames, [&](Pfn pfn) {
    const char byte = in[(pfn.value() - frames.begin.value()) / 8];
    if ((byte & BitOf(pfn)) == 0) return;
    WalkMappings(pfn);
    SetBits(pfn, {.young = IsYoung(pfn), .idle = true});
  });
  return WholeWordBytes(frames);
}

absl::Status PageIdle::DumpBitmap(OutputStream& out) const {
  const uint64_t size = state_.memory->max_pfn().value() / kWordBits * 8;
  std::array<char, kDumpBytes> bytes;
  for (uint64_t offset = 0; offset < size && out.ok(); offset += kDumpBytes) {
    const size_t part = std::min<uint64_t>(kDumpBytes, size - offset);
    const PfnRange frames = FramesAt(offset, part);
    bytes.fill('\0');
    ForEachUserPage(frames, [&](Pfn pfn) {
      if (!WouldTestIdle(pfn)) return;
      bytes[(pfn.value() - frames.begin.value()) / 8] |= BitOf(pfn);
    });
    out.Append(std::string_view(bytes.data(), part));
  }
  return out.status();
}

PageIdle::Bits PageIdle::BitsOf(Pfn head) const {
  if (form_ == PageIdleForm::kPageFlags) {
    const PageFlags flags = state_.memory->PageAt(head)->flags;
    return {.young = flags.Has(page_flag::kYoung),
            .idle = flags.Has(page_flag::kIdle)};
  }
  const std::byte* entry = page_ext_.Peek(head);
  if (entry == nullptr) return {};
  uint32_t word = 0;
  std::memcpy(&word, entry, sizeof(word));
  return {.young = (word & kExtYoung) != 0, .idle = (word & kExtIdle) != 0};
}

void PageIdle::SetBits(Pfn head, Bits bits) {
  if (form_ == PageIdleForm::kPageFlags) {
    PageFlags& flags = state_.memory->PageAt(head)->flags;
    flags = flags.Without(page_flag::kYoung).Without(page_flag::kIdle);
    if (bits.young) flags = flags.With(page_flag::kYoung);
    if (bits.idle) flags = flags.With(page_flag::kIdle);
    return;
  }
  std::byte* entry = page_ext_.Lookup(head);
  if (entry == nullptr) return;
  uint32_t word = 0;
  std::memcpy(&word, entry, sizeof(word));
  word &= ~(kExtYoung | kExtIdle);
  word |= (bits.young ? kExtYoung : 0) | (bits.idle ? kExtIdle : 0);
  std::memcpy(entry, &word, sizeof(word));
}

bool PageIdle::IsIdle(Pfn head) const { return BitsOf(head).idle; }
bool PageIdle::IsYoung(Pfn head) const { return BitsOf(head).young; }

void PageIdle::WalkMappings(Pfn head) {
  Page& page = *state_.memory->PageAt(head);
  if (!page_pte::IsMapped(page.pte)) return;
  // The page of a file has to be locked for the walk, and nobody waits for it.
  if (page.flags.Has(page_flag::kLocked) && !IsAnonymous(page.flags)) return;
  if ((page.pte & page_pte::kAccessed) == 0) return;
  page.pte &= static_cast<uint8_t>(~page_pte::kAccessed);
  SetBits(head, {.young = true, .idle = false});
}

bool PageIdle::TestIdle(Pfn head) {
  if (!IsIdle(head)) return false;
  WalkMappings(head);
  return IsIdle(head);
}

bool PageIdle::WouldTestIdle(Pfn head) const {
  const Page& page = *state_.memory->PageAt(head);
  const bool locked =
      page.flags.Has(page_flag::kLocked) && !IsAnonymous(page.flags);
  const bool used = page_pte::IsMapped(page.pte) && !locked &&
                    (page.pte & page_pte::kAccessed) != 0;
  return IsIdle(head) && !used;
}

void PageIdle::MarkAccessed(Pfn head) {
  const Bits bits = BitsOf(head);
  if (bits.idle) SetBits(head, {.young = bits.young, .idle = false});
}

int PageIdle::TakeReferences(Pfn head) {
  Page& page = *state_.memory->PageAt(head);
  if (!page_pte::IsMapped(page.pte)) return 0;
  const Bits bits = BitsOf(head);
  const bool accessed = (page.pte & page_pte::kAccessed) != 0;
  page.pte &= static_cast<uint8_t>(~page_pte::kAccessed);
  if (bits.young || (bits.idle && accessed)) {
    SetBits(head, {.young = false, .idle = bits.idle && !accessed});
  }
  return (accessed ? 1 : 0) + (bits.young ? 1 : 0);
}

void PageIdle::OnAlloc(ExecutionContext&, Pfn, Order, Gfp) {}
void PageIdle::OnFree(ExecutionContext&, Pfn, Order) {}

void PageIdle::OnSplit(Pfn head, Order old_order, Order new_order) {
  const Bits bits = BitsOf(head);
  if (!bits.young && !bits.idle) return;
  const Pfn end = head + PageCount(old_order.pages());
  const PageCount step(new_order.pages());
  for (Pfn pfn = head + step; pfn < end; pfn += step) SetBits(pfn, bits);
}

void PageIdle::OnMigrate(ExecutionContext&, Pfn from, Pfn to) {
  const Bits old = BitsOf(from);
  const Bits now = BitsOf(to);
  if (!old.young && !old.idle) return;
  SetBits(to, {.young = now.young || old.young, .idle = now.idle || old.idle});
}

}  // namespace pagelab
