#include "pagelab/report/page/page_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/report/page/column_writer.h"
#include "pagelab/workloads/version.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

// A dump's names are bytes; what is no UTF-8 of them is shown as such.
std::string Dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Places in `owners` by number of RecordNames::owners(); -1: not among them.
std::vector<int64_t> RanksOf(const std::vector<OwnerFacts>& owners) {
  std::vector<int64_t> ranks;
  for (size_t rank = 0; rank < owners.size(); ++rank) {
    const size_t owner = owners[rank].owner;
    if (owner >= ranks.size()) ranks.resize(owner + 1, -1);
    ranks[owner] = static_cast<int64_t>(rank);
  }
  return ranks;
}

Json OwnerJson(const OwnerFacts& owner) {
  return {
      {"name", owner.name},       {"special", owner.special},
      {"pages", owner.pages},     {"unmovable", owner.unmovable},
      {"records", owner.records}, {"in_blocks", owner.in_blocks},
      {"blocks", owner.blocks},   {"compacted_blocks", owner.compacted_blocks}};
}

Json ZoneJson(const ZoneFacts& zone) {
  return {{"name", zone.name}, {"managed", zone.managed}, {"free", zone.free},
          {"min", zone.min},   {"low", zone.low},         {"high", zone.high}};
}

Json MixedJson(const MixedPageblock& mixed, const PageBlocks& blocks,
               const RecordNames& names) {
  constexpr size_t kMaxOwners = 4;
  Json owners = Json::array();
  for (const PageOwnerShare& share : mixed.what.owners) {
    if (share.unmovable == 0 || owners.size() == kMaxOwners) break;
    owners.push_back({{"name", names.owners().texts()[share.owner]},
                      {"pages", share.pages()},
                      {"unmovable", share.unmovable}});
  }
  const int type = mixed.what.type;
  return {{"cell", mixed.cell},
          {"type", type < 0 ? std::string()
                            : blocks.types()[static_cast<size_t>(type)]},
          {"movable", mixed.what.movable},
          {"unmovable", mixed.what.unmovable},
          {"free", mixed.what.free},
          {"owners", std::move(owners)}};
}

template <typename List, typename Fn>
Json ArrayOf(const List& list, Fn&& fn) {
  Json array = Json::array();
  for (const auto& one : list) array.push_back(fn(one));
  return array;
}

uint64_t RecordedPages(const PageFacts& facts) {
  uint64_t pages = 0;
  for (const OwnerFacts& owner : facts.owners) pages += owner.pages;
  return pages;
}

Json TotalsJson(const PageTotals& totals, const PageFacts& facts) {
  return {{"pages", totals.pages},
          {"free", totals.free},
          {"pcp", totals.pcp},
          {"movable", totals.movable},
          {"unmovable", totals.unmovable},
          {"untracked", totals.untracked},
          {"recorded", RecordedPages(facts)},
          {"records", facts.records}};
}

std::string Percent(uint64_t part, uint64_t whole) {
  constexpr double kHundred = 100;
  return fmt::format("{:.0f} %", kHundred * static_cast<double>(part) /
                                     static_cast<double>(whole));
}

}  // namespace

PageTotals TotalsOf(const PageBlocks& blocks) {
  PageTotals totals;
  blocks.ForEach([&](uint64_t, uint64_t, const PageBlock& block) {
    totals.pages += blocks.pages_per_block();
    totals.free += block.free;
    totals.pcp += block.pcp;
    totals.movable += block.movable;
    totals.unmovable += block.unmovable;
    totals.untracked += blocks.Untracked(block);
    ++totals.keepers[static_cast<size_t>(blocks.KeeperOf(block))];
  });
  return totals;
}

std::string AnswerOf(const PageFacts& facts, const PageTotals& totals,
                     const PageBlocks& blocks) {
  const auto size = [](uint64_t pages) {
    std::string text = HumanSize(pages * kPageSize);
    const size_t zero = text.find(".0 ");
    if (zero != text.npos) text.erase(zero, 2);
    return text;
  };
  const uint64_t recorded = RecordedPages(facts);
  const auto who =
      std::find_if(facts.owners.begin(), facts.owners.end(),
                   [](const OwnerFacts& owner) { return !owner.special; });
  std::string answer;
  if (who != facts.owners.end()) {
    answer =
        fmt::format("{} holds {}, {} of what {}", who->name, size(who->pages),
                    Percent(who->pages, recorded), facts.whole);
    if (who->compacted_blocks > 0) {
      answer += fmt::format(", and alone keeps {} from becoming free",
                            Counted(who->compacted_blocks, "pageblock"));
    }
    answer += '.';
  }
  if (blocks.knows_free_lists()) {
    if (!answer.empty()) answer += ' ';
    answer += fmt::format(
        "{} of {} are free, {} of {} as whole pageblocks.",
        size(totals.free + totals.pcp), size(totals.pages),
        Grouped(totals.keepers[static_cast<size_t>(PageblockKeeper::kFree)]),
        Grouped(blocks.nr_blocks()));
  }
  return answer.empty() ? "Nothing is known of who holds the memory." : answer;
}

