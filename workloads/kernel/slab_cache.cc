#include "pagelab/workloads/kernel/slab_cache.h"

#include <utility>

#include "pagelab/base/check.h"

namespace pagelab {

SlabCache::SlabCache(const SlabCacheSpec& spec, const Shape& shape)
    : spec_(&spec),
      geometry_(SlabGeometryOf(spec.size, shape.nr_cpus)),
      smallest_(SmallestSlab(spec.size)),
      min_partial_(SlabMinPartial(spec.size)),
      cpu_partial_(SlabCpuPartial(spec.size, geometry_.objects)),
      cpus_(static_cast<size_t>(shape.nr_cpus)),
      partial_(static_cast<size_t>(shape.nr_nodes)) {}

void SlabCache::Append(List& list, SlabIndex slab) {
  Slab& at = slabs_[slab];
  at.prev = list.tail;
  at.next = kNone;
  if (list.tail != kNone) {
    slabs_[list.tail].next = slab;
  } else {
    list.head = slab;
  }
  list.tail = slab;
  ++list.size;
}

void SlabCache::Unlink(List& list, SlabIndex slab) {
  const Slab& at = slabs_[slab];
  (at.prev != kNone ? slabs_[at.prev].next : list.head) = at.next;
  (at.next != kNone ? slabs_[at.next].prev : list.tail) = at.prev;
  --list.size;
}

bool SlabCache::Refill(Cpu& cpu, NodeId node) {
  if (!cpu.partial.empty()) {
    cpu.slab = cpu.partial.back();
    cpu.partial.pop_back();
    slabs_[cpu.slab].place = Place::kCpu;
    return true;
  }
  // One to use, and some more to have at hand (get_partial_node()).
  List& list = partial_[static_cast<size_t>(node.value())];
  uint32_t taken = 0;
  while (list.head != kNone) {
    const SlabIndex slab = list.head;
    Unlink(list, slab);
    if (cpu.slab == kNone) {
      cpu.slab = slab;
      slabs_[slab].place = Place::kCpu;
      continue;
    }
    cpu.partial.push_back(slab);
    slabs_[slab].place = Place::kCpuPartial;
    if (++taken > cpu_partial_ / 2) break;
  }
  return cpu.slab != kNone;
}

std::optional<SlabIndex> SlabCache::Take(CpuId cpu, NodeId node) {
  Cpu& own = cpus_[static_cast<size_t>(cpu.value())];
  if (own.slab != kNone && slabs_[own.slab].full()) {
    slabs_[own.slab].place = Place::kFull;
    own.slab = kNone;
  }
  if (own.slab == kNone && !Refill(own, node)) return std::nullopt;
  Slab& slab = slabs_[own.slab];
  ++slab.in_use;
  ++nr_in_use_;
  return own.slab;
}

void SlabCache::AddSlab(CpuId cpu, const Block& block) {
  SlabIndex index = static_cast<SlabIndex>(slabs_.size());
  if (!unused_.empty()) {
    index = unused_.back();
    unused_.pop_back();
  } else {
    slabs_.emplace_back();
  }
  Slab& slab = slabs_[index];
  slab = Slab();
  slab.head = block.head;
  slab.objects = block.geometry.objects;
  slab.order = block.geometry.order;
  slab.node = block.node;
  slab.place = Place::kCpu;
  ++nr_slabs_;
  nr_objects_ += slab.objects;
  nr_pages_ += slab.order.pages();
  Cpu& own = cpus_[static_cast<size_t>(cpu.value())];
  if (own.slab != kNone) {
    // Objects came back while the slab was asked for.
    if (slabs_[own.slab].full()) {
      slabs_[own.slab].place = Place::kFull;
    } else {
      slabs_[own.slab].place = Place::kCpuPartial;
      own.partial.push_back(own.slab);
    }
  }
  own.slab = index;
}

void SlabCache::Drop(SlabIndex index, std::vector<Pfn>& gone) {
  Slab& slab = slabs_[index];
  gone.push_back(slab.head);
  --nr_slabs_;
  nr_objects_ -= slab.objects;
  nr_pages_ -= slab.order.pages();
  slab.place = Place::kGone;
  unused_.push_back(index);
}

void SlabCache::ToNode(SlabIndex index, std::vector<Pfn>& gone) {
  Slab& slab = slabs_[index];
  List& list = partial_[static_cast<size_t>(slab.node.value())];
  if (slab.in_use == 0 && list.size >= min_partial_) {
    Drop(index, gone);
    return;
  }
  slab.place = Place::kNodePartial;
  Append(list, index);
}

void SlabCache::ToCpuPartial(Cpu& cpu, SlabIndex slab, std::vector<Pfn>& gone) {
  if (cpu.partial.size() >= cpu_partial_) {
    for (size_t i = cpu.partial.size(); i-- > 0;) ToNode(cpu.partial[i], gone);
    cpu.partial.clear();
  }
  slabs_[slab].place = Place::kCpuPartial;
  cpu.partial.push_back(slab);
}

void SlabCache::Put(CpuId cpu, SlabIndex index, std::vector<Pfn>& gone) {
  Slab& slab = slabs_[index];
  PAGELAB_CHECK(slab.in_use > 0);
  --slab.in_use;
  --nr_in_use_;
  switch (slab.place) {
    case Place::kFull:
      ToCpuPartial(cpus_[static_cast<size_t>(cpu.value())], index, gone);
      break;
    case Place::kNodePartial: {
      List& list = partial_[static_cast<size_t>(slab.node.value())];
      if (slab.in_use > 0 || list.size < min_partial_) break;
      Unlink(list, index);
      Drop(index, gone);
      break;
    }
    case Place::kCpu:
    case Place::kCpuPartial:
      break;
    case Place::kGone:
      PAGELAB_CHECK(false);
  }
}

void SlabCache::Shrink(std::vector<Pfn>& gone) {
  for (Cpu& cpu : cpus_) {
    if (cpu.slab != kNone) {
      if (slabs_[cpu.slab].full()) {
        slabs_[cpu.slab].place = Place::kFull;
      } else {
        ToNode(cpu.slab, gone);
      }
      cpu.slab = kNone;
    }
    for (const SlabIndex slab : cpu.partial) ToNode(slab, gone);
    cpu.partial.clear();
  }
  for (List& list : partial_) {
    SlabIndex next = kNone;
    for (SlabIndex slab = list.head; slab != kNone; slab = next) {
      next = slabs_[slab].next;
      if (slabs_[slab].in_use > 0) continue;
      Unlink(list, slab);
      Drop(slab, gone);
    }
  }
}

uint64_t SlabCache::nr_active() const {
  uint64_t free = 0;
  for (const List& list : partial_) {
    for (SlabIndex at = list.head; at != kNone; at = slabs_[at].next) {
      free += slabs_[at].objects - slabs_[at].in_use;
    }
  }
  return nr_objects_ - free;
}

uint64_t SlabCache::nr_node_partial() const {
  uint64_t count = 0;
  for (const List& list : partial_) count += list.size;
  return count;
}

}  // namespace pagelab
