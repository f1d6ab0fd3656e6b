// /proc/buddyinfo and /proc/pagetypeinfo (text-formats.md 5 and 6).

#include <algorithm>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/frag/free_memory.h"
#include "pagelab/workloads/word_lines.h"

namespace pagelab {
namespace {

constexpr std::string_view kBuddyinfoLine =
    "not a line of /proc/buddyinfo: \"Node 0, zone DMA\" and 11 numbers";

// A file that was copied whole ends with a newline.
absl::Status CheckEnd(const NamedText& file, std::string_view what) {
  if (file.text.empty()) {
    return InvalidInput(file.name + ": empty; it must be a copy of " +
                        std::string(what));
  }
  if (file.text.back() == '\n') return absl::OkStatus();
  return InvalidInput(file.name + ": cut off inside its last line; it must " +
                      "be a whole copy of " + std::string(what));
}

// "0," or "0".
absl::StatusOr<NodeId> NodeOf(std::string_view name, const WordLine& line) {
  std::string_view word = line.words[1];
  if (!word.empty() && word.back() == ',') word.remove_suffix(1);
  const absl::StatusOr<uint64_t> number = ParseUint64(word);
  if (!number.ok() || *number > INT16_MAX) {
    return ErrorInLine(name, line,
                       "\"" + std::string(line.words[1]) + "\" is no node");
  }
  return NodeId(static_cast<int>(*number));
}

absl::StatusOr<uint64_t> CountOf(std::string_view name, const WordLine& line,
                                 std::string_view word) {
  // More than any machine has.
  constexpr uint64_t kMost = uint64_t{1} << 44;
  const absl::StatusOr<uint64_t> number = ParseUint64(word);
  if (number.ok() && *number <= kMost) return *number;
  return ErrorInLine(name, line,
                     "\"" + std::string(word) + "\" is not a number of blocks");
}

// "DMA," or "DMA".
std::string ZoneName(std::string_view word) {
  if (!word.empty() && word.back() == ',') word.remove_suffix(1);
  return std::string(word);
}

// "Node", "0,", "zone", "DMA": what the lines of both files begin with.
bool NamesZone(const WordLine& line) {
  return line.words.size() > 4 && line.words[0] == "Node" &&
         line.words[2] == "zone";
}

FreeMemoryZone* FindZone(FreeMemory& memory, NodeId node,
                         std::string_view name) {
  for (FreeMemoryZone& zone : memory.zones) {
    if (zone.node == node && zone.name == name) return &zone;
  }
  return nullptr;
}

absl::Status ReadBuddyinfo(const NamedText& file, FreeMemory& memory) {
  constexpr size_t kFirstCount = 4;
  PAGELAB_RETURN_IF_ERROR(CheckEnd(file, "/proc/buddyinfo"));
  return ForEachWordLine(file.text, [&](const WordLine& line) -> absl::Status {
    if (!NamesZone(line) || line.words.size() != kFirstCount + kNrPageOrders) {
      return ErrorInLine(file.name, line, kBuddyinfoLine);
    }
    FreeMemoryZone zone;
    PAGELAB_ASSIGN_OR_RETURN(zone.node, NodeOf(file.name, line));
    zone.name = ZoneName(line.words[3]);
    if (FindZone(memory, zone.node, zone.name) != nullptr) {
      return ErrorInLine(file.name, line, "this zone was there before");
    }
    for (int order = 0; order < kNrPageOrders; ++order) {
      const auto at = kFirstCount + static_cast<size_t>(order);
      PAGELAB_ASSIGN_OR_RETURN(const uint64_t blocks,
                               CountOf(file.name, line, line.words[at]));
      zone.all.Add(Order(order), blocks);
    }
    memory.zones.push_back(std::move(zone));
    return absl::OkStatus();
  });
}

// Reads one pagetypeinfo, which has all of its parts again for every node.
class PagetypeinfoReader {
 public:
  explicit PagetypeinfoReader(const NamedText& file) : file_(file) {}

