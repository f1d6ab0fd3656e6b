// Steps that take files as a whole: truncate, unlink, fsync, sync,
// drop_caches.

#include "pagelab/workloads/kernel/page_cache.h"
#include "pagelab/workloads/kernel/shmem.h"
#include "pagelab/workloads/steps/file_choice.h"

namespace pagelab {
namespace {

// From the byte on that begins no page of what stays.
void FreePages(StepActor& actor, Inode& inode, uint64_t bytes) {
  const uint64_t begin = (bytes + kPageSize - 1) / kPageSize;
  if (inode.fs == FileSystem::kTmpfs) {
    actor.world.shmem().Truncate(actor.process, inode, begin, UINT64_MAX);
  } else {
    actor.world.page_cache().Truncate(actor.process, inode, begin);
  }
}

// A step for each file of a name.
struct EachFileStep : KernelStep {
  std::string file;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    PAGELAB_ASSIGN_OR_RETURN(const std::vector<InodePtr>* files,
                             FindFiles(actor, file));
    FilePosition& position =
        actor.world.files().PositionOf(actor.process, this);
    position = FilePosition();
    position.files = *files;
    return files->size();
  }
  // Null: it was unlinked meanwhile.
  Inode* FileNumber(StepActor& actor, uint64_t index) const {
    const FilePosition& position =
        actor.world.files().PositionOf(actor.process, this);
    Inode& inode = *position.files[index];
    return inode.linked ? &inode : nullptr;
  }
};

template <class S>
void AddFile(ObjectTable<S>& table) {
  table.AddStored(FieldText{.name = "file",
                            .doc = "Which files, by their name.",
                            .example = "\"src\"",
                            .required = true},
                  FileNameType(), [](S& step, std::string file) {
                    step.file = std::move(file);
                  });
}

struct TruncateStep final : EachFileStep {
  uint64_t bytes = 0;

  absl::Status Do(StepActor& actor, uint64_t index) const override {
    Inode* inode = FileNumber(actor, index);
    if (inode == nullptr) return absl::OkStatus();
    FreePages(actor, *inode, bytes);
    inode->size = bytes;
    return absl::OkStatus();
  }
};

const ObjectTable<TruncateStep>& TruncateTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<TruncateStep>(ObjectInfo{
        .name = "truncate-step",
        .title = "Truncate step",
        .doc = "Makes files shorter, and frees their pages behind the end; or "
               "longer, with nothing there.",
        .example = R"({"file": "log", "size": "1M"})"});
    AddFile(*result);
    result->Add(FieldText{.name = "size",
                          .doc = "How large each is afterwards.",
                          .default_text = "0",
                          .example = "\"1M\""},
                &TruncateStep::bytes, FileSizeType());
    AddPace(*result, "Files");
    return result;
  }();
  return *table;
}

struct UnlinkStep final : KernelStep {
  std::string file;
  std::optional<uint64_t> count;
  FreePick pick = FreePick::kOldest;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    PAGELAB_ASSIGN_OR_RETURN(const std::vector<InodePtr>* files,
                             FindFiles(actor, file));
    const uint64_t there = files->size();
    return std::min(count.value_or(there), there);
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    std::vector<InodePtr>& files = actor.world.files().group(file);
    if (files.empty()) return absl::OkStatus();
    size_t chosen = 0;
    if (pick == FreePick::kNewest) chosen = files.size() - 1;
    if (pick == FreePick::kRandom) chosen = actor.random.Uniform(files.size());
    const InodePtr inode = files[chosen];
    files.erase(files.begin() + static_cast<int64_t>(chosen));
    FreePages(actor, *inode, 0);
    actor.world.RemoveFile(actor.process, *inode);
    return absl::OkStatus();
  }
};

