#include "pagelab/report/explain/explain_json.h"

#include <nlohmann/json.hpp>

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json BlockJson(const ListedBlock& block) {
  return {{"pfn", block.pfn.value()},
          {"order", block.order.value()},
          {"migratetype", ToString(block.type)}};
}

Json BlocksJson(const std::vector<ListedBlock>& blocks) {
  Json list = Json::array();
  for (const ListedBlock& block : blocks) list.push_back(BlockJson(block));
  return list;
}

Json SentencesJson(const std::vector<Sentence>& sentences) {
  Json list = Json::array();
  for (const Sentence& sentence : sentences) {
    list.push_back({{"text", sentence.text},
                    {"function", sentence.kernel_function},
                    {"spec", sentence.spec}});
  }
  return list;
}

Json ToJson(const Explanation& explanation) {
  const AllocatorEvent& event = explanation.event;
  Json json = {{"event", event.number},
               {"name", EventName(event)},
               {"ns", event.when.value()},
               {"cpu", event.cpu.value()},
               {"pid", event.pid},
               {"comm", event.comm},
               {"pfn", EventPfn(event).value()},
               {"order", EventOrder(event).value()},
               {"text", explanation.event_text},
               {"line", explanation.line},
               {"sentences", SentencesJson(explanation.sentences)}};
  if (explanation.split.has_value()) {
    const BlockSplit& split = *explanation.split;
    json["split"] = {{"source", BlockJson(split.source)},
                     {"taken_order", split.taken.value()},
                     {"remainders", BlocksJson(split.remainders)},
                     {"guards", BlocksJson(split.guards)}};
  }
  if (!explanation.merges.empty()) {
    Json merges = Json::array();
    for (const BlockMerge& merge : explanation.merges) {
      merges.push_back({{"freed", BlockJson(merge.freed)},
                        {"buddies", BlocksJson(merge.buddies)},
                        {"result", BlockJson(merge.result)},
                        {"at_tail", merge.at_tail}});
    }
    json["merges"] = std::move(merges);
  }
  return json;
}

Json RemarkableJson(const RunOverview::Remarkable& remark) {
  return {{"event", remark.event},
          {"comm", remark.comm},
          {"pid", remark.pid},
          {"order", remark.order.value()},
          {"migratetype", ToString(remark.type)}};
}

}  // namespace

std::string ExplanationJson(const Explanation& explanation) {
  return Dump(ToJson(explanation));
}

std::string ExplanationsJson(const std::vector<Explanation>& explanations) {
  Json list = Json::array();
  for (const Explanation& explanation : explanations) {
    list.push_back(ToJson(explanation));
  }
  return Dump({{"events", std::move(list)}});
}

std::string FrameStoryJson(const FrameStory& story) {
  Json chapters = Json::array();
  for (const FrameStory::Chapter& chapter : story.chapters) {
    Json json = Json::object();
    if (chapter.event != 0) json["event"] = chapter.event;
    json["has_event"] = chapter.has_event;
    if (!chapter.who.empty()) json["who"] = chapter.who;
    json["text"] = chapter.text;
    chapters.push_back(std::move(json));
  }
  return Dump({{"pfn", story.pfn.value()},
               {"use", story.use},
               {"chapters", std::move(chapters)},
               {"record", SentencesJson(story.record)},
               {"dump", story.dump}});
}

std::string OverviewJson(const RunOverview& overview) {
  Json kinds = Json::object();
  for (size_t kind = 0; kind < overview.by_kind.size(); ++kind) {
    kinds[std::string(EventKindName(kind))] = overview.by_kind[kind];
  }
  Json failures = Json::array();
  for (const RunOverview::Remarkable& failure : overview.failures) {
    failures.push_back(RemarkableJson(failure));
  }
  Json fallbacks = Json::array();
  for (const RunOverview::Remarkable& fallback : overview.fallbacks) {
    fallbacks.push_back(RemarkableJson(fallback));
    fallbacks.back()["from"] = ToString(fallback.from);
    fallbacks.back()["claimed"] = fallback.is_claim;
  }
  return Dump({{"events", overview.nr_events},
               {"by_kind", std::move(kinds)},
               {"nr_failures", overview.nr_failures},
               {"nr_claims", overview.nr_claims},
               {"nr_steals", overview.nr_steals},
               {"first_failures", std::move(failures)},
               {"first_fallbacks", std::move(fallbacks)}});
}

}  // namespace pagelab
