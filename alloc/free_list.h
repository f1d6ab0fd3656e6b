#ifndef PAGELAB_ALLOC_FREE_LIST_H_
#define PAGELAB_ALLOC_FREE_LIST_H_

#include <boost/intrusive/list.hpp>
#include <iterator>

#include "pagelab/alloc/page.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// A list of blocks of one order, in the kernel's order. A node stands for one
// block, or, at the largest order, for a run: a block and the never-touched
// blocks that follow it in memory (Page::extra_blocks), which are on the list
// right behind it. So memory that nobody used is a few nodes, and still comes
// off the list block by block in the order the kernel would have linked it.
//
// Links are raw pointers into the machine's arena: copying the arena back
// restores the list.
class FreeList {
 public:
  bool empty() const { return list_.empty(); }
  // The block at the head of the list. REQUIRES: !empty().
  Page& front() { return list_.front(); }
  const Page& front() const { return list_.front(); }
  // The last node: the block at the tail, unless it is a run.
  // REQUIRES: !empty().
  Page& back() { return list_.back(); }

  void PushFront(Page& block) { list_.push_front(block); }
  void PushBack(Page& block) { list_.push_back(block); }

  // Takes `block`, a node of this list, off it; what follows it in its run
  // takes its place.
  void Remove(Page& block) {
    if (block.extra_blocks != 0) [[unlikely]] {
      DetachRunHead(block);
    }
    list_.erase(list_.iterator_to(block));
  }

  // As Remove, for a list that never holds runs.
  void RemoveBlock(Page& block) { list_.erase(list_.iterator_to(block)); }

  // The list that is empty once `block` is off it, or null where it is not.
  // Asks the block: REQUIRES that it is on a list.
  static const FreeList* ListThatHoldsOnly(const Page& block) {
    using Traits = boost::intrusive::list_node_traits<void*>;
    const Traits::const_node_ptr node = &block;
    const Traits::node* next = Traits::get_next(node);
    if (next != Traits::get_previous(node) || block.extra_blocks != 0)
        [[likely]] {
      return nullptr;
    }
    // The neighbour on both sides is the list's own node, its only member.
    static_assert(sizeof(FreeList) == sizeof(Traits::node));
    return reinterpret_cast<const FreeList*>(next);
  }

  // As RemoveBlock, from `first` to the tail.
  void RemoveTail(Page& first) {
    list_.erase(list_.iterator_to(first), list_.end());
  }

  // Everything before `node` goes to the tail.
  void RotateTo(Page& node) {
    list_.splice(list_.end(), list_, list_.begin(), list_.iterator_to(node));
  }

  // Makes `block`, somewhere inside the run headed by `run_head`, a node of
  // its own. Needed before a block is taken from the middle of a run.
  void SplitRun(Page& run_head, Page& block);

  // fn(Page& node) for every node from the head. `fn` must not change the list.
  template <typename Fn>
  void ForEachNode(Fn&& fn) const {
    for (const Page& page : list_) fn(page);
  }
  // Nodes, not blocks.
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  // Is `other` the node in front of `block`, which is one of this list?
  bool IsPrecededBy(const Page& block, const Page& other) const {
    const auto node = list_.iterator_to(block);
    return node != list_.begin() && &*std::prev(node) == &other;
  }

 private:
  using List =
      boost::intrusive::list<Page, boost::intrusive::base_hook<PageHook>,
                             boost::intrusive::constant_time_size<false>>;

  void DetachRunHead(Page& block);

  List list_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_FREE_LIST_H_
