// Which files a step works on, and how that is written.

#ifndef PAGELAB_WORKLOADS_STEPS_FILE_CHOICE_H_
#define PAGELAB_WORKLOADS_STEPS_FILE_CHOICE_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pagelab/workloads/kernel/file_table.h"
#include "pagelab/workloads/steps/step_tables.h"

namespace pagelab {

// "10 files of 4k".
struct NewFiles {
  uint64_t count = 1;
  // Of each.
  uint64_t bytes = 0;
};
ValueType<NewFiles> NewFilesType();
// Of a file: at most 16 TiB.
ValueType<uint64_t> FileSizeType();
ValueType<std::string> FileNameType();

// The files of that name, or what is wrong.
absl::StatusOr<std::vector<InodePtr>*> FindFiles(const StepActor& actor,
                                                 const std::string& name);

// Files that are made by the step, or that are there; and what of each.
struct FileChoice {
  // New ones.
  std::string as;
  FileSystem fs = FileSystem::kExt4;
  NewFiles files;
  // Existing ones.
  std::string file;
  uint64_t offset = 0;
  std::optional<uint64_t> bytes;
  // What one system call takes.
  uint64_t chunk = kPageSize;

  bool makes_files() const { return file.empty(); }
  NewFiles new_files() const {
    return bytes.has_value() ? NewFiles{.count = 1, .bytes = *bytes} : files;
  }
};

// A step that goes through its files, system call by system call.
struct FileStep : KernelStep {
  FileChoice choice;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override;

  // A stretch of one file, in bytes.
  struct Piece {
    uint64_t begin = 0;
    uint64_t end = 0;
    // Every system call of this file is made.
    bool last = false;
  };
  // What the process does next; it has that file open then. Nothing: the file
  // is gone. REQUIRES: as many of these are left as Operations() said.
  std::optional<Piece> NextPiece(StepActor& actor,
                                 FilePosition& position) const;
  // A piece of one of the files, by chance.
  std::optional<Piece> RandomPiece(StepActor& actor,
                                   FilePosition& position) const;

 private:
  // Of an existing file.
  Piece StretchOf(const Inode& inode) const;
  uint64_t NrPieces(const Piece& stretch) const;
};

// What a step says of its files.
struct FileWords {
  // What new files are like, and what of existing ones is meant.
  std::string_view as;
  std::string_view stretch;
};
void CheckFileChoice(const JsonValue& object, const FileChoice& choice,
                     Reader& reader);

template <class S>
void AddFileChoice(ObjectTable<S>& table, const FileWords& words) {
  const auto add = [&table](FieldText text, auto type, auto member) {
    table.AddStored(std::move(text), std::move(type),
                    [member](S& step, auto value) {
                      step.choice.*member = std::move(value);
                    });
  };
  add(FieldText{.name = "as",
                .doc = std::string(words.as) +
                       " What they are called together; more of that name add "
                       "to them.",
                .default_text = "existing files",
                .example = "\"src\""},
      FileNameType(), &FileChoice::as);
  add(FieldText{.name = "files",
                .doc = "How many new files, and how large each.",
                .default_text = "one",
                .example = "\"10 files of 4k\""},
      NewFilesType(), &FileChoice::files);
  add(FieldText{.name = "file",
                .doc = "Existing files, by the name that they were given.",
                .default_text = "new files",
                .example = "\"src\""},
      FileNameType(), &FileChoice::file);
  add(FieldText{.name = "offset",
                .doc = "In existing files: from where on.",
                .default_text = "0",
                .example = "\"1M\""},
      FileSizeType(), &FileChoice::offset);
  add(FieldText{.name = "size",
                .doc = "Of one new file: how large it is. " +
                       std::string(words.stretch),
                .default_text = "all",
                .example = "\"200M\""},
      As<std::optional<uint64_t>>(FileSizeType()), &FileChoice::bytes);
  table.SetCheck([](const JsonValue& object, const S& step, Reader& reader) {
    CheckFileChoice(object, step.choice, reader);
  });
}
template <class S>
void AddFileSystem(ObjectTable<S>& table) {
  table.AddStored(
      FieldText{.name = "fs",
                .doc = "Where new files are: on the disk, or in "
                       "memory.",
                .default_text = "\"ext4\"",
                .example = "\"tmpfs\""},
      EnumType(EnumWords<FileSystem>{{"ext4", FileSystem::kExt4},
                                     {"tmpfs", FileSystem::kTmpfs}}),
      [](S& step, FileSystem fs) { step.choice.fs = fs; });
}
template <class S>
void AddChunk(ObjectTable<S>& table) {
  table.AddStored(FieldText{.name = "chunk",
                            .doc = "How much one system call takes: between "
                                   "them, others have their turn.",
                            .default_text = "\"4K\"",
                            .example = "\"128K\""},
                  FileSizeType(), [](S& step, uint64_t chunk) {
                    step.choice.chunk = std::max<uint64_t>(chunk, 1);
                  });
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_STEPS_FILE_CHOICE_H_
