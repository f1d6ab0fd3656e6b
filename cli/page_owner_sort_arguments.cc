#include "pagelab/cli/page_owner_sort_arguments.h"

#include <getopt.h>

#include <cstdio>
#include <utility>

#include "pagelab/owner/sort/sort_lists.h"

namespace pagelab {
namespace {

struct SortLetter {
  char letter;
  SortKey key;
  // The first generation that has it, and whether the last has it.
  SortGeneration since;
  bool in_linux612;
  std::string_view meaning;
};

constexpr SortLetter kLetters[] = {
    {'a',
     {SortBy::kAllocTs},
     SortGeneration::kLinux517,
     true,
     "time of allocation"},
    {'m',
     {SortBy::kPages, true},
     SortGeneration::kLinux517,
     true,
     "pages in all"},
    {'n', {SortBy::kName}, SortGeneration::kLinux63, true, "name of the task"},
    {'p', {SortBy::kPid}, SortGeneration::kLinux517, true, "process ID"},
    {'P', {SortBy::kTgid}, SortGeneration::kLinux63, true, "thread group ID"},
    {'r',
     {SortBy::kFreeTs},
     SortGeneration::kLinux517,
     false,
     "time of release"},
    {'s', {SortBy::kStack}, SortGeneration::kLinux517, true, "stack trace"},
    {'t',
     {SortBy::kTimes, true},
     SortGeneration::kLinux517,
     true,
     "number of blocks (default)"},
};

constexpr char kPidOption = 1;
constexpr char kTgidOption = 2;
constexpr char kNameOption = 3;
constexpr char kCullOption = 4;
constexpr char kSortOption = 5;

constexpr struct option kLongOptions[] = {
    {"pid", required_argument, nullptr, kPidOption},
    {"tgid", required_argument, nullptr, kTgidOption},
    {"name", required_argument, nullptr, kNameOption},
    {"cull", required_argument, nullptr, kCullOption},
    {"sort", required_argument, nullptr, kSortOption},
    {nullptr, 0, nullptr, 0},
};
constexpr struct option kNoLongOptions[] = {{nullptr, 0, nullptr, 0}};

bool Has(const SortLetter& letter, SortGeneration generation) {
  if (generation == SortGeneration::kLinux612) return letter.in_linux612;
  return generation >= letter.since;
}

bool HasLists(SortGeneration generation) {
  return generation >= SortGeneration::kLinux63;
}

std::string ShortOptions(SortGeneration generation) {
  std::string options;
  for (const SortLetter& letter : kLetters) {
    if (Has(letter, generation)) options += letter.letter;
  }
  if (HasLists(generation)) options += 'd';
  if (generation == SortGeneration::kLinux517) options += 'c';
  if (generation != SortGeneration::kLinux612) options += 'f';
  return options;
}

class ArgumentParser {
 public:
  explicit ArgumentParser(SortGeneration generation) : generation_(generation) {
    arguments_.plan.generation = generation;
  }

  PageOwnerSortArguments Parse(std::vector<char*> words) {
    const std::string letters = ShortOptions(generation_);
    const auto* long_options =
        HasLists(generation_) ? kLongOptions : kNoLongOptions;
    const int count = static_cast<int>(words.size());
    words.push_back(nullptr);
    // Of GNU: start again, from the beginning.
    optind = 0;
    int option = 0;
    while (generation_ != SortGeneration::kLinux319 &&
           (option = getopt_long(count, words.data(), letters.c_str(),
                                 long_options, nullptr)) != -1) {
      Take(option);
      if (arguments_.usage || arguments_.failed) return arguments_;
    }
    const int first = generation_ == SortGeneration::kLinux319 ? 1 : optind;
    for (int i = first; i < count; ++i) {
      arguments_.files.emplace_back(words[static_cast<size_t>(i)]);
    }
    arguments_.usage = arguments_.files.size() < 2 || conflicting_;
    Finish();
    return arguments_;
  }