  absl::StatusOr<FreeMemory> Read() {
    PAGELAB_RETURN_IF_ERROR(CheckEnd(file_, "/proc/pagetypeinfo"));
    PAGELAB_RETURN_IF_ERROR(ForEachWordLine(
        file_.text, [this](const WordLine& line) { return ReadLine(line); }));
    PAGELAB_RETURN_IF_ERROR(CheckWhole());
    return std::move(memory_);
  }

 private:
  enum class Part : uint8_t { kNone, kFree, kBlocks, kMixed };

  absl::Status ReadLine(const WordLine& line);
  absl::Status ReadFreeCounts(const WordLine& line);
  absl::Status ReadBlockCounts(const WordLine& line);
  absl::Status ReadTypes(const WordLine& line, size_t first);
  absl::Status CheckWhole() const;
  absl::Status Error(const WordLine& line, std::string_view what) const {
    return ErrorInLine(file_.name, line, what);
  }
  size_t IndexOfType(std::string_view type);

  const NamedText& file_;
  FreeMemory memory_;
  Part part_ = Part::kNone;
  // "Number of mixed blocks" was there.
  bool has_mixed_ = false;
};

absl::Status PagetypeinfoReader::ReadLine(const WordLine& line) {
  const std::vector<std::string_view>& words = line.words;
  if (words[0] == "Page" && words.size() == 4) {
    PAGELAB_ASSIGN_OR_RETURN(const uint64_t order,
                             CountOf(file_.name, line, words[3]));
    if (order > kMaxPageOrder) return Error(line, "no order of a pageblock");
    memory_.pageblock_order = Order(static_cast<int>(order));
    return absl::OkStatus();
  }
  if (words[0] == "Pages") return absl::OkStatus();
  if (words[0] == "Free" && words.size() > 7) {
    part_ = Part::kFree;
    return absl::OkStatus();
  }
  // "Number of blocks type", "Number of mixed blocks", and the types.
  if (words[0] == "Number" && words.size() > 4) {
    part_ = words[2] == "mixed" ? Part::kMixed : Part::kBlocks;
    has_mixed_ = has_mixed_ || part_ == Part::kMixed;
    return ReadTypes(line, 4);
  }
  if (!NamesZone(line) || part_ == Part::kNone) {
    return Error(line, "not a line of /proc/pagetypeinfo");
  }
  return part_ == Part::kFree ? ReadFreeCounts(line) : ReadBlockCounts(line);
}

size_t PagetypeinfoReader::IndexOfType(std::string_view type) {
  const auto at = std::find(memory_.types.begin(), memory_.types.end(), type);
  const auto index = static_cast<size_t>(at - memory_.types.begin());
  if (at == memory_.types.end()) memory_.types.emplace_back(type);
  return index;
}

// "Node    0, zone      DMA, type    Unmovable      0      1 ...".
absl::Status PagetypeinfoReader::ReadFreeCounts(const WordLine& line) {
  constexpr size_t kFirstCount = 6;
  if (line.words.size() != kFirstCount + kNrPageOrders ||
      line.words[4] != "type") {
    return Error(line,
                 "not a line of free counts: \"Node 0, zone DMA, type "
                 "Movable\" and 11 numbers");
  }
  PAGELAB_ASSIGN_OR_RETURN(const NodeId node, NodeOf(file_.name, line));
  const std::string name = ZoneName(line.words[3]);
  FreeMemoryZone* zone = FindZone(memory_, node, name);
  if (zone == nullptr) {
    zone = &memory_.zones.emplace_back();
    zone->node = node;
    zone->name = name;
  }
  const size_t type = IndexOfType(line.words[5]);
  if (zone->by_type.size() != type) {
    return Error(line, "types of a zone that are not in one order");
  }
  FreeBlockCounts counts;
  for (int order = 0; order < kNrPageOrders; ++order) {
    std::string_view word =
        line.words[kFirstCount + static_cast<size_t>(order)];
    if (word.front() == '>') {
      memory_.lists_cut_off = true;
      word.remove_prefix(1);
    }
    PAGELAB_ASSIGN_OR_RETURN(const uint64_t blocks,
                             CountOf(file_.name, line, word));
    counts.Add(Order(order), blocks);
  }
  zone->by_type.push_back(counts);
  zone->all += counts;
  return absl::OkStatus();
}

absl::Status PagetypeinfoReader::ReadTypes(const WordLine& line, size_t first) {
  const std::vector<std::string_view> types(
      line.words.begin() + static_cast<ptrdiff_t>(first), line.words.end());
  if (std::equal(types.begin(), types.end(), memory_.types.begin(),
                 memory_.types.end())) {
    return absl::OkStatus();
  }
  return Error(line, "other types than those of the free counts");
}

// "Node 0, zone      DMA            1            7 ...".
absl::Status PagetypeinfoReader::ReadBlockCounts(const WordLine& line) {
  constexpr size_t kFirstCount = 4;
  if (line.words.size() != kFirstCount + memory_.types.size()) {
    return Error(line, "must have a number for each of " +
                           Counted(memory_.types.size(), "type"));
  }
  PAGELAB_ASSIGN_OR_RETURN(const NodeId node, NodeOf(file_.name, line));
  FreeMemoryZone* zone = FindZone(memory_, node, ZoneName(line.words[3]));
  if (zone == nullptr) return Error(line, "a zone without free counts");
  std::vector<uint64_t>& counts =
      part_ == Part::kMixed ? zone->mixed : zone->pageblocks;
  if (!counts.empty()) return Error(line, "this zone was there before");
  for (size_t i = kFirstCount; i < line.words.size(); ++i) {
    PAGELAB_ASSIGN_OR_RETURN(counts.emplace_back(),
                             CountOf(file_.name, line, line.words[i]));
  }
  return absl::OkStatus();
}

absl::Status PagetypeinfoReader::CheckWhole() const {
  const auto missing = [this](std::string_view what) {
    return InvalidInput(file_.name + ": no " + std::string(what) +
                        "; it must be a whole copy of /proc/pagetypeinfo");
  };
  if (memory_.zones.empty()) return missing("\"Node 0, zone ..., type\" line");
  if (!memory_.pageblock_order.has_value()) {
    return missing("\"Page block order:\" line");
  }
  for (const FreeMemoryZone& zone : memory_.zones) {
    const std::string of_zone =
        " of node " + std::to_string(zone.node.value()) + " zone " + zone.name;
    if (zone.by_type.size() != memory_.types.size()) {
      return missing("free counts" + of_zone + " for every type");
    }
    if (zone.pageblocks.empty()) {
      return missing("\"Number of blocks type\" line" + of_zone);
    }
    if (has_mixed_ && zone.mixed.empty()) {
      return missing("\"Number of mixed blocks\" line" + of_zone);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FreeMemory> ReadFreeMemory(
    const std::optional<NamedText>& buddyinfo,
    const std::optional<NamedText>& pagetypeinfo) {
  FreeMemory memory;
  if (buddyinfo.has_value()) {
    PAGELAB_RETURN_IF_ERROR(ReadBuddyinfo(*buddyinfo, memory));
    if (memory.zones.empty()) {
      return InvalidInput(buddyinfo->name + ": no \"Node 0, zone\" line; it " +
                          "must be a copy of /proc/buddyinfo");
    }
  }
  if (!pagetypeinfo.has_value()) return memory;
  PAGELAB_ASSIGN_OR_RETURN(FreeMemory by_type,
                           PagetypeinfoReader(*pagetypeinfo).Read());
  if (!buddyinfo.has_value()) return by_type;
  for (FreeMemoryZone& zone : memory.zones) {
    FreeMemoryZone* other = FindZone(by_type, zone.node, zone.name);
    if (other == nullptr) {
      return InvalidInput(pagetypeinfo->name + ": no node " +
                          std::to_string(zone.node.value()) + " zone " +
                          zone.name + ", which " + buddyinfo->name +
                          " has; both must be of one machine");
    }
    other->all = zone.all;
  }
  if (by_type.zones.size() == memory.zones.size()) return by_type;
  return InvalidInput(pagetypeinfo->name + ": has more zones than " +
                      buddyinfo->name + "; both must be of one machine");
}

}  // namespace pagelab