const ObjectTable<UnlinkStep>& UnlinkTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<UnlinkStep>(ObjectInfo{
        .name = "unlink-step",
        .title = "Unlink step",
        .doc = "Removes files. Their pages are freed at once, dirty or not, "
               "and a writer or reader of them finds nothing more to do.",
        .example = R"({"file": "src", "count": 5, "pick": "random"})"});
    AddFile(*result);
    result->Add(FieldText{.name = "count",
                          .doc = "At most so many.",
                          .default_text = "all",
                          .example = "5"},
                &UnlinkStep::count, As<std::optional<uint64_t>>(CountType(1)));
    result->Add(FieldText{.name = "pick",
                          .doc = "Which first.",
                          .default_text = "\"oldest\"",
                          .example = "\"random\""},
                &UnlinkStep::pick,
                EnumType(EnumWords<FreePick>{{"oldest", FreePick::kOldest},
                                             {"newest", FreePick::kNewest},
                                             {"random", FreePick::kRandom}}));
    AddPace(*result, "Files");
    return result;
  }();
  return *table;
}

struct FsyncStep final : EachFileStep {
  absl::Status Do(StepActor& actor, uint64_t index) const override {
    Inode* inode = FileNumber(actor, index);
    if (inode == nullptr || inode->fs == FileSystem::kTmpfs) {
      return absl::OkStatus();
    }
    actor.world.page_cache().Sync(actor.process, *inode);
    return absl::OkStatus();
  }
};

const ObjectTable<FsyncStep>& FsyncTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<FsyncStep>(
        ObjectInfo{.name = "fsync-step",
                   .title = "Fsync step",
                   .doc = "Writes what is dirty of files, one after the other, "
                          "and waits for the disk. Nothing in tmpfs.",
                   .example = R"({"file": "src"})"});
    AddFile(*result);
    AddPace(*result, "Files");
    return result;
  }();
  return *table;
}

struct SyncStep final : KernelStep {
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.world.files().ForEach([&actor](Inode& inode) {
      if (inode.fs != FileSystem::kExt4) return;
      actor.world.page_cache().Sync(actor.process, inode);
    });
    return absl::OkStatus();
  }
};

const ObjectTable<SyncStep>& SyncTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<SyncStep>(
        ObjectInfo{.name = "sync-step",
                   .title = "Sync step",
                   .doc = "Writes everything that is dirty, and waits for it.",
                   .example = "{}"});
    return result;
  }();
  return *table;
}

enum class DropWhat : uint8_t { kPagecache, kSlab, kAll };

struct DropCachesStep final : KernelStep {
  DropWhat what = DropWhat::kAll;

  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    ExecutionContext context = actor.world.ContextOf(actor.process);
    if (what != DropWhat::kSlab) actor.world.page_cache().DropClean(context);
    if (what == DropWhat::kPagecache) return absl::OkStatus();
    AllocatorState& state = actor.world.machine().state();
    for (const Node& node : state.all_nodes()) {
      while (actor.world.ShrinkSlab(context, node.id, 0) > PageCount(0)) {
      }
    }
    state.events.Count(VmEvent::kDropSlab);
    return absl::OkStatus();
  }
};

const ObjectTable<DropCachesStep>& DropCachesTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<DropCachesStep>(
        ObjectInfo{.name = "drop_caches-step",
                   .title = "Drop_caches step",
                   .doc = "Frees what is clean of the page cache, and caches "
                          "of the kernel that can shrink, as a write to "
                          "/proc/sys/vm/drop_caches does. What is dirty stays: "
                          "`sync` comes first.",
                   .example = R"({"what": "pagecache"})"});
    result->Add(
        FieldText{.name = "what",
                  .doc = "1, 2 or 3 of the kernel's file.",
                  .default_text = "\"all\"",
                  .example = "\"pagecache\""},
        &DropCachesStep::what,
        EnumType(EnumWords<DropWhat>{{"pagecache", DropWhat::kPagecache},
                                     {"slab", DropWhat::kSlab},
                                     {"all", DropWhat::kAll}}));
    return result;
  }();
  return *table;
}

}  // namespace

void AddFileUseSteps(ObjectTable<Step>& table,
                     std::vector<const ObjectInfo*>& objects) {
  AddKernelStep(table, objects, &TruncateTable);
  AddKernelStep(table, objects, &UnlinkTable);
  AddKernelStep(table, objects, &FsyncTable);
  AddKernelStep(table, objects, &SyncTable);
  AddKernelStep(table, objects, &DropCachesTable);
}

}  // namespace pagelab
