#include "pagelab/pageext/alloc_tagging.h"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <optional>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

// Calls that are looked through for one outside of all helpers.
constexpr size_t kMaxCalls = 8;
// In place of a tag: the call is inside a helper.
constexpr uint32_t kHelper = UINT32_MAX;

// A reference is the address of a tag in the simulated kernel's data; where
// that section lies is made up, the 40 bytes of a tag are not.
constexpr uint64_t kTagSection = 0xffffffff82c00000;
constexpr uint64_t kTagSize = 40;

uint64_t ReferenceTo(uint32_t tag) { return kTagSection + kTagSize * tag; }

// Allocating parts of the kernel that are no simulated functions, by
// AllocSite; kCaller is for requests that nobody knows the caller of. File and
// function are Linux's, lines are made up.
const std::array<CodeTag, 4>& SiteTags() {
  static const auto* const tags = new std::array<CodeTag, 4>{
      CodeTag{"unknown", 0, "", "unknown"},
      CodeTag{"mm/page_ext.c", 270, "", "alloc_page_ext"},
      CodeTag{"lib/stackdepot.c", 627, "", "stack_depot_save_flags"},
      CodeTag{"mm/slub.c", 2404, "", "new_slab"}};
  return *tags;
}

std::string TextOf(const CodeTag& tag) {
  const std::string module =
      tag.module.empty() ? "" : fmt::format("[{}] ", tag.module);
  return fmt::format("{}:{} {}func:{}", tag.file, tag.line, module,
                     tag.function);
}

void AppendLine(const CodeTag& tag, const AllocTagging::Counters& counters,
                std::string& out) {
  // A blank ends the line, as in the kernel.
  out += fmt::format("{:12} {:8} {} \n", counters.bytes,
                     static_cast<uint64_t>(counters.calls), TextOf(tag));
}

int64_t BytesOf(uint64_t pages) {
  return static_cast<int64_t>(PageCount(pages).bytes());
}

}  // namespace

AllocTagging::AllocTagging(const Dependencies& dependencies, MemProfiling mode)
    : state_(dependencies.state),
      hooks_(dependencies.hooks),
      page_ext_(dependencies.page_ext),
      call_sites_(dependencies.call_sites),
      mode_(mode) {
  data_.enabled = mode == MemProfiling::kOn;
  for (const CodeTag& tag : SiteTags()) AddPlace(tag);
  client_ = page_ext_.AddClient(
      {.name = "page_alloc_tagging",
       .size = sizeof(uint64_t),
       .need_shared_flags = false,
       .need = [this] { return supported(); },
       .init = [](ExecutionContext&) { return absl::OkStatus(); }});
}

AllocTagging::~AllocTagging() { hooks_.Remove(*this); }

absl::Status AllocTagging::Attach() {
  if (!supported()) return absl::OkStatus();
  return hooks_.Add(HookPlace::kAllocTag, *this);
}

AllocTagging::TagId AllocTagging::AddPlace(const CodeTag& place) {
  const auto [at, added] = data_.by_text.try_emplace(
      TextOf(place), static_cast<TagId>(data_.tags.size()));
  if (added) data_.tags.push_back({place, {}});
  return at->second;
}

void AllocTagging::AddTag(SimAddress call, const CodeTag& tag) {
  data_.by_call.insert_or_assign(call, AddPlace(tag));
}

AllocTagging::TagId AllocTagging::TagForCall(SimAddress call) {
  const auto known = data_.by_call.find(call);
  if (known != data_.by_call.end()) return known->second;
  const std::optional<CodeTag> tag = call_sites_.TagOf(call);
  const TagId id = tag.has_value() ? AddPlace(*tag) : kHelper;
  data_.by_call.emplace(call, id);
  return id;
}

AllocTagging::TagId AllocTagging::TagFor(const ExecutionContext& context) {
  const auto site = static_cast<TagId>(context.site);
  if (context.site != AllocSite::kCaller) return site;
  std::array<SimAddress, kMaxCalls> calls;
  const size_t nr_calls = call_sites_.CallsOf(context, absl::MakeSpan(calls));
  for (size_t i = 0; i < nr_calls; ++i) {
    const TagId tag = TagForCall(calls[i]);
    if (tag != kHelper) return tag;
  }
  return site;
}

