#include "pagelab/stackdepot/stack_depot.h"

#define XXH_INLINE_ALL
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "pagelab/base/check.h"
#include "pagelab/stackdepot/jhash.h"

namespace pagelab {
namespace {

// Kernel counterpart: page_offset_base, without address randomisation.
constexpr uint64_t kDirectMapBase = 0xffff888000000000;

// One bucket for 16 KiB of memory (section 10.4).
constexpr uint64_t kPagesPerBucket = 4;
constexpr uint64_t kPagesPerMebibyte = (uint64_t{1} << 20) / kPageSize;
constexpr uint64_t kMinTableEntries = uint64_t{1} << 12;
constexpr uint64_t kMaxTableEntries = uint64_t{1} << 20;

// A fifth of the time that jhash2 takes.
uint32_t FastHash(absl::Span<const SimAddress> frames) {
  return static_cast<uint32_t>(
      XXH3_64bits(frames.data(), frames.size() * sizeof(SimAddress)));
}

}  // namespace

// Links as the kernel's: forward alone, or a list whose last record points
// back at the bucket.
// Differs from Linux: an empty bucket is zero instead of pointing at itself,
// so that the table needs no initialisation and costs the host nothing.
// Kernel counterpart: struct stack_record.
class StackDepot::Record {
 public:
  Record(const StackDepotProfile& profile, std::byte* at)
      : at_(at),
        fields_(
            reinterpret_cast<uint32_t*>(at + (profile.doubly_linked ? 16 : 8))),
        frames_(
            reinterpret_cast<SimAddress*>(at + profile.record_header_bytes)) {}

  uint64_t next() const { return *reinterpret_cast<const uint64_t*>(at_); }
  // REQUIRES: doubly linked, and so for refcount().
  uint64_t prev() const { return *reinterpret_cast<const uint64_t*>(at_ + 8); }
  uint32_t& hash() const { return fields_[0]; }
  uint32_t& nr_frames() const { return fields_[1]; }
  uint32_t& handle() const { return fields_[2]; }
  int32_t& refcount() const { return reinterpret_cast<int32_t&>(fields_[3]); }
  absl::Span<SimAddress> frames() const { return {frames_, nr_frames()}; }

  bool Holds(absl::Span<const SimAddress> frames) const {
    return nr_frames() == frames.size() &&
           std::memcmp(frames_, frames.data(),
                       frames.size() * sizeof(SimAddress)) == 0;
  }

