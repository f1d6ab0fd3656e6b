#include "pagelab/report/step/map_cells.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "pagelab/report/step/screen_parts.h"

namespace pagelab {
namespace {

// fn(block run, order, is on a per-cpu list) for all lists of a zone.
template <typename Fn>
void ForEachRun(const ZoneMoment& zone, Fn&& fn) {
  for (size_t order = 0; order < zone.free.size(); ++order) {
    for (const ListMoment& list : zone.free[order]) {
      if (list == nullptr) continue;
      for (const BlockRun& run : *list) {
        fn(run, Order(static_cast<int>(order)), false);
      }
    }
  }
  for (const auto& pcp : zone.pcps) {
    for (int list = 0; list < kNrPcpLists; ++list) {
      const ListMoment& blocks = pcp->lists[static_cast<size_t>(list)];
      if (blocks == nullptr) continue;
      for (const BlockRun& run : *blocks) fn(run, PcpListOrder(list), true);
    }
  }
}

PfnRange RangeOf(const BlockRun& run, Order order) {
  return {run.first, run.first + PageCount(run.blocks * order.pages())};
}

// On which list a frame is, as part of which block; all zero: on none.
struct Place {
  Pfn head;
  int8_t order = -1;
  bool is_pcp = false;
  friend bool operator==(const Place&, const Place&) = default;
};

std::vector<Place> PlacesOf(const ZoneMoment& zone, PfnRange range) {
  std::vector<Place> places(range.size().value());
  ForEachRun(zone, [&](const BlockRun& run, Order order, bool is_pcp) {
    const PfnRange frames = RangeOf(run, order);
    const Pfn end = std::min(frames.end, range.end);
    for (Pfn pfn = std::max(frames.begin, range.begin); pfn < end; ++pfn) {
      places[(pfn - range.begin).value()] = {
          .head = AlignDown(pfn, order),
          .order = static_cast<int8_t>(order.value()),
          .is_pcp = is_pcp};
    }
  });
  return places;
}

char OrderDigit(Order order) {
  return "0123456789a"[static_cast<size_t>(order.value())];
}

FrameCell CellOf(const FrameExtent& extent, Pfn pfn, StepStyle type) {
  using Kind = FrameExtent::Kind;
  const bool is_head = pfn.IsAlignedTo(extent.order);
  switch (extent.kind) {
    case Kind::kInvalid:
      return {.glyph = ' ', .style = StepStyle::kText};
    case Kind::kReserved:
      return {.glyph = 'x', .style = StepStyle::kDim};
    case Kind::kBuddy:
      return {.glyph = is_head ? OrderDigit(extent.order) : '.', .style = type};
    case Kind::kPcp:
      return {.glyph = is_head ? 'p' : '-', .style = StepStyle::kPcp};
    case Kind::kAllocated:
      return {.glyph = pfn == extent.range.begin ? '#' : '=',
              .style = StepStyle::kUsed};
    case Kind::kPrivate:
      return {.glyph = '~', .style = StepStyle::kOnItsWay};
    case Kind::kGuard:
      return {.glyph = 'g', .style = StepStyle::kDim};
  }
  return {};
}

StepStyle TypeStyleAt(const ZoneMoment& zone, Order order, Pfn pfn) {
  const uint8_t type = PageblockTypeAt(zone, order, pfn);
  return type == kNoPageblock ? StepStyle::kDim
                              : StyleOf(static_cast<Migratetype>(type));
}

uint64_t FirstCell(const ZoneMoment& zone, uint64_t per_cell) {
  return zone.span.begin.value() / per_cell;
}

void AddFree(const ZoneMoment& zone, uint64_t per_cell,
             std::vector<ZoneCell>& cells) {
  const uint64_t first = FirstCell(zone, per_cell);
  ForEachRun(zone, [&](const BlockRun& run, Order order, bool) {
    const PfnRange range = RangeOf(run, order);
    for (uint64_t begin = range.begin.value(); begin < range.end.value();) {
      const uint64_t cell = begin / per_cell;
      const uint64_t end = std::min(range.end.value(), (cell + 1) * per_cell);
      if (cell >= first && cell - first < cells.size()) {
        cells[cell - first].free += end - begin;
      }
      begin = end;
    }
  });
}

void AddPageblocks(const ZoneMoment& zone, Order order, uint64_t per_cell,
                   std::vector<ZoneCell>& cells) {
  const uint64_t first = FirstCell(zone, per_cell);
  const uint64_t first_block = zone.span.begin.value() >> order.value();
  for (size_t i = 0; i < zone.pageblocks->size(); ++i) {
    const uint8_t type = (*zone.pageblocks)[i];
    if (type == kNoPageblock) continue;
    const uint64_t block = (first_block + i) << order.value();
    const uint64_t begin = std::max(block, zone.span.begin.value());
    const uint64_t end = std::min(block + order.pages(), zone.span.end.value());
    for (uint64_t at = begin; at < end;) {
      const uint64_t cell = at / per_cell;
      const uint64_t stop = std::min(end, (cell + 1) * per_cell);
      cells[cell - first].pages += stop - at;
      ++cells[cell - first].types[type];
      at = stop;
    }
  }
}

std::vector<ZoneCell> CountCells(const ZoneMoment& zone, Order order,
                                 uint64_t per_cell, size_t nr_cells) {
  std::vector<ZoneCell> cells(nr_cells);
  AddFree(zone, per_cell, cells);
  AddPageblocks(zone, order, per_cell, cells);
  return cells;
}

}  // namespace

uint8_t PageblockTypeAt(const ZoneMoment& zone, Order pageblock_order,
                        Pfn pfn) {
  const uint64_t first = zone.span.begin.value() >> pageblock_order.value();
  const uint64_t block = pfn.value() >> pageblock_order.value();
  if (block < first || block - first >= zone.pageblocks->size()) {
    return kNoPageblock;
  }
  return (*zone.pageblocks)[block - first];
}

std::vector<FrameCell> FrameCells(const StepMoment& moment,
                                  const ZoneMoment& now,
                                  const ZoneMoment& before) {
  const PfnRange range = now.detail;
  const std::vector<Place> places = PlacesOf(now, range);
  const std::vector<Place> old = PlacesOf(before, range);
  std::vector<FrameCell> cells(range.size().value());
  auto extent = now.extents.begin();
  for (Pfn pfn = range.begin; pfn < range.end; ++pfn) {
    while (extent != now.extents.end() && extent->range.end <= pfn) ++extent;
    const size_t i = (pfn - range.begin).value();
    if (extent != now.extents.end()) {
      cells[i] =
          CellOf(*extent, pfn, TypeStyleAt(now, moment.pageblock_order, pfn));
    }
    if (moment.on_its_way.has_value() && moment.on_its_way->Contains(pfn)) {
      cells[i].glyph = '~';
      cells[i].style = StepStyle::kOnItsWay;
    }
    cells[i].changed = places[i] != old[i];
  }
  return cells;
}

Migratetype ZoneCell::main_type() const {
  return static_cast<Migratetype>(std::max_element(types.begin(), types.end()) -
                                  types.begin());
}

char ZoneCell::use_glyph() const {
  if (free >= pages) return '.';
  if (free == 0) return '#';
  constexpr std::string_view kPartly = ":-+%";
  return kPartly[(pages - free - 1) * kPartly.size() / pages];
}

char ZoneCell::type_glyph() const {
  const char letter = LetterOf(main_type());
  const bool is_mixed = std::count(types.begin(), types.end(), 0u) <
                        static_cast<ptrdiff_t>(types.size()) - 1;
  return is_mixed ? absl::ascii_tolower(static_cast<unsigned char>(letter))
                  : letter;
}

PfnRange FramesOfCell(const ZoneMoment& zone, uint64_t per_cell,
                      uint64_t index) {
  const uint64_t begin = (FirstCell(zone, per_cell) + index) * per_cell;
  return {Pfn(begin), Pfn(begin + per_cell)};
}

std::vector<ZoneCell> ZoneCells(const StepMoment& moment, const ZoneMoment& now,
                                const ZoneMoment& before, uint64_t per_cell) {
  const uint64_t last = (now.span.end.value() - 1) / per_cell;
  const size_t nr = last - FirstCell(now, per_cell) + 1;
  std::vector<ZoneCell> cells =
      CountCells(now, moment.pageblock_order, per_cell, nr);
  if (before.span != now.span) return cells;
  const std::vector<ZoneCell> old =
      CountCells(before, moment.pageblock_order, per_cell, nr);
  for (size_t i = 0; i < nr; ++i) {
    cells[i].changed =
        cells[i].free != old[i].free || cells[i].types != old[i].types;
  }
  return cells;
}

}  // namespace pagelab
