#include "pagelab/report/step/step_screen.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/report/step/capture.h"
#include "pagelab/report/step/screen_parts.h"

namespace pagelab {
namespace {

constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr uint64_t kNanosecondsPerMicrosecond = 1000;

// "2.500000 alice-100 [000] mm_page_free: pfn=0x102 order=0".
std::string EventLine(const StepMoment& moment) {
  const AllocatorEvent& event = moment.event;
  if (event.number == 0) return "the machine has booted; no event yet";
  std::string text = EventText(event, moment.pageblock_order);
  // The address of the descriptor says what the pfn says.
  if (text.starts_with("page=")) text = text.substr(text.find(' ') + 1);
  return fmt::format(
      "{}.{:06} {}-{} [{:03}] {}: {}",
      event.when.value() / kNanosecondsPerSecond,
      event.when.value() % kNanosecondsPerSecond / kNanosecondsPerMicrosecond,
      event.comm, event.pid, event.cpu.value(), EventName(event), text);
}

// The screen's rows from the top.
struct Plan {
  int event = 1;
  int lists = 0;
  int pcp = 0;
  int map = 0;
  int sentence = 1;
};

struct Wanted {
  int event = 1;
  int lists = 1;
  int pcp = 1;
  int map = 1;
  int sentence = 1;
};

// Everybody gets one row, then each in turn of its importance.
Plan MakePlan(const Wanted& wanted, int rows) {
  Plan plan;
  rows -= 2;
  const auto give = [&rows](int& part, int upto) {
    const int more = std::clamp(upto - part, 0, std::max(rows, 0));
    part += more;
    rows -= more;
  };
  constexpr int kFewLists = 6;
  constexpr int kFewMap = 5;
  constexpr int kFewSentence = 2;
  give(plan.lists, std::min(wanted.lists, kFewLists));
  give(plan.pcp, std::min(wanted.pcp, 2));
  give(plan.sentence, std::min(wanted.sentence, kFewSentence));
  give(plan.map, std::min(wanted.map, kFewMap));
  give(plan.lists, wanted.lists);
  if (wanted.map <= 2 * kFewMap) give(plan.map, wanted.map);
  give(plan.sentence, std::min(wanted.sentence, kFewSentence + 1));
  give(plan.event, wanted.event);
  give(plan.pcp, wanted.pcp);
  give(plan.map, wanted.map);
  give(plan.sentence, wanted.sentence);
  return plan;
}

class Screen {
 public:
  Screen(const StepView& view, const StepScreenOptions& options)
      : view_(view), options_(options), grid_(options.width, options.height) {}

  StepGrid Draw() {
    if (options_.width < kLeastStepWidth ||
        options_.height < kLeastStepHeight) {
      PutTooSmall();
      return std::move(grid_);
    }
    FindZone();
    PutTitle();
    if (zone_ == nullptr) return std::move(grid_);
    FindFooter();
    PutParts();
    PutFooter();
    return std::move(grid_);
  }

 private:
  const StepMoment& moment() const { return *view_.moment; }

  void PutTooSmall() {
    grid_.Put(0, 0,
              fmt::format("event {}: {} x {} is too small, {} x {} is needed",
                          moment().event.number, options_.width,
                          options_.height, kLeastStepWidth, kLeastStepHeight));
  }

  void FindZone() {
    const auto nr = static_cast<int>(moment().zones.size());
    if (nr == 0) return;
    int index = options_.zone >= 0 ? options_.zone : moment().zone;
    // Nowhere: where most memory is.
    if (index < 0) {
      index = 0;
      for (int i = 1; i < nr; ++i) {
        if (ZoneAt(i).managed > ZoneAt(index).managed) index = i;
      }
    }
    index = std::min(index, nr - 1);
    zone_ = &ZoneAt(index);
    before_ = zone_;
    for (const auto& zone : view_.before->zones) {
      if (zone->id == zone_->id) before_ = zone.get();
    }
    const int cpu =
        options_.cpu >= 0 ? options_.cpu : moment().event.cpu.value();
    cpu_ = std::clamp(cpu, 0, static_cast<int>(zone_->pcps.size()) - 1);
    if (moment().zone == index) event_block_ = BlockOf(moment().event);
  }
  const ZoneMoment& ZoneAt(int index) const {
    return *moment().zones[static_cast<size_t>(index)];
  }

  void PutTitle() {
    int column = grid_.Put(0, 0, options_.title, StepStyle::kTitle);
    column = grid_.Put(
        0, column,
        fmt::format(": event {} of {}", Grouped(moment().event.number),
                    Grouped(options_.nr_events)),
        StepStyle::kTitle);
    if (zone_ == nullptr) return;
    column = grid_.Put(
        0, column + 2,
        fmt::format("zone {}{}: ", ToString(zone_->type),
                    zone_->node.value() > 0
                        ? fmt::format(" of node {}", zone_->node.value())
                        : std::string()));
    PutFreePages(column);
  }

