#include "pagelab/workloads/memcg_steps.h"

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

// NAME_MAX of the file systems that show cgroups.
constexpr size_t kMaxName = 255;

bool IsMemcgName(std::string_view text) {
  if (text == MemcgTable::kRoot) return true;
  return !text.empty() && text.size() <= kMaxName &&
         text.find_first_of("/\n") == std::string_view::npos;
}

}  // namespace

ValueType<std::string> MemcgNameType() {
  return PatternType(TextPattern{"the name of a cgroup's directory, or \"/\"",
                                 "^(/|[^/\\n]{1,255})$", &IsMemcgName});
}

ValueType<MemcgOfflineStep> MemcgOfflineType() {
  return Converted<MemcgOfflineStep>(MemcgNameType(), [](std::string name) {
    return MemcgOfflineStep{std::move(name)};
  });
}

void ChargePages(Machine& machine, std::string_view memcg,
                 const KernelRequest::Allocated& allocated, PageCount pages) {
  if (memcg.empty() || memcg == MemcgTable::kRoot) return;
  const MemcgUse use = MemcgUseOf(allocated.flags, allocated.gfp);
  if (use == MemcgUse::kNone) return;
  MemcgTable& table = machine.memcgs();
  const uint32_t index = table.FindOrMake(memcg);
  const auto charged = static_cast<int64_t>(pages.value());
  table.Charge(index, use, charged);
  if (use == MemcgUse::kUser && allocated.flags.Has(page_flag::kSwapbacked)) {
    table.CountAnon(index, charged);
  }
  const MemcgWord word = MemcgWordFor(use, index);
  // A block is charged at its head; pages of alloc_pages_exact() are blocks of
  // their own.
  const uint64_t step = allocated.page->order().pages();
  for (uint64_t i = 0; i < pages.value(); i += step) {
    allocated.page[i].set_memcg(word);
  }
}

void UnchargePages(Machine& machine, Pfn head, PageCount pages) {
  Page* page = machine.memory().PageAt(head);
  const uint64_t step = page->order().pages();
  for (uint64_t i = 0; i < pages.value(); i += step) {
    const MemcgWord word = page[i].memcg();
    if (!word.charged()) continue;
    MemcgTable& table = machine.memcgs();
    const MemcgUse use = MemcgUseOf(word);
    const auto charged = static_cast<int64_t>(step);
    table.Charge(word.memcg(), use, -charged);
    if (use == MemcgUse::kUser && page[i].flags.Has(page_flag::kSwapbacked)) {
      table.CountAnon(word.memcg(), -charged);
    }
    page[i].set_memcg(MemcgWord());
  }
}

absl::Status TakeMemcgOffline(Machine& machine, std::string_view memcg) {
  if (machine.memcgs().SetOffline(memcg)) return absl::OkStatus();
  return InvalidInput("no memory cgroup \"" + std::string(memcg) +
                      "\" is online: nothing was charged to it since the "
                      "start, or its removal");
}

}  // namespace pagelab
