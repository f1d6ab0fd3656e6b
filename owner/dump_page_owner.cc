// What a bug report says about the owner of a page.

#include <string>

#include "pagelab/base/text.h"
#include "pagelab/owner/page_owner.h"

namespace pagelab {
namespace {

std::string_view TypeName(const PageOwner& owner,
                          const PageOwnerRecord& record) {
  if (owner.state().policy.page_group_by_mobility_disabled) {
    return ToString(Migratetype::kUnmovable);
  }
  return ToString(EraMigratetype(*owner.text().gfp, record.gfp_mask));
}

// "order 0, migratetype Movable, gfp_mask 0x140cca(GFP_...)", and who and when
// where the version says so.
void AppendAllocation(std::string& out, const PageOwner& owner,
                      const PageOwnerRecord& record) {
  out += "allocated via order ";
  AppendDecimal(out, record.order);
  out += ", migratetype ";
  out += TypeName(owner, record);
  out += ", gfp_mask 0x";
  AppendHex(out, record.gfp_mask);
  out += '(';
  AppendEraGfp(out, *owner.text().gfp, record.gfp_mask);
  out += ')';
  if (owner.text().dump_page_ids) {
    out += ", pid ";
    AppendSigned(out, record.pid);
    out += ", tgid ";
    AppendSigned(out, record.tgid);
    out += " (";
    out += record.comm_text();
    out += "), ts ";
    AppendDecimal(out, record.ts_nsec);
    out += ", free_ts ";
    AppendDecimal(out, record.free_ts_nsec);
  }
  out += '\n';
}

void AppendFree(std::string& out, const PageOwner& owner,
                const PageOwnerRecord& record) {
  if (record.free_handle == 0) {
    out += "page_owner free stack trace missing\n";
    return;
  }
  out += "page last free ";
  if (owner.text().dump_page_free_ids) {
    out += "pid ";
    AppendSigned(out, record.free_pid);
    out += " tgid ";
    AppendSigned(out, record.free_tgid);
    out += ' ';
  }
  out += "stack trace:\n";
  owner.AppendStack(out, StackHandle(record.free_handle));
}

void AppendMigrated(std::string& out, const PageOwner& owner,
                    const PageOwnerRecord& record) {
  const auto& reasons = owner.text().migrate_reasons;
  const auto reason = static_cast<size_t>(record.last_migrate_reason);
  if (record.last_migrate_reason < 0 || reason >= reasons.size()) return;
  out += "page has been migrated, last migrate reason: ";
  out += reasons[reason];
  out += '\n';
}

// 4.6 to 4.8: only of a page that is allocated.
void AppendAllocationOnly(std::string& out, const PageOwner& owner, Pfn pfn,
                          const PageOwner::Entry& entry) {
  if (!entry.recorded()) {
    out += "page_owner info is not active (free page?)\n";
    return;
  }
  out += "page ";
  AppendAllocation(out, owner, *entry.record);
  owner.AppendStackOf(out, pfn, *entry.record);
  AppendMigrated(out, owner, *entry.record);
}

void AppendAllocationAndFree(std::string& out, const PageOwner& owner,
                             const PageOwner::Entry& entry) {
  if (!entry.recorded()) {
    out += "page_owner info is not present (never set?)\n";
    return;
  }
  const PageOwnerRecord& record = *entry.record;
  out += entry.allocated() ? "page_owner tracks the page as allocated\n"
                           : "page_owner tracks the page as freed\n";
  out += "page last ";
  AppendAllocation(out, owner, record);
  if (record.handle == 0) {
    out += "page_owner allocation stack trace missing\n";
  } else {
    owner.AppendStack(out, StackHandle(record.handle));
  }
  AppendFree(out, owner, record);
  AppendMigrated(out, owner, record);
}

}  // namespace

// Kernel counterpart: __dump_page_owner() (page-ext-owner-depot.md 8).
void PageOwner::OnDumpPage(Pfn pfn, std::string& out) {
  if (text().dump_page == DumpPageStyle::kNone) return;
  const Entry entry = EntryAt(pfn);
  if (!entry.record.has_value()) {
    out += "There is not page extension available.\n";
  } else if (text().dump_page == DumpPageStyle::kAllocation) {
    AppendAllocationOnly(out, *this, pfn, entry);
  } else {
    AppendAllocationAndFree(out, *this, entry);
  }
}

}  // namespace pagelab
