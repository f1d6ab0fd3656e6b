// Fields that steps of named things have in common; for the language code only.

#ifndef PAGELAB_WORKLOADS_STEPS_ITEM_FIELDS_H_
#define PAGELAB_WORKLOADS_STEPS_ITEM_FIELDS_H_

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/workloads/kernel/kernel_memory.h"
#include "pagelab/workloads/kernel/named_items.h"
#include "pagelab/workloads/steps/step_tables.h"

namespace pagelab {

// A step that takes so many things and calls them by a name.
struct TakeStep : KernelStep {
  std::string as;
  uint64_t count = 1;

  absl::StatusOr<uint64_t> Operations(StepActor& /*actor*/) const override {
    return count;
  }
};

template <class S>
void AddTake(ObjectTable<S>& table, std::string_view what) {
  table.AddStored(FieldText{.name = "as",
                            .doc = "What they are called, for the step that "
                                   "gives them back.",
                            .default_text = "\"\", which nothing gives back",
                            .example = "\"objs\""},
                  NameType("a name"),
                  [](S& step, std::string as) { step.as = std::move(as); });
  table.AddStored(FieldText{.name = "count",
                            .doc = "How many.",
                            .default_text = "1",
                            .example = "1000"},
                  CountType(1),
                  [](S& step, uint64_t count) { step.count = count; });
  AddPace(table, what);
  AddOf(table);
}

// A step that gives things back that another called by a name.
struct GiveStep : KernelStep {
  std::string handle;
  std::optional<uint64_t> count;
  ItemPick pick = ItemPick::kOldest;

 protected:
  // `there` are things of that name, if anybody took any.
  absl::StatusOr<uint64_t> AtMost(std::optional<uint64_t> there,
                                  std::string_view taken_by) const {
    if (!there.has_value()) {
      return InvalidInput("nothing is called \"" + handle + "\" here: " +
                          std::string(taken_by) + " with \"as\" does that");
    }
    return std::min(count.value_or(*there), *there);
  }
  template <class T>
  static std::optional<uint64_t> CountOf(const NamedItems<T>& items,
                                         std::string_view name) {
    if (!items.knows(name)) return std::nullopt;
    return items.size(name);
  }
};

template <class S>
void AddGive(ObjectTable<S>& table, std::string_view what) {
  table.AddStored(FieldText{.name = "handle",
                            .doc = "What they are called.",
                            .example = "\"objs\"",
                            .required = true},
                  NameType("a name"), [](S& step, std::string handle) {
                    step.handle = std::move(handle);
                  });
  table.AddStored(FieldText{.name = "count",
                            .doc = "At most so many.",
                            .default_text = "all",
                            .example = "500"},
                  CountType(1),
                  [](S& step, uint64_t count) { step.count = count; });
  table.AddStored(
      FieldText{.name = "pick",
                .doc = "Which first. A random pick leaves the newest in its "
                       "place.",
                .default_text = "\"oldest\"",
                .example = "\"random\""},
      EnumType(EnumWords<ItemPick>{{"oldest", ItemPick::kOldest},
                                   {"newest", ItemPick::kNewest},
                                   {"random", ItemPick::kRandom}}),
      [](S& step, ItemPick pick) { step.pick = pick; });
  AddPace(table, what);
  AddOf(table);
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_STEPS_ITEM_FIELDS_H_