uint64_t AllocTagging::ReferenceOf(Pfn pfn) const {
  uint64_t reference = 0;
  const std::optional<uint32_t> offset = page_ext_.OffsetOf(client_);
  const std::byte* entry = page_ext_.Peek(pfn);
  if (entry != nullptr && offset.has_value()) {
    std::memcpy(&reference, entry + *offset, sizeof(reference));
  }
  return reference;
}

bool AllocTagging::SetReference(Pfn pfn, uint64_t reference) {
  std::byte* entry = page_ext_.Lookup(pfn);
  if (entry == nullptr) return false;
  std::memcpy(entry + *page_ext_.OffsetOf(client_), &reference,
              sizeof(reference));
  return true;
}

AllocTagging::Tag* AllocTagging::TagAt(uint64_t reference) {
  if (reference == 0) return nullptr;
  const uint64_t index = (reference - kTagSection) / kTagSize;
  PAGELAB_CHECK_LT(index, data_.tags.size());
  return &data_.tags[index];
}

void AllocTagging::OnAlloc(ExecutionContext& context, Pfn head, Order order,
                           Gfp) {
  if (!enabled()) return;
  const TagId tag = TagFor(context);
  if (!SetReference(head, ReferenceTo(tag))) return;
  Counters& counters = data_.tags[tag].counters;
  counters.bytes += BytesOf(order.pages());
  ++counters.calls;
}

void AllocTagging::OnFree(ExecutionContext&, Pfn head, Order order) {
  if (!enabled()) return;
  Tag* tag = TagAt(ReferenceOf(head));
  if (tag == nullptr) return;
  tag->counters.bytes -= BytesOf(order.pages());
  --tag->counters.calls;
  SetReference(head, 0);
}

void AllocTagging::OnFreeAllButFirst(Pfn head, Order order) {
  if (!enabled()) return;
  Tag* tag = TagAt(ReferenceOf(head));
  if (tag != nullptr) tag->counters.bytes -= BytesOf(order.pages() - 1);
}

void AllocTagging::OnSplit(Pfn head, Order old_order, Order new_order) {
  if (!enabled()) return;
  const uint64_t reference = ReferenceOf(head);
  Tag* tag = TagAt(reference);
  if (tag == nullptr) return;
  const Pfn end = head + PageCount(old_order.pages());
  const PageCount step(new_order.pages());
  // Each piece is freed by a call of its own.
  for (Pfn pfn = head + step; pfn < end; pfn += step) {
    if (SetReference(pfn, reference)) ++tag->counters.calls;
  }
}

void AllocTagging::OnMigrate(ExecutionContext&, Pfn from, Pfn to) {
  if (!enabled()) return;
  const uint64_t old_reference = ReferenceOf(from);
  const uint64_t new_reference = ReferenceOf(to);
  if (old_reference == 0 || new_reference == 0) return;
  SetReference(to, old_reference);
  SetReference(from, new_reference);
}

void AllocTagging::AppendAllocinfo(std::string& out) const {
  out += "allocinfo - version: 1.0\n#     <size>  <calls> <tag info>\n";
  // The kernel's own first.
  std::vector<std::string_view> modules = {""};
  for (const Tag& tag : data_.tags) {
    bool known = false;
    for (std::string_view module : modules) known |= module == tag.place.module;
    if (!known) modules.push_back(tag.place.module);
  }
  for (std::string_view module : modules) {
    for (const Tag& tag : data_.tags) {
      // Not a place: shown when something was counted for it.
      const bool hidden =
          &tag == &data_.tags.front() && tag.counters == Counters();
      if (tag.place.module != module || hidden) continue;
      AppendLine(tag.place, tag.counters, out);
    }
  }
}

const CodeTag* AllocTagging::TagOf(Pfn pfn) const {
  const uint64_t reference = ReferenceOf(pfn);
  if (reference == 0) return nullptr;
  return &data_.tags[(reference - kTagSection) / kTagSize].place;
}

AllocTagging::Counters AllocTagging::CountersOf(
    std::string_view function) const {
  Counters sum;
  for (const Tag& tag : data_.tags) {
    if (tag.place.function != function) continue;
    sum.bytes += tag.counters.bytes;
    sum.calls += tag.counters.calls;
  }
  return sum;
}

AllocTagging::Checkpoint AllocTagging::Save() const { return {data_}; }

void AllocTagging::Restore(const Checkpoint& checkpoint) {
  data_ = checkpoint.data;
}

}  // namespace pagelab