 private:
  void Take(int option) {
    SortPlan& plan = arguments_.plan;
    switch (option) {
      case 'd':
        arguments_.debug = true;
        return;
      case 'f':
        plan.filters.in_use_only = true;
        return;
      case 'c':
        plan.cull.stack = true;
        return;
      case '?':
        arguments_.usage = true;
        return;
      case kCullOption:
        Check(ParseCullKeys(optarg, generation_, plan.cull),
              "wrong argument after --cull option:");
        return;
      case kSortOption:
        TakeOrder();
        return;
      case kPidOption:
      case kTgidOption:
      case kNameOption:
        TakeFilter(option);
        return;
      default:
        TakeLetter(static_cast<char>(option));
    }
  }

  void TakeOrder() {
    auto keys = ParseSortKeys(optarg, generation_);
    Check(keys.has_value(), "wrong argument after --sort option:");
    // Without effect in 6.12, where letters alone decide.
    if (generation_ != SortGeneration::kLinux612 && keys.has_value()) {
      arguments_.plan.order = *std::move(keys);
    }
  }

  void TakeFilter(int option) {
    SortFilters& filters = arguments_.plan.filters;
    if (option == kNameOption) {
      filters.names = SplitSortList(optarg);
    } else if (option == kPidOption) {
      filters.pids = ParseIdList(optarg);
      Check(filters.pids.has_value(),
            "wrong/invalid pid in from the command line:");
    } else {
      filters.tgids = ParseIdList(optarg);
      Check(filters.tgids.has_value(),
            "wrong/invalid tgid in from the command line:");
    }
  }

  void TakeLetter(char option) {
    for (const SortLetter& letter : kLetters) {
      if (letter.letter != option) continue;
      // Before 6.7 the last one wins.
      conflicting_ =
          conflicting_ || (generation_ == SortGeneration::kLinux612 &&
                           letter_ != 0 && letter_ != option);
      letter_ = option;
      arguments_.plan.order = {letter.key};
    }
  }

  void Check(bool good, std::string_view what) {
    if (good) return;
    arguments_.failed = true;
    PrintToolLine(std::string(what) + optarg);
  }

  void Finish() {
    // From 5.18 to 6.6 only groups of --cull are ordered unasked.
    if (arguments_.plan.order.empty() &&
        (generation_ != SortGeneration::kLinux63 ||
         arguments_.plan.cull.any())) {
      arguments_.plan.order = {{SortBy::kTimes, /*descending=*/true}};
    }
  }

  const SortGeneration generation_;
  PageOwnerSortArguments arguments_;
  char letter_ = 0;
  bool conflicting_ = false;
};

}  // namespace

PageOwnerSortArguments ParsePageOwnerSort(SortGeneration generation,
                                          std::vector<char*> words) {
  return ArgumentParser(generation).Parse(std::move(words));
}

std::string PageOwnerSortUsage(SortGeneration generation) {
  if (generation == SortGeneration::kLinux319) {
    return "Usage: ./program <input> <output>\n";
  }
  std::string text = "Usage: ./page_owner_sort [OPTIONS] <input> <output>\n";
  for (const SortLetter& letter : kLetters) {
    if (!Has(letter, generation)) continue;
    text += '-';
    text += letter.letter;
    text += "\t\t\tOrder by ";
    text += letter.meaning;
    text += ".\n";
  }
  if (generation != SortGeneration::kLinux612) {
    text += "-f\t\t\tLeave out memory that has been released.\n";
  }
  if (generation == SortGeneration::kLinux517) {
    text += "-c\t\t\tOne group for all blocks of a stack trace.\n";
  }
  if (!HasLists(generation)) return text;
  text +=
      "\n--pid <numbers>\t\tKeep blocks of these processes, as in\n"
      "\t\t\t--pid=1,20.\n"
      "--tgid <numbers>\tKeep blocks of these thread groups.\n"
      "--name <names>\t\tKeep blocks of tasks that are called so.\n"
      "--cull <keys>\t\tOne group for all blocks that agree in these\n"
      "\t\t\tkeys, as in --cull=stacktrace,pid.\n"
      "--sort <keys>\t\tOrder by keys, + or - in front of each, as in\n"
      "\t\t\t--sort=-pid,name.\n";
  return text;
}

void PrintToolLine(std::string_view text) {
  const std::string line = std::string(text) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace pagelab
