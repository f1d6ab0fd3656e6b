#include "pagelab/bench/yardstick_buddy.h"

#include "pagelab/base/check.h"

namespace pagelab {

YardstickBuddy::YardstickBuddy(uint32_t frames)
    : lists_(frames), frames_(frames + kMaxOrder + 1) {
  constexpr uint32_t kBlock = 1 << kMaxOrder;
  PAGELAB_CHECK(frames % kBlock == 0);
  for (int order = 0; order <= kMaxOrder; ++order) {
    const uint32_t list = lists_ + order;
    frames_[list].next = frames_[list].prev = list;
  }
  // The lowest is linked last and handed out first.
  for (uint32_t head = frames; head != 0;) Link(head -= kBlock, kMaxOrder);
}

void YardstickBuddy::Link(uint32_t head, int order) {
  const uint32_t list = lists_ + order;
  Frame& frame = frames_[head];
  frame.next = frames_[list].next;
  frame.prev = list;
  frame.free_order = order;
  frames_[frame.next].prev = head;
  frames_[list].next = head;
  ++nr_free_[order];
}

void YardstickBuddy::Unlink(uint32_t head, int order) {
  Frame& frame = frames_[head];
  frames_[frame.prev].next = frame.next;
  frames_[frame.next].prev = frame.prev;
  frame.free_order = -1;
  --nr_free_[order];
}

uint32_t YardstickBuddy::Get(int order) {
  int found = order;
  while (nr_free_[found] == 0) {
    if (++found > kMaxOrder) return kNone;
  }
  const uint32_t head = frames_[lists_ + found].next;
  Unlink(head, found);
  while (found > order) {
    --found;
    Link(head + (1u << found), found);
  }
  return head;
}

void YardstickBuddy::Put(uint32_t head, int order) {
  for (; order < kMaxOrder; ++order) {
    const uint32_t buddy = head ^ 1u << order;
    if (frames_[buddy].free_order != order) break;
    Unlink(buddy, order);
    head &= ~(1u << order);
  }
  Link(head, order);
}

}  // namespace pagelab
