// Steps that go through files: write_file, read_file, fallocate.

#include "pagelab/workloads/kernel/page_cache.h"
#include "pagelab/workloads/kernel/shmem.h"
#include "pagelab/workloads/steps/file_choice.h"

namespace pagelab {
namespace {

// The pages of a stretch of bytes.
struct Pages {
  explicit Pages(const FileStep::Piece& piece)
      : begin(piece.begin / kPageSize),
        end((piece.end + kPageSize - 1) / kPageSize) {}
  uint64_t begin;
  uint64_t end;
};

struct WriteFileStep final : FileStep {
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    FilePosition& position =
        actor.world.files().PositionOf(actor.process, this);
    const std::optional<Piece> piece = NextPiece(actor, position);
    if (!piece.has_value()) return absl::OkStatus();
    const InodePtr inode = position.open;
    if (piece->last) position.open.reset();
    if (piece->begin == piece->end) return absl::OkStatus();
    inode->size = std::max(inode->size, piece->end);
    const Pages pages(*piece);
    if (inode->fs == FileSystem::kTmpfs) {
      actor.world.shmem().Write(actor.process, *inode, pages.begin, pages.end);
    } else {
      actor.world.page_cache().Write(actor.process, *inode, pages.begin,
                                     pages.end);
    }
    return absl::OkStatus();
  }
};

const ObjectTable<WriteFileStep>& WriteFileTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<WriteFileStep>(ObjectInfo{
        .name = "write_file-step",
        .title = "Write_file step",
        .doc = "Writes files. On ext4 the pages are dirty until a flusher has "
               "written them: after 30 seconds, or as soon as they are more "
               "than `dirty_background_ratio`; a writer that is faster than "
               "the disk waits at `dirty_ratio`. In tmpfs they stay, or go to "
               "swap.",
        .example = R"({"as": "src", "files": "10 files of 4k"})"});
    AddFileChoice(*result,
                  {.as = "Makes new files.",
                   .stretch = "Of existing files: how much is written, which "
                              "may be more than there was."});
    AddFileSystem(*result);
    AddChunk(*result);
    AddPace(*result, "System calls");
    AddOf(*result);
    return result;
  }();
  return *table;
}

enum class ReadOrder : uint8_t { kSequential, kRandom };

struct ReadFileStep final : FileStep {
  ReadOrder order = ReadOrder::kSequential;
  std::optional<uint64_t> count;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    PAGELAB_ASSIGN_OR_RETURN(uint64_t pieces, FileStep::Operations(actor));
    if (choice.makes_files()) {
      std::vector<InodePtr>& files = actor.world.files().group(choice.as);
      FilePosition& position =
          actor.world.files().PositionOf(actor.process, this);
      const NewFiles made = choice.new_files();
      for (uint64_t i = 0; i < made.count; ++i) {
        files.push_back(
            actor.world.CreateFile(actor.process, FileSystem::kExt4));
        files.back()->size = made.bytes;
        position.files.push_back(files.back());
      }
    }
    return count.value_or(pieces);
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    FilePosition& position =
        actor.world.files().PositionOf(actor.process, this);
    const std::optional<Piece> piece = order == ReadOrder::kRandom
                                           ? RandomPiece(actor, position)
                                           : NextPiece(actor, position);
    if (!piece.has_value()) return absl::OkStatus();
    const Pages pages(*piece);
    const InodePtr inode = position.open;
    if (piece->begin < piece->end && inode->fs == FileSystem::kTmpfs) {
      actor.world.shmem().Read(actor.process, *inode, pages.begin, pages.end);
    } else if (piece->begin < piece->end) {
      actor.world.page_cache().Read(actor.process, position, pages.begin,
                                    pages.end);
    }
    if (piece->last) position.open.reset();
    return absl::OkStatus();
  }
};

