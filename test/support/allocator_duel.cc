#include "pagelab/test/support/allocator_duel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/verify.h"

namespace pagelab {
namespace {

using Kind = Operation::Kind;

constexpr const char* kKindNames[] = {
    "kAlloc",      "kFree",     "kFreeFolios",   "kTakeReference",
    "kSplit",      "kExact",    "kBulk",         "kSetLru",
    "kDrainPages", "kDrainAll", "kVmstatUpdate", "kReclaimActive",
    "kPcpLocked",  "kUnreserve"};

int RandomOrder(Random& random) {
  const uint64_t roll = random.Uniform(100);
  if (roll < 50) return 0;
  if (roll < 80) return static_cast<int>(random.UniformBetween(1, 3));
  if (roll < 88) return 9;
  return static_cast<int>(random.UniformBetween(4, 10));
}

}  // namespace

std::string ToString(const Operation& operation) {
  return fmt::format(
      "{{.kind = Operation::Kind::{}, .gfp = {:#x}, .order = {}, .cpu = {}, "
      ".node = {}, .number = {}}},",
      kKindNames[static_cast<int>(operation.kind)], operation.gfp,
      operation.order, operation.cpu, operation.node, operation.number);
}

AllocatorDuel::Tally& AllocatorDuel::Tally::operator+=(const Tally& other) {
  allocations += other.allocations;
  failures += other.failures;
  whole_claims += other.whole_claims;
  claims += other.claims;
  steals += other.steals;
  drains += other.drains;
  highatomic += other.highatomic;
  boosts += other.boosts;
  cma += other.cma;
  return *this;
}

AllocatorDuel::AllocatorDuel(TinyMachine& machine, Watch watch)
    : machine_(machine), model_(*machine.state), watch_(watch) {
  if (watch == Watch::kYes) machine.Record();
}

uint32_t AllocatorDuel::RandomGfp(Random& random) {
  constexpr uint32_t kBases[] = {0xcc0, 0x100cca, 0x820, 0xcd0, 0x800, 0xc40};
  constexpr uint32_t kExtras[] = {0x1,     0x4,     0x8,     0x4000,   0x8000,
                                  0x10000, 0x20000, 0x80000, 0x200000, 0x20};
  uint32_t gfp = kBases[random.Uniform(std::size(kBases))] | 0x2000;
  if (random.Bernoulli(0.5)) gfp |= 0x40000;
  if (random.Bernoulli(0.3)) gfp |= kExtras[random.Uniform(std::size(kExtras))];
  return gfp;
}

Operation AllocatorDuel::Next(Random& random, const Mood& mood) {
  Operation operation;
  const auto nr_cpus = static_cast<uint64_t>(machine_.state->nr_cpus);
  const auto nr_nodes = static_cast<uint64_t>(machine_.state->nr_nodes);
  operation.cpu = static_cast<int>(random.Uniform(nr_cpus));
  if (random.Bernoulli(0.3)) {
    operation.node = static_cast<int>(random.Uniform(nr_nodes));
  }
  operation.gfp = RandomGfp(random);
  operation.order = std::min(RandomOrder(random), mood.largest_order);
  operation.number = random.Uniform(1u << 20);
  if (random.Bernoulli(mood.greed)) {
    const uint64_t roll = random.Uniform(20);
    operation.kind = roll < 15   ? Kind::kAlloc
                     : roll < 17 ? Kind::kExact
                                 : Kind::kBulk;
    operation.number = 1 + random.Uniform(60);
    return operation;
  }
  constexpr Kind kOthers[] = {
      Kind::kTakeReference, Kind::kSplit,        Kind::kSplit,
      Kind::kSetLru,        Kind::kSetLru,       Kind::kSetLru,
      Kind::kDrainPages,    Kind::kVmstatUpdate, Kind::kReclaimActive,
      Kind::kPcpLocked,     Kind::kUnreserve,    Kind::kDrainAll};
  const uint64_t roll = random.Uniform(40);
  operation.kind = roll < std::size(kOthers) ? kOthers[roll]
                   : roll < 18               ? Kind::kFreeFolios
                                             : Kind::kFree;
  return operation;
}

void AllocatorDuel::Remove(size_t index) {
  live_[index] = live_.back();
  live_.pop_back();
}

Zone& AllocatorDuel::ZoneFor(uint64_t number) {
  std::vector<Zone*> populated;
  for (Zone& zone : machine_.state->all_zones()) {
    if (zone.populated()) populated.push_back(&zone);
  }
  return *populated[number % populated.size()];
}

void AllocatorDuel::Allocated(const Operation& operation, uint64_t found,
                              const ReferenceAllocator::Result& expected) {
  if (found != expected.value_or(TinyMachine::NoPfn())) {
    difference_ = fmt::format("pfn {:x}, expected {:x}", found,
                              expected.value_or(TinyMachine::NoPfn()));
    return;
  }
  if (expected.has_value()) {
    live_.push_back({found, operation.order, 1,
                     operation.order > 0 && (operation.gfp & 0x40000) != 0});
  }
}

void AllocatorDuel::FreeOne(size_t index) {
  Live& block = live_[index];
  model_.Free(block.pfn, block.order);
  const bool lru = TakeOffLru(block.pfn);
  if (!machine_.FreeBlock(block.pfn, block.order)) difference_ = "free refused";
  if (--block.references == 0) {
    Remove(index);
    return;
  }
  // All pages but the first may be gone.
  if (!block.compound) block.order = 0;
  if (lru) PutOnLru(block.pfn);
}

void AllocatorDuel::FreeFolios(size_t first, size_t count) {
  std::vector<std::pair<uint64_t, int>> folios;
  std::vector<PageAllocator::Folio> real;
  for (size_t i = 0; i < count && first < live_.size(); ++i) {
    const Live& block = live_[first];
    if (block.references != 1) {
      ++first;
      continue;
    }
    folios.emplace_back(block.pfn, block.order);
    TakeOffLru(block.pfn);
    real.push_back({machine_.page(block.pfn), Order(block.order)});
    Remove(first);
  }
  model_.FreeFolios(folios);
  machine_.allocator->FreeFolios(machine_.context, real);
}

void AllocatorDuel::Split(size_t index, int new_order) {
  const Live block = live_[index];
  if (block.references != 1 || new_order >= block.order) return;
  model_.Split(block.pfn, block.order, new_order);
  const bool lru = TakeOffLru(block.pfn);
  machine_.allocator->SplitPage(machine_.page(block.pfn), Order(block.order),
                                Order(new_order));
  Remove(index);
  for (uint64_t i = 0; i < uint64_t{1} << block.order;
       i += uint64_t{1} << new_order) {
    live_.push_back(
        {block.pfn + i, new_order, 1, block.compound && new_order > 0});
    if (lru) PutOnLru(block.pfn + i);
  }
}

void AllocatorDuel::Exact(const Operation& operation) {
  const auto expected =
      model_.Exact(operation.gfp, operation.node, operation.number);
  const uint64_t found = machine_.PfnOf(machine_.allocator->AllocPagesExact(
      machine_.context,
      {.gfp = Gfp(operation.gfp),
       .order = Order(0),
       .node = operation.node < 0 ? NodeId() : NodeId(operation.node)},
      PageCount(operation.number)));
  if (found != expected.value_or(TinyMachine::NoPfn())) {
    difference_ = fmt::format("exact pages from {:x}", found);
  } else if (expected.has_value()) {
    for (uint64_t i = 0; i < operation.number; ++i) {
      live_.push_back({found + i, 0});
    }
  }
}

void AllocatorDuel::Bulk(const Operation& operation) {
  const auto count = static_cast<size_t>(operation.number);
  const std::vector<uint64_t> expected =
      model_.Bulk(operation.gfp, operation.node, count);
  std::vector<Page*> pages(count);
  pages.resize(machine_.allocator->AllocPagesBulk(
      machine_.context,
      {.gfp = Gfp(operation.gfp),
       .order = Order(0),
       .node = operation.node < 0 ? NodeId() : NodeId(operation.node)},
      absl::MakeSpan(pages)));
  std::vector<uint64_t> found;
  for (const Page* page : pages) {
    found.push_back(machine_.PfnOf(page));
    live_.push_back({found.back(), 0});
  }
  if (found != expected) {
    difference_ = fmt::format("bulk {}, expected {}", found, expected);
  }
}

void AllocatorDuel::SetLru(size_t first) {
  // A stretch of blocks, so that whole pageblocks become movable.
  for (size_t i = first; i < std::min(first + 40, live_.size()); ++i) {
    TakeOffLru(live_[i].pfn);
    PutOnLru(live_[i].pfn);
    model_.SetLru(live_[i].pfn, true);
  }
}

void AllocatorDuel::PutOnLru(uint64_t pfn) {
  Page& page = *machine_.page(pfn);
  AddToLru(*machine_.state, page, PageCount(page.order().pages()));
}

bool AllocatorDuel::TakeOffLru(uint64_t pfn) {
  Page& page = *machine_.page(pfn);
  if (!page.flags.Has(page_flag::kLru)) return false;
  RemoveFromLru(*machine_.state, page, PageCount(page.order().pages()));
  return true;
}

void AllocatorDuel::Unreserve(const Operation& operation) {
  AllocatorState& state = *machine_.state;
  const int node = operation.cpu == 0 ? 0 : state.nr_nodes - 1;
  const AllocRequest request{
      .gfp = gfp::kHighuserMovable, .order = Order(0), .node = NodeId(node)};
  const AllocControl ac =
      ControlFor(state, machine_.context, request, request.gfp);
  const bool force = operation.number % 2 == 0;
  if (machine_.allocator->UnreserveHighatomic(ac, force,
                                              machine_.context.cpu) !=
      model_.Unreserve(node, 3, Index(ac.type), force)) {
    difference_ = "unreserve";
  }
}

void AllocatorDuel::Apply(const Operation& operation) {
  if (operation.kind == Kind::kAlloc) {
    const auto expected =
        model_.Alloc(operation.gfp, operation.order, operation.node);
    Allocated(
        operation,
        machine_.Alloc(Gfp(operation.gfp), operation.order, operation.node),
        expected);
  } else if (operation.kind == Kind::kExact) {
    Exact(operation);
  } else if (operation.kind == Kind::kBulk) {
    Bulk(operation);
  } else if (operation.kind >= Kind::kDrainPages) {
    ApplyToZone(operation, ZoneFor(operation.number));
  } else if (!live_.empty()) {
    ApplyToBlock(operation, operation.number % live_.size());
  }
}

void AllocatorDuel::ApplyToBlock(const Operation& operation, size_t index) {
  switch (operation.kind) {
    case Kind::kFree:
      FreeOne(index);
      break;
    case Kind::kFreeFolios:
      FreeFolios(index, 1 + operation.number % 31);
      break;
    case Kind::kTakeReference:
      ++live_[index].references;
      ++machine_.page(live_[index].pfn)->refcount;
      model_.TakeReference(live_[index].pfn);
      break;
    case Kind::kSplit:
      Split(index, operation.order);
      break;
    case Kind::kSetLru:
      SetLru(index);
      break;
    default:
      break;
  }
}

void AllocatorDuel::ApplyToZone(const Operation& operation, Zone& zone) {
  PageAllocator& real = *machine_.allocator;
  ExecutionContext& context = machine_.context;
  bool& locked = zone.pcp[operation.cpu].locked;
  switch (operation.kind) {
    case Kind::kDrainPages:
      real.DrainPages(context, zone, context.cpu);
      model_.DrainPages(zone.id, operation.cpu);
      break;
    case Kind::kDrainAll:
      real.DrainAllPages(context);
      model_.DrainAll();
      break;
    case Kind::kVmstatUpdate:
      real.VmstatUpdate(context, context.cpu);
      model_.VmstatUpdate(operation.cpu);
      break;
    case Kind::kReclaimActive:
      zone.flags ^= kZoneReclaimActive;
      model_.SetReclaimActive(zone.id, (zone.flags & kZoneReclaimActive) != 0);
      break;
    case Kind::kPcpLocked:
      locked = !locked;
      model_.SetPcpLocked(zone.id, operation.cpu, locked);
      break;
    case Kind::kUnreserve:
      Unreserve(operation);
      break;
    default:
      break;
  }
}

void AllocatorDuel::Count(const std::string& event) {
  const auto starts = [&](const char* text) {
    return event.rfind(text, 0) == 0;
  };
  if (starts("alloc failed")) {
    ++tally_.failures;
  } else if (starts("alloc")) {
    ++tally_.allocations;
  } else if (starts("drain")) {
    ++tally_.drains;
  } else if (starts("locked") && event.find("mt 4") != std::string::npos) {
    ++tally_.cma;
  } else if (starts("extfrag")) {
    const int pageblock_order = machine_.memory->geometry().pageblock_order;
    const int from = std::atoi(&event[event.find("from") + 5]);
    if (event.back() == '0') {
      ++tally_.steals;
    } else if (from >= pageblock_order) {
      ++tally_.whole_claims;
    } else {
      ++tally_.claims;
    }
  }
}

std::string AllocatorDuel::Perform(const Operation& operation) {
  difference_.clear();
  machine_.context.cpu = CpuId(operation.cpu);
  model_.cpu = operation.cpu;
  Apply(operation);
  const std::vector<std::string> found = machine_.trace.Take();
  const std::vector<std::string> expected = model_.TakeEvents();
  for (const std::string& event : expected) Count(event);
  for (const Zone& zone : machine_.state->all_zones()) {
    tally_.highatomic += zone.nr_reserved_highatomic > 0 ? 1 : 0;
    tally_.boosts += zone.watermark_boost > 0 ? 1 : 0;
  }
  if (!difference_.empty()) return difference_;
  if (watch_ == Watch::kYes && found != expected) {
    return fmt::format("events {}, expected {}", found, expected);
  }
  if (std::string text = model_.Difference(*machine_.state); !text.empty()) {
    return text;
  }
  const std::vector<std::string> findings = Verify(*machine_.state);
  return findings.empty() ? "" : findings.front();
}

std::string AllocatorDuel::FreeEverything() {
  for (Zone& zone : machine_.state->all_zones()) {
    for (int cpu = 0; zone.populated() && cpu < machine_.state->nr_cpus;
         ++cpu) {
      zone.pcp[cpu].locked = false;
      model_.SetPcpLocked(zone.id, cpu, false);
    }
  }
  while (!live_.empty()) {
    const std::string difference =
        Perform({.kind = Kind::kFree, .number = live_.size() - 1});
    if (!difference.empty()) return difference;
  }
  for (int cpu = 0; cpu < machine_.state->nr_cpus; ++cpu) {
    const std::string difference =
        Perform({.kind = Kind::kVmstatUpdate, .cpu = cpu});
    if (!difference.empty()) return difference;
  }
  return Perform({.kind = Kind::kDrainAll});
}

}  // namespace pagelab