std::string MetaJson(const PageFacts& facts, const PageBlocks& blocks,
                     const RecordNames& names) {
  const PageTotals totals = TotalsOf(blocks);
  Json meta;
  meta["version"] = 1;
  meta["program"] = fmt::format("pagelab {} ({})", kVersion, kKernelModel);
  meta["title"] = facts.title;
  meta["answer"] = AnswerOf(facts, totals, blocks);
  meta["machine"] = facts.title;
  meta["commands"] = facts.commands;
  meta["missing"] = facts.missing;
  meta["notes"] = facts.notes;
  meta["page_size"] = kPageSize;
  meta["pageblock_order"] = blocks.order().value();
  meta["chunk_order"] = kChunkOrder;
  meta["zones"] = ArrayOf(facts.zones, ZoneJson);
  meta["ranges"] = ArrayOf(blocks.ranges(), [](const PageBlockRange& range) {
    return Json{
        {"first", range.first}, {"count", range.count}, {"zone", range.zone}};
  });
  meta["types"] = blocks.types();
  meta["knows"] = {{"free_lists", blocks.knows_free_lists()},
                   {"owners", facts.has_owners},
                   {"frames", facts.has_frames},
                   {"ages", facts.now != 0},
                   {"time", facts.has_time},
                   {"events", facts.has_events},
                   {"before", !facts.before_name.empty()}};
  meta["before_name"] = facts.before_name;
  meta["totals"] = TotalsJson(totals, facts);
  meta["block_states"] = totals.keepers;
  meta["now_ns"] = facts.now;
  meta["owners"] = ArrayOf(facts.owners, OwnerJson);
  meta["mixed"] = ArrayOf(facts.mixed, [&](const MixedPageblock& mixed) {
    return MixedJson(mixed, blocks, names);
  });
  meta["cost"] = ArrayOf(facts.cost, [](const CostRow& row) {
    return Json{{"what", row.what}, {"bytes", row.bytes}, {"note", row.note}};
  });
  return Dumped(meta);
}

std::string NamesJson(const RecordNames& names,
                      const std::vector<OwnerFacts>& owners) {
  const std::vector<int64_t> ranks = RanksOf(owners);
  Json json;
  json["functions"] = names.functions().texts();
  json["frames"] = names.frames().texts();
  json["frame_function"] = names.frame_functions();
  json["stacks"] = ArrayOf(
      names.stacks(), [](const RecordStack& stack) { return stack.frames; });
  json["stack_owner"] = ArrayOf(names.stacks(), [&](const RecordStack& stack) {
    return stack.owner < ranks.size() ? ranks[stack.owner] : -1;
  });
  json["stack_pages"] = ArrayOf(
      names.stacks(), [](const RecordStack& stack) { return stack.pages; });
  json["stack_before"] = ArrayOf(names.stacks(), [](const RecordStack& stack) {
    return stack.pages_before;
  });
  json["classes"] = ArrayOf(names.classes(), [](const RecordClass& klass) {
    return Json{{"gfp", klass.gfp},
                {"type", klass.type},
                {"movable", klass.movable},
                {"flags", klass.flags},
                {"reason", klass.migrate_reason},
                {"memcg", klass.memcg}};
  });
  json["tasks"] = ArrayOf(names.tasks(), [](const RecordTask& task) {
    return Json::array({task.pid, task.tgid, task.comm});
  });
  return Dumped(json);
}

std::string BlockColumns(const PageBlocks& blocks,
                         const std::vector<OwnerFacts>& owners, uint64_t now) {
  enum : size_t {
    kFree,
    kPcp,
    kMovable,
    kUnmovable,
    kType,
    kState,
    kOwner,
    kOwnerPages,
    kOrder8,
    kAge,
    kNrColumns
  };
  const std::vector<int64_t> ranks = RanksOf(owners);
  constexpr uint64_t kNanosecondsPerMillisecond = 1'000'000;
  const uint64_t now_ms = now / kNanosecondsPerMillisecond;
  ColumnWriter columns(kNrColumns);
  blocks.ForEach([&](uint64_t, uint64_t, const PageBlock& block) {
    const PageOwnerShare* most = nullptr;
    for (const PageOwnerShare& share : block.owners) {
      if (most == nullptr || share.pages() > most->pages()) most = &share;
    }
    const uint64_t used = std::max<uint64_t>(block.in_use(), 1);
    columns.Add(kFree, block.free);
    columns.Add(kPcp, block.pcp);
    columns.Add(kMovable, block.movable);
    columns.Add(kUnmovable, block.unmovable);
    columns.Add(kType, static_cast<uint64_t>(block.type + 1));
    columns.Add(kState, static_cast<uint64_t>(blocks.KeeperOf(block)));
    columns.Add(kOwner, most == nullptr
                            ? 0
                            : static_cast<uint64_t>(ranks[most->owner] + 1));
    columns.Add(kOwnerPages, most == nullptr ? 0 : most->pages());
    columns.Add(kOrder8, 8 * block.orders / used);
    columns.Add(kAge, now_ms - std::min(now_ms, block.times / used));
  });
  return columns.Take();
}

}  // namespace pagelab
