#include "pagelab/owner/sort/compat_fields.h"

#include "pagelab/owner/sort/field_search.h"

namespace pagelab {
CompatFields::CompatFields(const SortPlan& plan, GroupTable& table,
                           std::string* debug)
    : plan_(plan),
      needs_allocator_(plan.needs_allocator()),
      table_(table),
      debug_(debug) {}

bool CompatFields::Add(const CompatBlock& block) {
  SortBlock read;
  read.position = block.position;
  read.head = block.head;
  read.rest = block.rest;
  const bool strict = ReadStrictly(block, read);
  if (!strict && !ReadBySearching(block, read)) return false;
  if (!PassesFilters(read)) return false;
  if (needs_allocator_) read.allocator = AllocatorOf(block, strict);
  table_.Add(read);
  return true;
}

bool CompatFields::ReadStrictly(const CompatBlock& block, SortBlock& read) {
  if (debug_ != nullptr) return false;
  StrictHead head;
  if (!strict_.Parse(block.head, head)) return false;
  const bool has_free_ts = !head.free_ts_digits.empty();
  // The time of allocation must be in front of a comma for these.
  if (!has_free_ts && (plan_.generation == SortGeneration::kLinux517 ||
                       plan_.generation == SortGeneration::kLinux63)) {
    return false;
  }
  read.ts_digits = head.ts_digits;
  read.free_ts_digits = head.free_ts_digits;
  read.ts = head.ts;
  read.free_ts = head.free_ts;
  read.pages = head.pages;
  read.pid = head.pid;
  read.tgid = head.tgid;
  read.name = head.comm;
  read.released = has_free_ts && head.free_ts != 0;
  return true;
}

void CompatFields::SetText(const CompatBlock& block) {
  text_.assign(block.head);
  text_ += block.rest;
  text_ += '\n';
}

void CompatFields::Repeat(const CompatBlock& block) {
  SetText(block);
  table_.Repeat(plan_.generation == SortGeneration::kLinux319 ? 0
                                                              : SearchPages());
}

bool CompatFields::ReadBySearching(const CompatBlock& block, SortBlock& read) {
  // That tool searches for nothing.
  if (plan_.generation == SortGeneration::kLinux319) return true;
  SetText(block);
  found_ts_ = {};
  found_free_ts_ = {};
  bool good = true;
  switch (plan_.generation) {
    case SortGeneration::kLinux517:
      good = SearchFor517(read);
      break;
    case SortGeneration::kLinux63:
      good = SearchFor63(read);
      break;
    default:
      good = SearchFor612(read);
      break;
  }
  if (good) PlaceTimes(block, read);
  return good;
}

void CompatFields::SearchTask(SortBlock& read) {
  read.pid = SearchPid();
  read.tgid = SearchTgid();
  read.name = SearchName();
}

void CompatFields::SearchBothTimes(SortBlock& read) {
  read.ts = SearchTs();
  read.free_ts = SearchFreeTs();
  read.released = read.free_ts != 0;
}

bool CompatFields::SearchFor517(SortBlock& read) {
  read.pages = SearchPages();
  SearchTask(read);
  SearchBothTimes(read);
  return true;
}

bool CompatFields::SearchFor63(SortBlock& read) {
  const uint64_t ts = SearchTs();
  const uint64_t free_ts = SearchFreeTs();
  if (plan_.filters.in_use_only && free_ts != 0 && ts < free_ts) return false;
  if (!PassesSearchedFilters()) return false;
  SearchTask(read);
  read.pages = SearchPages();
  SearchBothTimes(read);
  return true;
}

bool CompatFields::SearchFor612(SortBlock& read) {
  if (!PassesSearchedFilters()) return false;
  SearchTask(read);
  read.pages = SearchPages();
  read.ts = SearchTs();
  return true;
}

bool CompatFields::PassesFilters(const SortBlock& read) const {
  const SortFilters& filters = plan_.filters;
  if (filters.in_use_only && plan_.generation == SortGeneration::kLinux63 &&
      read.free_ts != 0 && read.ts < read.free_ts) {
    return false;
  }
  return filters.TakesPid(read.pid) && filters.TakesTgid(read.tgid) &&
         filters.TakesName(read.name);
}

// Only what comes before the name shows; the name is looked for anyhow.
bool CompatFields::PassesSearchedFilters() {
  if (debug_ == nullptr) return true;
  const SortFilters& filters = plan_.filters;
  if (filters.pids.has_value() && !filters.TakesPid(SearchPid())) {
    return false;
  }
  if (filters.tgids.has_value() && !filters.TakesTgid(SearchTgid())) {
    return false;
  }
  return filters.TakesName(SearchName());
}

void CompatFields::TellNoMatch() {
  if (debug_ == nullptr) return;
  *debug_ += "no matching pattern in ";
  *debug_ += text_;
  *debug_ += '\n';
}

void CompatFields::TellWrong(std::string_view what) {
  if (debug_ == nullptr) return;
  *debug_ += what;
  *debug_ += " in follow buf:\n";
  *debug_ += text_;
  *debug_ += '\n';
}

int32_t CompatFields::IdOf(std::optional<std::string_view> digits,
                           std::string_view wrong) {
  if (!digits.has_value()) TellNoMatch();
  const std::optional<int64_t> id = SignedValue(digits.value_or(""));
  if (!id.has_value()) TellWrong(wrong);
  return static_cast<int32_t>(id.value_or(-1));
}

int32_t CompatFields::SearchPid() {
  return IdOf(FindPid(text_), "wrong/invalid pid");
}

int32_t CompatFields::SearchTgid() {
  return IdOf(FindTgid(text_), "wrong/invalid tgid");
}

std::string_view CompatFields::SearchName() {
  const std::optional<std::string_view> name = FindName(text_);
  if (!name.has_value()) TellNoMatch();
  return name.value_or("");
}

uint32_t CompatFields::SearchPages() {
  const std::optional<std::string_view> digits = FindOrder(text_);
  if (!digits.has_value()) TellNoMatch();
  const uint32_t pages = PagesOfOrder(digits.value_or(""));
  if (pages == 0) TellWrong("wrong order");
  return pages;
}

uint64_t CompatFields::TimeOf(std::optional<std::string_view> digits,
                              std::string_view wrong, std::string_view& found) {
  if (!digits.has_value()) TellNoMatch();
  found = digits.value_or("");
  const std::optional<uint64_t> time = UnsignedValue(found);
  if (!time.has_value()) TellWrong(wrong);
  return time.value_or(kUnknownTs);
}

uint64_t CompatFields::SearchTs() {
  return TimeOf(plan_.generation == SortGeneration::kLinux612
                    ? FindTs(text_)
                    : FindTsBeforeComma(text_),
                "wrong ts_nsec", found_ts_);
}

uint64_t CompatFields::SearchFreeTs() {
  return TimeOf(FindFreeTs(text_), "wrong free_ts_nsec", found_free_ts_);
}

// Only the 6.12 tool takes digits out of the text. Elsewhere they stay as they
// are in a first line that is not as it should be.
void CompatFields::PlaceTimes(const CompatBlock& block, SortBlock& read) {
  if (found_ts_.empty() || plan_.generation != SortGeneration::kLinux612)
    return;
  const auto offset = static_cast<size_t>(found_ts_.data() - text_.data());
  if (offset < block.head.size()) {
    read.ts_digits = block.head.substr(offset, found_ts_.size());
    return;
  }
  if (plan_.keeps_ts()) return;
  rest_.assign(block.rest);
  rest_.erase(offset - block.head.size(), found_ts_.size());
  read.rest = rest_;
}

// A strict first line is too short for the symbol in any of its parts.
AllocatorBits CompatFields::AllocatorOf(const CompatBlock& block, bool strict) {
  VmallocSymbol symbol = FindVmalloc(block.rest);
  if (symbol == VmallocSymbol::kFirstLine ||
      (!strict && FindVmalloc(block.head) != VmallocSymbol::kNowhere)) {
    joined_.assign(block.head);
    joined_ += block.rest;
    symbol =
        IsVmalloc(joined_) ? VmallocSymbol::kVmalloc : VmallocSymbol::kOther;
  }
  return CombineAllocator(block.pfn_bits, symbol == VmallocSymbol::kVmalloc);
}

}  // namespace pagelab
