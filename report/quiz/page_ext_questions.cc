// How large an entry of page_ext is, and what the tables take.

#include <string>
#include <utility>
#include <vector>

#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/quiz/setting.h"
#include "pagelab/report/quiz/topics.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

struct Tracker {
  std::string_view name;
  std::string_view parameter;
  std::string_view text;
};

constexpr Tracker kTrackers[] = {
    {"page_owner", "page_owner=on",
     "page_owner: 64 bytes, and the shared flags word of 8"},
    {"page_alloc_tagging", "sysctl.vm.mem_profiling=1",
     "memory allocation profiling: 8 bytes, one reference"},
    {"page_table_check", "page_table_check=on",
     "page_table_check: 8 bytes, two counters"}};

// A machine with small sections, and some of the trackers on.
struct Layout {
  int section_order = 7;
  uint64_t sections = 2;
  std::vector<const Tracker*> on = {};
  std::string command_line = {};
};

Layout RandomLayout(Random& random) {
  Layout layout;
  layout.section_order = static_cast<int>(random.UniformBetween(7, 10));
  layout.sections = random.UniformBetween(1, 6);
  // At least one of the three.
  const uint64_t mask = random.UniformBetween(1, 7);
  for (size_t i = 0; i < std::size(kTrackers); ++i) {
    if ((mask >> i & 1) == 0) continue;
    layout.on.push_back(&kTrackers[i]);
    if (!layout.command_line.empty()) layout.command_line += ' ';
    layout.command_line += kTrackers[i].parameter;
  }
  return layout;
}

absl::StatusOr<Machine> BootLayout(const Layout& layout) {
  PAGELAB_ASSIGN_OR_RETURN(MachineConfig config, LoadMachine("hello"));
  config.geometry.section_order = layout.section_order;
  const uint64_t begin = uint64_t{1} << 24;
  const uint64_t bytes = layout.sections << (layout.section_order + kPageShift);
  config.memory_map = {{.range = {begin, begin + bytes}}};
  config.command_line = layout.command_line;
  return Machine::Boot(config);
}

std::string SettingOf(const Layout& layout) {
  return "A machine with " + Counted(layout.sections, "section") + " of " +
         std::to_string(uint64_t{1} << layout.section_order) +
         " pages boots Linux 6.12 (64 bits) with the parameters\n  " +
         layout.command_line + "\nand has no other client of page_ext.\n";
}

std::string WhyOfEntry(const Layout& layout, const PageExt& page_ext) {
  std::string why = "an entry of page_ext has what its clients need: ";
  for (size_t i = 0; i < layout.on.size(); ++i) {
    if (i > 0) why += "; ";
    why += layout.on[i]->text;
  }
  return why + "; " + std::to_string(page_ext.entry_size()) +
         " bytes in all (invoke_need_callbacks(), page-ext-owner-depot.md 1.2)";
}

std::string WhyOfTables(const Layout& layout, const PageExt& page_ext) {
  const uint64_t pages = uint64_t{1} << layout.section_order;
  const uint64_t bytes = pages * page_ext.entry_size();
  return "a table has an entry for each page of its section: " +
         std::to_string(pages) + " times " +
         std::to_string(page_ext.entry_size()) + " are " + Grouped(bytes) +
         " bytes, " + Counted((bytes + kPageSize - 1) / kPageSize, "page") +
         " (alloc_page_ext(), page-ext-owner-depot.md 1.4)";
}

PageExt::ClientId ClientNamed(const PageExt& page_ext, std::string_view name) {
  for (size_t i = 0; i < page_ext.clients().size(); ++i) {
    if (page_ext.clients()[i].name == name) return i;
  }
  PAGELAB_CHECK(!"a client of page_ext");
  return 0;
}

}  // namespace

absl::StatusOr<Question> AskPageExt(Random& random) {
  const Layout layout = RandomLayout(random);
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, BootLayout(layout));
  const PageExt& page_ext = *machine.page_ext();
  Question question;
  question.topic = QuizTopic::kPageExt;
  question.setting = SettingOf(layout);
  question.form = AnswerForm::kNumber;
  question.why = WhyOfEntry(layout, page_ext);
  const std::string tables = WhyOfTables(layout, page_ext);
  switch (random.Uniform(4)) {
    case 0:
      question.shape = "entry-size";
      question.ask = "How many bytes has the entry of a page in page_ext?";
      question.answer = std::to_string(page_ext.entry_size());
      break;
    case 1: {
      const Tracker& client = *OneOf(random, layout.on);
      question.shape = "offset";
      question.ask =
          "At which offset in the entry, in bytes, are the data of " +
          std::string(client.name) + "?";
      question.answer = std::to_string(
          *page_ext.OffsetOf(ClientNamed(page_ext, client.name)));
      break;
    }
    case 2:
      question.shape = "pages-of-a-table";
      question.points = 2;
      question.ask = "How many pages does the table of one section take?";
      question.answer =
          std::to_string(page_ext.nr_memmap_pages().value() / layout.sections);
      question.why += "; " + tables;
      break;
    default:
      question.shape = "pages-in-all";
      question.points = 2;
      question.ask =
          "How many pages does page_ext take in all (nr_memmap_pages)?";
      question.answer = std::to_string(page_ext.nr_memmap_pages().value());
      question.why += "; " + tables + ", and there is one for each section";
  }
  return question;
}

}  // namespace pagelab
