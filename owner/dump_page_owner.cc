// What a bug report says about the owner of a page.

#include <string>

#include "pagelab/alloc/gfp.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/page_owner.h"

namespace pagelab {
namespace {

void AppendAllocation(std::string& out, const PageOwnerRecord& record,
                      std::string_view type) {
  out += "page last allocated via order ";
  AppendDecimal(out, record.order);
  out += ", migratetype ";
  out += type;
  out += ", gfp_mask 0x";
  AppendHex(out, record.gfp_mask);
  out += '(';
  AppendGfp(out, Gfp(record.gfp_mask));
  out += "), pid ";
  AppendSigned(out, record.pid);
  out += ", tgid ";
  AppendSigned(out, record.tgid);
  out += " (";
  out += record.comm_text();
  out += "), ts ";
  AppendDecimal(out, record.ts_nsec);
  out += ", free_ts ";
  AppendDecimal(out, record.free_ts_nsec);
  out += '\n';
}

}  // namespace

// Kernel counterpart: __dump_page_owner() (page-ext-owner-depot.md 8).
void PageOwner::OnDumpPage(Pfn pfn, std::string& out) {
  const Entry entry = EntryAt(pfn);
  if (!entry.record.has_value()) {
    out += "There is not page extension available.\n";
    return;
  }
  if (!entry.recorded()) {
    out += "page_owner info is not present (never set?)\n";
    return;
  }
  const PageOwnerRecord& record = *entry.record;
  out += entry.allocated() ? "page_owner tracks the page as allocated\n"
                           : "page_owner tracks the page as freed\n";
  AppendAllocation(out, record,
                   ToString(state_.policy.page_group_by_mobility_disabled
                                ? Migratetype::kUnmovable
                                : MigratetypeOf(Gfp(record.gfp_mask))));
  if (record.handle == 0) {
    out += "page_owner allocation stack trace missing\n";
  } else {
    AppendStack(out, StackHandle(record.handle));
  }
  if (record.free_handle == 0) {
    out += "page_owner free stack trace missing\n";
  } else {
    out += "page last free pid ";
    AppendSigned(out, record.free_pid);
    out += " tgid ";
    AppendSigned(out, record.free_tgid);
    out += " stack trace:\n";
    AppendStack(out, StackHandle(record.free_handle));
  }
  if (record.last_migrate_reason >= 0) {
    out += "page has been migrated, last migrate reason: ";
    out += ToString(MigrateReason(record.last_migrate_reason));
    out += '\n';
  }
}

}  // namespace pagelab
