#include "pagelab/pageext/page_table_check.h"

#include <cstring>
#include <string>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

using Counts = PageTableCheck::Counts;

// Why one more entry of that kind may not be; empty: it may.
std::string_view WrongToMap(Counts counts,
                            const PageTableCheck::Mapping& mapping) {
  if (mapping.kind == MappingKind::kFile) {
    return counts.anon != 0 ? "mapped as a file while mapped as anonymous" : "";
  }
  if (counts.file != 0) return "mapped as anonymous while mapped as a file";
  if (mapping.writable && counts.anon > 0) {
    return "a second mapping of an anonymous page is writable";
  }
  return "";
}

std::string_view WrongToUnmap(Counts counts, MappingKind kind) {
  if (kind == MappingKind::kAnonymous) {
    if (counts.file != 0) return "unmapped as anonymous, mapped as a file";
    return counts.anon <= 0 ? "unmapped as anonymous, not mapped" : "";
  }
  if (counts.anon != 0) return "unmapped as a file, mapped as anonymous";
  return counts.file <= 0 ? "unmapped as a file, not mapped" : "";
}

}  // namespace

PageTableCheck::PageTableCheck(const Dependencies& dependencies, bool enabled)
    : state_(dependencies.state),
      hooks_(dependencies.hooks),
      page_ext_(dependencies.page_ext),
      log_(dependencies.log),
      enabled_(enabled) {
  client_ = page_ext_.AddClient(
      {.name = "page_table_check",
       .size = sizeof(Counts),
       .need_shared_flags = false,
       .need = [this] { return enabled_; },
       .init = [this](ExecutionContext&) { return Init(); }});
}

PageTableCheck::~PageTableCheck() { hooks_.Remove(*this); }

absl::Status PageTableCheck::Init() {
  if (!enabled_) return absl::OkStatus();
  offset_ = *page_ext_.OffsetOf(client_);
  active_ = true;
  return hooks_.Add(HookPlace::kPageTableCheck, *this);
}

Counts PageTableCheck::CountsOf(Pfn pfn) const {
  Counts counts;
  const std::byte* entry = page_ext_.Peek(pfn);
  if (entry != nullptr) std::memcpy(&counts, entry + offset_, sizeof(counts));
  return counts;
}

void PageTableCheck::SetCounts(Pfn pfn, Counts counts) {
  std::byte* entry = page_ext_.Lookup(pfn);
  if (entry != nullptr) std::memcpy(entry + offset_, &counts, sizeof(counts));
}

bool PageTableCheck::Map(const Mapping& mapping) {
  if (!active_) return true;
  const Pfn end = mapping.begin + mapping.pages;
  for (Pfn pfn = mapping.begin; pfn < end; ++pfn) {
    const Counts counts = CountsOf(pfn);
    const std::string_view wrong = WrongToMap(counts, mapping);
    if (wrong.empty()) continue;
    Report(pfn, counts, wrong);
    return false;
  }
  for (Pfn pfn = mapping.begin; pfn < end; ++pfn) {
    Counts counts = CountsOf(pfn);
    ++(mapping.kind == MappingKind::kFile ? counts.file : counts.anon);
    SetCounts(pfn, counts);
  }
  return true;
}

bool PageTableCheck::Unmap(const Mapping& mapping) {
  if (!active_) return true;
  const Pfn end = mapping.begin + mapping.pages;
  for (Pfn pfn = mapping.begin; pfn < end; ++pfn) {
    if (page_ext_.Peek(pfn) == nullptr) continue;
    const Counts counts = CountsOf(pfn);
    const std::string_view wrong = WrongToUnmap(counts, mapping.kind);
    if (wrong.empty()) continue;
    Report(pfn, counts, wrong);
    return false;
  }
  for (Pfn pfn = mapping.begin; pfn < end; ++pfn) {
    Counts counts = CountsOf(pfn);
    --(mapping.kind == MappingKind::kFile ? counts.file : counts.anon);
    SetCounts(pfn, counts);
  }
  return true;
}

void PageTableCheck::OnAlloc(ExecutionContext&, Pfn head, Order order, Gfp) {
  CheckZero(head, order, "handed out while mapped");
}

void PageTableCheck::OnFree(ExecutionContext&, Pfn head, Order order) {
  CheckZero(head, order, "freed while mapped");
}

void PageTableCheck::OnMigrate(ExecutionContext&, Pfn from, Pfn to) {
  const uint64_t pages = state_.memory->PageAt(to)->order().pages();
  for (uint64_t i = 0; i < pages; ++i) {
    SetCounts(to + PageCount(i), CountsOf(from + PageCount(i)));
    SetCounts(from + PageCount(i), Counts());
  }
}

void PageTableCheck::CheckZero(Pfn head, Order order, std::string_view when) {
  bool reported = false;
  for (uint64_t i = 0; i < order.pages(); ++i) {
    const Pfn pfn = head + PageCount(i);
    const Counts counts = CountsOf(pfn);
    if (counts == Counts()) continue;
    if (!reported) Report(pfn, counts, when);
    reported = true;
    SetCounts(pfn, Counts());
  }
}

void PageTableCheck::Report(Pfn pfn, Counts counts, std::string_view why) {
  log_.Printk("------------[ cut here ]------------");
  log_.Printk("kernel BUG at mm/page_table_check.c!");
  std::string line = "page_table_check: pfn 0x";
  AppendHex(line, pfn.value());
  line += ", anon ";
  AppendSigned(line, counts.anon);
  line += " file ";
  AppendSigned(line, counts.file);
  line += ": ";
  line += why;
  log_.Printk(line);
}

}  // namespace pagelab