 private:
  std::byte* at_;
  uint32_t* fields_;
  SimAddress* frames_;
};

StackDepot::StackDepot(PhysicalMemory& memory, PageSource& source,
                       KernelLog& log, const StackDepotOptions& options)
    : memory_(memory), source_(source), log_(log), options_(options) {
  // Links, hash, number of frames and handle, aligned; or a count behind them.
  PAGELAB_CHECK_EQ(options_.profile.record_header_bytes,
                   options_.profile.doubly_linked ? 32 : 24);
  PAGELAB_CHECK(!options_.profile.doubly_linked ||
                options_.profile.handle == kCountedHandles);
  options_.profile.max_pools =
      std::min(options_.profile.max_pools, options_.profile.handle.max_pools());
  state_.pool_offset = PoolBytes();
}

// --- boot ---

uint64_t StackDepot::HashTableEntries(PageCount kernel_pages) const {
  if (options_.profile.hash_table == HashTableSource::kStatic) {
    return kMaxTableEntries;
  }
  const uint64_t mebibytes =
      (kernel_pages.value() + kPagesPerMebibyte - 1) / kPagesPerMebibyte;
  const uint64_t entries = mebibytes * kPagesPerMebibyte / kPagesPerBucket;
  return std::clamp(std::bit_ceil(entries), kMinTableEntries, kMaxTableEntries);
}

uint64_t StackDepot::HashTableBytes(uint64_t entries) const {
  return entries * BucketBytes();
}

bool StackDepot::BeginEarlyInit() {
  if (options_.disabled) {
    log_.Printk("stackdepot: disabled");
    return false;
  }
  if (options_.profile.hash_table == HashTableSource::kBootMemory) {
    log_.Printk(
        "stackdepot: allocating hash table via alloc_large_system_hash");
  }
  return true;
}

void StackDepot::UseHashTable(uint64_t physical_address, uint64_t entries) {
  PAGELAB_CHECK(std::has_single_bit(entries));
  PAGELAB_CHECK_EQ(physical_address % BucketBytes(), 0);
  state_.table_address = kDirectMapBase + physical_address;
  state_.table_entries = entries;
}

void StackDepot::LogHashTable() const {
  if (options_.profile.hash_table == HashTableSource::kStatic) return;
  const uint64_t bytes = HashTableBytes(state_.table_entries);
  const int order = std::bit_width(bytes) - 1 - kPageShift;
  log_.Printk(
      fmt::format("stackdepot hash table entries: {} (order: {}, {} bytes, "
                  "linear)",
                  state_.table_entries, order, bytes));
}

// --- saving ---

StackHandle StackDepot::Save(ExecutionContext& context,
                             absl::Span<const SimAddress> frames, Gfp gfp,
                             SaveFlags flags) {
  if (frames.empty() || options_.disabled) return StackHandle();
  uint32_t key = FastHash(frames);
  // Stored stacks have nothing behind an interrupt entry, so frames that equal
  // one need no cutting.
  if (const StackHandle known = Recall(key, frames); known.valid()) [[likely]] {
    return known;
  }
  const absl::Span<const SimAddress> kept = CutAtIrqEntry(frames);
  if (kept.size() < frames.size()) {
    frames = kept;
    key = FastHash(frames);
    if (const StackHandle known = Recall(key, frames); known.valid()) {
      return known;
    }
  }
  std::byte* found = FindOrInsert(context, frames, gfp, flags);
  if (found == nullptr) return StackHandle();
  const Record record(options_.profile, found);
  // A stack that lost frames is never found again: D3.
  const StackHandle handle(record.handle());
  if (record.Holds(frames)) memo_.Put(key, handle);
  return handle;
}

StackHandle StackDepot::Recall(uint32_t key,
                               absl::Span<const SimAddress> frames) const {
  const StackHandle handle = memo_.Find(key);
  if (!handle.valid()) return handle;
  const HandleLayout& layout = options_.profile.handle;
  const Record record(
      options_.profile,
      pool_contents_[layout.PoolIndex(handle)] + layout.Offset(handle));
  return record.Holds(frames) ? handle : StackHandle();
}

absl::Span<const SimAddress> StackDepot::CutAtIrqEntry(
    absl::Span<const SimAddress> frames) const {
  if (!options_.profile.cuts_at_irq_entry) return frames;
  for (size_t i = 0; i < frames.size(); ++i) {
    if (options_.irq_entry_text.Contains(frames[i])) {
      return frames.first(i + 1);
    }
  }
  return frames;
}

std::byte* StackDepot::FindOrInsert(ExecutionContext& context,
                                    absl::Span<const SimAddress> frames,
                                    Gfp gfp, SaveFlags flags) {
  PAGELAB_CHECK_NE(state_.table_entries, 0);
  const uint32_t hash = HashFrames(frames, options_.profile.hash_seed);
  if (std::byte* found = FindInBucket(hash, frames)) return found;

  std::optional<Pfn> preallocated;
  if (flags == SaveFlags::kCanAlloc && !state_.spare.has_value()) {
    const AllocSiteScope own(context, AllocSite::kStackDepot);
    preallocated = source_.AllocBlock(
        context, NestedGfp(gfp).With(options_.profile.pool_gfp),
        options_.profile.pool_order, NodeId());
  }
  if (flags == SaveFlags::kCanAlloc && context.level == InterruptLevel::kNmi &&
      !state_.warned_nmi) {
    state_.warned_nmi = true;
    log_.Printk(fmt::format(
        "WARNING: CPU: {} PID: {} at lib/stackdepot.c stack_depot_save_flags",
        context.cpu.value(), context.task == nullptr ? 0 : context.task->pid));
  }
  // From here on the kernel holds the pool lock, which in NMI context it only
  // tries to take. Nothing can hold it here: a simulated interrupt happens
  // inside the page source or not at all. It may have stored the same stack.
  std::byte* record = FindInBucket(hash, frames);
  if (record == nullptr) record = Insert(hash, frames, preallocated);
  if (preallocated.has_value() && !state_.spare.has_value()) {
    state_.spare = preallocated;
    preallocated.reset();
  }
  if (preallocated.has_value()) {
    source_.FreeBlock(context, *preallocated, options_.profile.pool_order);
  }
  return record;
}

std::byte* StackDepot::FindInBucket(uint32_t hash,
                                    absl::Span<const SimAddress> frames) const {
  const uint64_t bucket = BucketAddress(hash);
  uint64_t address = LinkAt(bucket);
  while (address != 0 && address != bucket) {
    std::byte* at = Host(address);
    const Record record(options_.profile, at);
    if (record.hash() == hash && record.Holds(frames)) return at;
    address = record.next();
  }
  return nullptr;
}

std::byte* StackDepot::Insert(uint32_t hash,
                              absl::Span<const SimAddress> frames,
                              std::optional<Pfn>& preallocated) {
  if (frames.size() > options_.profile.max_frames) {
    frames = frames.first(options_.profile.max_frames);
  }
  const uint32_t bytes = RecordBytes(frames.size());
  if (state_.pool_offset + bytes > PoolBytes() &&
      !AdvanceToNextPool(preallocated)) {
    return nullptr;
  }
  const uint64_t address =
      kDirectMapBase + state_.pools.back().address() + state_.pool_offset;
  std::byte* at = Host(address);
  const Record record(options_.profile, at);
  record.hash() = hash;
  record.nr_frames() = static_cast<uint32_t>(frames.size());
  record.handle() = options_.profile.handle
                        .Make(static_cast<uint32_t>(state_.pools.size() - 1),
                              state_.pool_offset)
                        .value();
  if (options_.profile.doubly_linked) record.refcount() = kRefcountSaturated;
  std::copy(frames.begin(), frames.end(), record.frames().begin());
  Link(BucketAddress(hash), address);
  state_.pool_offset += bytes;
  ++state_.persistent_count;
  state_.persistent_bytes += bytes;
  return at;
}

// Kernel counterpart: depot_init_pool().
bool StackDepot::AdvanceToNextPool(std::optional<Pfn>& preallocated) {
  if (state_.pools.size() >= options_.profile.max_pools) {
    if (!state_.warned_limit) {
      state_.warned_limit = true;
      log_.Printk("Stack depot reached limit capacity");
    }
    return false;
  }
  std::optional<Pfn>& next =
      state_.spare.has_value() ? state_.spare : preallocated;
  if (!next.has_value()) return false;
  state_.pools.push_back(*next);
  memory_.NoteContents(*next, PageCount(options_.profile.pool_order.pages()));
  pool_contents_.push_back(memory_.Frame(*next));
  next.reset();
  state_.pool_offset = 0;
  return true;
}

void StackDepot::Link(uint64_t bucket_address, uint64_t record_address) {
  uint64_t& head = LinkAt(bucket_address);
  if (!options_.profile.doubly_linked) {
    LinkAt(record_address) = head;
    head = record_address;
    return;
  }
  constexpr uint64_t kPrev = 8;
  const uint64_t first = head == 0 ? bucket_address : head;
  LinkAt(record_address) = first;
  LinkAt(record_address + kPrev) = bucket_address;
  LinkAt(first + kPrev) = record_address;
  head = record_address;
}

// --- fetching ---

absl::Span<const SimAddress> StackDepot::Fetch(StackHandle handle) const {
  if (!handle.valid() || options_.disabled) return {};
  std::byte* record = RecordOf(handle);
  if (record == nullptr) {
    log_.Printk("corrupt handle or use after stack_depot_put()");
    return {};
  }
  return Record(options_.profile, record).frames();
}

int32_t StackDepot::Refcount(StackHandle handle) const {
  if (!handle.valid() || options_.disabled) return 0;
  std::byte* record = RecordOf(handle);
  return record == nullptr ? 0 : Record(options_.profile, record).refcount();
}

void StackDepot::SetRefcount(StackHandle handle, int32_t value) {
  if (!handle.valid() || options_.disabled) return;
  if (std::byte* record = RecordOf(handle)) {
    Record(options_.profile, record).refcount() = value;
  }
}

int32_t StackDepot::AddRefcount(StackHandle handle, int64_t change) {
  if (!handle.valid() || options_.disabled) return 0;
  std::byte* record = RecordOf(handle);
  if (record == nullptr) return 0;
  int32_t& refcount = Record(options_.profile, record).refcount();
  const int64_t sum = refcount + change;
  const bool fits = sum >= std::numeric_limits<int32_t>::min() &&
                    sum <= std::numeric_limits<int32_t>::max();
  refcount = fits ? static_cast<int32_t>(sum) : kRefcountSaturated;
  return refcount;
}

std::byte* StackDepot::RecordOf(StackHandle handle) const {
  const HandleLayout& layout = options_.profile.handle;
  const uint32_t pool = layout.PoolIndex(handle);
  if (pool >= pool_contents_.size()) {
    log_.Printk(fmt::format(
        "pool index {} out of bounds ({}) for stack id {:08x}",
        static_cast<int32_t>(pool), state_.pools.size(), handle.value()));
    return nullptr;
  }
  const uint32_t offset = layout.Offset(handle);
  if (offset + options_.profile.record_header_bytes > PoolBytes()) {
    return nullptr;
  }
  std::byte* at = pool_contents_[pool] + offset;
  const Record record(options_.profile, at);
  // Differs from Linux: the kernel checks only that the refcount is not zero,
  // and would show whatever lies at a place that is no record's.
  const bool is_record = record.handle() == layout.WithExtra(handle, 0).value();
  return is_record && record.nr_frames() <= options_.profile.max_frames
             ? at
             : nullptr;
}

uint32_t StackDepot::RecordBytes(size_t nr_frames) const {
  const uint32_t align = uint32_t{1} << options_.profile.handle.align_shift;
  const uint32_t bytes = static_cast<uint32_t>(
      options_.profile.record_header_bytes + nr_frames * sizeof(SimAddress));
  return (bytes + align - 1) & ~(align - 1);
}

uint32_t StackDepot::PoolBytes() const {
  return static_cast<uint32_t>(options_.profile.pool_order.pages() * kPageSize);
}

uint64_t StackDepot::BucketAddress(uint32_t hash) const {
  return state_.table_address +
         (hash & (state_.table_entries - 1)) * BucketBytes();
}

std::byte* StackDepot::Host(uint64_t address) const {
  const uint64_t physical = address - kDirectMapBase;
  return memory_.Frame(Pfn(physical / kPageSize)) + physical % kPageSize;
}

// --- what it holds ---

PageCount StackDepot::pages_held() const {
  const uint64_t blocks = state_.pools.size() + (state_.spare ? 1 : 0);
  return PageCount(blocks * options_.profile.pool_order.pages());
}

std::string StackDepot::StatsText() const {
  return fmt::format(
      "pools: {}\n"
      "refcounted_allocations: 0\n"
      "refcounted_frees: 0\n"
      "refcounted_in_use: 0\n"
      "freelist_size: 0\n"
      "persistent_count: {}\n"
      "persistent_bytes: {}\n",
      state_.pools.size(), state_.persistent_count, state_.persistent_bytes);
}

absl::Status StackDepot::Verify() const {
  int64_t count = 0;
  int64_t bytes = 0;
  for (uint64_t bucket = 0; bucket < state_.table_entries; ++bucket) {
    if (absl::Status status = VerifyBucket(bucket, count, bytes);
        !status.ok()) {
      return status;
    }
  }
  if (count != state_.persistent_count || bytes != state_.persistent_bytes) {
    return absl::InternalError(fmt::format(
        "D4: {} records of {} bytes, but the counters say {} and {}", count,
        bytes, state_.persistent_count, state_.persistent_bytes));
  }
  return absl::OkStatus();
}

absl::Status StackDepot::VerifyBucket(uint64_t bucket, int64_t& count,
                                      int64_t& bytes) const {
  const uint64_t head = state_.table_address + bucket * BucketBytes();
  const Pfn frame((head - kDirectMapBase) / kPageSize);
  if (memory_.FrameIfMapped(frame) == nullptr) return absl::OkStatus();
  uint64_t before = head;
  for (uint64_t address = LinkAt(head); address != 0 && address != head;) {
    const Record record(options_.profile, Host(address));
    const bool linked =
        !options_.profile.doubly_linked || record.prev() == before;
    if (!linked || (record.hash() & (state_.table_entries - 1)) != bucket ||
        count >= state_.persistent_count) {
      return absl::InternalError(fmt::format(
          "D2: bucket {} is broken at record {:#x}", bucket, address));
    }
    if (absl::Status status = VerifyRecord(record, address); !status.ok()) {
      return status;
    }
    ++count;
    bytes += RecordBytes(record.nr_frames());
    before = address;
    address = record.next();
  }
  return absl::OkStatus();
}

absl::Status StackDepot::VerifyRecord(const Record& record,
                                      uint64_t address) const {
  const StackHandle handle(record.handle());
  const uint32_t pool = options_.profile.handle.PoolIndex(handle);
  const uint32_t offset = options_.profile.handle.Offset(handle);
  if (!handle.valid() || pool >= state_.pools.size() ||
      kDirectMapBase + state_.pools[pool].address() + offset != address ||
      record.nr_frames() > options_.profile.max_frames ||
      offset + RecordBytes(record.nr_frames()) > PoolBytes()) {
    return absl::InternalError(fmt::format("D1: handle {:08x} is not at {:#x}",
                                           record.handle(), address));
  }
  return absl::OkStatus();
}

void StackDepot::RestoreState(const State& state) {
  state_ = state;
  memo_.Clear();
  pool_contents_.clear();
  for (const Pfn pool : state_.pools) {
    pool_contents_.push_back(memory_.Frame(pool));
  }
}

}  // namespace pagelab