  // The counter, what is on the lists where that differs, the watermarks: in
  // the longest form for which there is room.
  void PutFreePages(int column) {
    const auto room = static_cast<size_t>(std::max(0, grid_.width() - column));
    const auto& [min, low, high, promo] = zone_->watermark;
    std::string free = fmt::format("{} free", zone_->free_pages);
    const uint64_t on_lists = ListedPages(*zone_).value();
    const std::string lists = on_lists == zone_->free_pages
                                  ? std::string()
                                  : fmt::format(" ({} on lists)", on_lists);
    std::string marks = fmt::format("; min {} low {} high {}", min, low, high);
    if (free.size() + lists.size() + marks.size() > room) {
      marks = fmt::format("; {}/{}/{}", min, low, high);
    }
    if (free.size() + lists.size() + marks.size() <= room) free += lists;
    column = grid_.Put(0, column, free, StepStyle::kText,
                       zone_->free_pages != before_->free_pages);
    grid_.Put(0, column, marks, StepStyle::kText,
              zone_->watermark != before_->watermark);
  }

  int PutLines(int row, int rows, const std::vector<std::string>& lines,
               StepStyle style) {
    for (int i = 0; i < rows; ++i) {
      const auto index = static_cast<size_t>(i);
      if (index >= lines.size()) break;
      grid_.Put(row + i, 0, lines[index], style);
      const bool is_cut = i + 1 == rows && index + 1 < lines.size();
      if (is_cut) {
        const int end =
            std::min(static_cast<int>(lines[index].size()), grid_.width() - 3);
        grid_.Put(row + i, end, " ..", style);
      }
    }
    return row + rows;
  }

  std::vector<std::string> SentenceLines(int rows) const {
    const std::vector<std::string> all =
        WrapText(view_.explanation.text, grid_.width());
    if (static_cast<int>(all.size()) <= rows) return all;
    return WrapText(view_.explanation.line, grid_.width());
  }

  void PutParts() {
    const int rows = grid_.height() - 1 - footer_rows_;
    const std::vector<std::string> event =
        WrapText(EventLine(moment()), grid_.width());
    const MapRequest map{.moment = moment(),
                         .now = *zone_,
                         .before = *before_,
                         .event_block = event_block_,
                         .of_types = options_.map_of_types};
    Wanted wanted;
    wanted.event = static_cast<int>(event.size());
    wanted.lists = RowsOfFreeLists(*zone_, *before_);
    wanted.pcp = RowsOfPcp(*zone_, *before_, cpu_, grid_.width());
    wanted.map = RowsOfMap(map, grid_.width());
    wanted.sentence = static_cast<int>(
        WrapText(view_.explanation.text, grid_.width()).size());
    const Plan plan = MakePlan(wanted, rows);
    int row = PutLines(1, plan.event, event, StepStyle::kText);
    PutFreeLists({grid_, row, plan.lists}, *zone_, *before_);
    row += plan.lists;
    PutPcp({grid_, row, plan.pcp}, *zone_, *before_, cpu_);
    row += plan.pcp;
    PutMap({grid_, row, plan.map}, map);
    row += plan.map;
    PutLines(row, plan.sentence, SentenceLines(plan.sentence),
             StepStyle::kText);
  }

  // A long message has several rows, up to a third of the screen.
  void FindFooter() {
    if (options_.footer.empty()) return;
    if (!options_.footer_is_message) {
      footer_ = {options_.footer};
    } else {
      footer_ = WrapText(options_.footer, grid_.width());
    }
    footer_rows_ =
        std::min(static_cast<int>(footer_.size()), grid_.height() / 3);
  }

  void PutFooter() {
    PutLines(
        grid_.height() - footer_rows_, footer_rows_, footer_,
        options_.footer_is_message ? StepStyle::kMessage : StepStyle::kDim);
  }

  const StepView& view_;
  const StepScreenOptions& options_;
  StepGrid grid_;
  const ZoneMoment* zone_ = nullptr;
  const ZoneMoment* before_ = nullptr;
  int cpu_ = 0;
  PfnRange event_block_;
  std::vector<std::string> footer_;
  int footer_rows_ = 0;
};

}  // namespace

std::vector<std::string> WrapText(std::string_view text, int width) {
  std::vector<std::string> lines;
  const auto most = static_cast<size_t>(std::max(width, 1));
  while (!text.empty()) {
    size_t end = text.size();
    if (end > most) {
      end = text.rfind(' ', most);
      if (end == std::string_view::npos || end == 0) end = most;
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  return lines;
}

StepGrid StepScreen(const StepView& view, const StepScreenOptions& options) {
  return Screen(view, options).Draw();
}

}  // namespace pagelab