const ObjectTable<ReadFileStep>& ReadFileTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ReadFileStep>(ObjectInfo{
        .name = "read_file-step",
        .title = "Read_file step",
        .doc = "Reads files. What is not in memory comes from the disk, with "
               "readahead of up to 128 KiB where the file is read in order; a "
               "page that is read twice is active. The reader waits for the "
               "disk, others run meanwhile.",
        .example = R"({"file": "src", "order": "random", "count": 1000})"});
    AddFileChoice(*result,
                  {.as = "Files that are on the disk already, none of them in "
                         "memory.",
                   .stretch = "Of existing files: how much is read."});
    AddChunk(*result);
    result->Add(
        FieldText{.name = "order",
                  .doc = "From the start to the end, or anywhere.",
                  .default_text = "\"sequential\"",
                  .example = "\"random\""},
        &ReadFileStep::order,
        EnumType(EnumWords<ReadOrder>{{"sequential", ReadOrder::kSequential},
                                      {"random", ReadOrder::kRandom}}));
    result->Add(FieldText{.name = "count",
                          .doc = "At most so many system calls.",
                          .default_text = "all of each file once",
                          .example = "1000"},
                &ReadFileStep::count,
                As<std::optional<uint64_t>>(CountType(1)));
    AddPace(*result, "System calls");
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct FallocateStep final : FileStep {
  bool punch_hole = false;

  FallocateStep() {
    choice.fs = FileSystem::kTmpfs;
    // One call for each file.
    choice.chunk = UINT64_MAX / 2;
  }

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    if (!choice.makes_files()) {
      PAGELAB_ASSIGN_OR_RETURN(const std::vector<InodePtr>* files,
                               FindFiles(actor, choice.file));
      for (const InodePtr& inode : *files) {
        if (inode->fs == FileSystem::kTmpfs) continue;
        return InvalidInput("files \"" + choice.file +
                            "\" are on ext4, where fallocate(2) takes blocks "
                            "of the disk and no memory; \"fs\": \"tmpfs\" of "
                            "\"write_file\" makes others");
      }
    }
    return FileStep::Operations(actor);
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    FilePosition& position =
        actor.world.files().PositionOf(actor.process, this);
    const std::optional<Piece> piece = NextPiece(actor, position);
    if (!piece.has_value()) return absl::OkStatus();
    const InodePtr inode = position.open;
    position.open.reset();
    if (piece->begin == piece->end) return absl::OkStatus();
    const Pages pages(*piece);
    if (punch_hole) {
      // Whole pages only.
      actor.world.shmem().Truncate(actor.process, *inode,
                                   (piece->begin + kPageSize - 1) / kPageSize,
                                   piece->end / kPageSize);
      return absl::OkStatus();
    }
    if (actor.world.shmem().Fallocate(actor.process, *inode, pages.begin,
                                      pages.end) == FileResult::kDone) {
      inode->size = std::max(inode->size, piece->end);
    }
    return absl::OkStatus();
  }
};

const ObjectTable<FallocateStep>& FallocateTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<FallocateStep>(ObjectInfo{
        .name = "fallocate-step",
        .title = "Fallocate step",
        .doc = "Reserves memory for files in tmpfs, or punches holes into "
               "them. A file for which there is not enough gets none.",
        .example = R"({"as": "segment", "size": "64M"})"});
    AddFileChoice(*result, {.as = "Makes new files.",
                            .stretch = "Of existing files: how much."});
    result->Add(FieldText{.name = "punch_hole",
                          .doc = "Frees the stretch instead, in existing "
                                 "files (FALLOC_FL_PUNCH_HOLE).",
                          .default_text = "false",
                          .example = "true"},
                &FallocateStep::punch_hole, BoolType());
    AddPace(*result, "Files");
    AddOf(*result);
    return result;
  }();
  return *table;
}

}  // namespace

void AddFileSteps(ObjectTable<Step>& table,
                  std::vector<const ObjectInfo*>& objects) {
  AddKernelStep(table, objects, &WriteFileTable);
  AddKernelStep(table, objects, &ReadFileTable);
  AddKernelStep(table, objects, &FallocateTable);
}

}  // namespace pagelab
