#include "pagelab/report/explain/record_sentences.h"

#include "fmt/format.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/base/text.h"
#include "pagelab/report/explain/block_moves.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

constexpr char kSpec[] = "page-ext-owner-depot.md ";

Sentence Rule(std::string text, std::string function,
              std::string_view section) {
  return {std::move(text), std::move(function), kSpec + std::string(section)};
}

// "2.500003 s".
std::string SecondsText(uint64_t ns) {
  constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;
  return fmt::format("{}.{:06} s", ns / kNanosecondsPerSecond,
                     ns % kNanosecondsPerSecond / 1000);
}

Sentence RecordSentence(Pfn pfn, const PageOwner::Entry& entry) {
  const PageOwnerRecord& record = *entry.record;
  const std::string mask = ToString(Gfp(record.gfp_mask));
  std::string text = fmt::format(
      "page_owner has for {}: order {}, mask {:#x}({}), by {} (pid {}, tgid "
      "{}) at {}; {}.",
      PfnText(pfn), record.order, record.gfp_mask, mask, record.comm_text(),
      record.pid, record.tgid, SecondsText(record.ts_nsec),
      entry.allocated()
          ? "allocated still"
          : fmt::format("freed at {} by pid {}",
                        SecondsText(record.free_ts_nsec), record.free_pid));
  return Rule(std::move(text), "__set_page_owner()", "4.1");
}

Sentence DummySentence(const PageOwnerRecord& record) {
  const bool is_slab = Gfp(record.gfp_mask).Has(gfp::kComp);
  return Rule(
      fmt::format(
          "Its stack is the dummy one: page_owner itself asked for the page "
          "while it recorded another allocation, {}. To record that in turn "
          "would ask for more memory, and so on; the task's mark "
          "in_page_owner cuts the circle.",
          is_slab ? "for a node of its list of stacks (a slab page)"
                  : "for a pool of the stack depot"),
      "save_stack(), register_dummy_stack()", "4.6");
}

Sentence FailureSentence() {
  return Rule(
      "Its stack is the failure one: the stack depot did not store the stack. "
      "It is full (its pools are used up), or there was no memory for another "
      "pool that this request could have waited for. Who asked and when is "
      "recorded all the same.",
      "save_stack(), stack_depot_save_flags(), register_failure_stack()",
      "4.6, 10.5");
}

Sentence EarlySentence() {
  return Rule(
      "Its stack is the early one: the page was allocated before page_owner "
      "started, and was found when it did, by a walk over all pages that are "
      "neither free nor reserved. So order, mask, task and time are those of "
      "the walk (order 0, no mask, the boot task), whatever the allocation "
      "was.",
      "init_early_allocated_pages(), register_early_stack()", "5");
}

Sentence MovedAwaySentence() {
  return Rule(
      "The contents moved away to another frame, and the two frames swapped "
      "their stacks: mask, task and time are those of this frame's "
      "allocation, but the stack is that of the request for the other frame. "
      "The free of this frame is subtracted from that stack's pages, while "
      "those of the first stack stay counted for the frame that holds the "
      "contents now.",
      "__folio_copy_owner()", "4.4");
}

Sentence NoStackSentence() {
  return Rule("It has no stack: the stack depot is turned off.",
              "stack_depot_save_flags()", "10.5");
}

Sentence NeverRecorded(const Machine& machine, Pfn pfn) {
  const FrameExtent extent = ExtentAt(machine.state(), pfn);
  if (extent.kind == FrameExtent::Kind::kReserved) {
    return Rule(
        "page_owner has no record of it: the frame is reserved (firmware, the "
        "kernel's image, what boot took before the page allocator existed) "
        "and never passes through the page allocator.",
        "init_pages_in_zone()", "4.5, 5");
  }
  return Rule(
      "page_owner has no record of it: nobody has allocated it since "
      "page_owner started, and it was free then.",
      "", "4.5");
}

// Why the stack is none of a caller's; nothing where it is one.
std::vector<Sentence> SpecialStackSentences(const PageOwner& owner, Pfn pfn,
                                            const PageOwnerRecord& record) {
  if (owner.IsEarly(pfn, record)) return {EarlySentence()};
  if (owner.has_inline_frames()) return {};
  const StackHandle stack(record.handle);
  if (!stack.valid()) return {NoStackSentence()};
  if (stack == owner.dummy_handle()) return {DummySentence(record)};
  if (stack == owner.failure_handle()) return {FailureSentence()};
  return {};
}

}  // namespace

std::vector<Sentence> RecordSentences(Machine& machine, Pfn pfn,
                                      bool has_other_stack) {
  const PageOwner* owner = machine.page_owner();
  if (owner == nullptr || !owner->inited()) {
    return {
        Rule("page_owner is off on this machine (page_owner=on turns it "
             "on): it has recorded nothing.",
             "init_page_owner()", "2")};
  }
  const PageOwner::Entry entry = owner->EntryAt(pfn);
  if (!entry.record.has_value()) {
    return {
        Rule("The section of the frame has no page_ext table, so nothing "
             "is recorded for it.",
             "page_ext_get()", "1.6, 4.5")};
  }
  if (!entry.recorded()) return {NeverRecorded(machine, pfn)};
  const PageOwnerRecord& record = *entry.record;
  std::vector<Sentence> out = {RecordSentence(pfn, entry)};
  for (Sentence& sentence : SpecialStackSentences(*owner, pfn, record)) {
    out.push_back(std::move(sentence));
  }
  const auto& reasons = owner->text().migrate_reasons;
  const auto reason = static_cast<size_t>(record.last_migrate_reason);
  if (record.last_migrate_reason >= 0 && reason < reasons.size()) {
    out.push_back(Rule(
        fmt::format("The contents came here from another frame ({}), and the "
                    "record came with them: time, task and stack are those of "
                    "the first allocation, not of this frame's.",
                    reasons[reason]),
        "__folio_copy_owner()", "4.4"));
  }
  if (has_other_stack) out.push_back(MovedAwaySentence());
  if (entry.allocated() && record.order <= kMaxPageOrder &&
      !pfn.IsAlignedTo(Order(record.order))) {
    out.push_back(
        Rule(fmt::format("It is inside a block: the file page_owner prints the "
                         "block once, at its first frame {}.",
                         PfnText(AlignDown(pfn, Order(record.order)))),
             "read_page_owner()", "6.1"));
  }
  return out;
}

}  // namespace pagelab
