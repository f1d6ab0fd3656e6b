#include "pagelab/workloads/steps/file_choice.h"

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// FolioUse::index counts pages in 32 bits.
constexpr uint64_t kMaxFileBytes = uint64_t{1} << 44;
constexpr uint64_t kMaxFiles = 10'000'000;
constexpr std::string_view kFilesForm =
    "files as in \"10 files of 4k\": a number up to 10000000, \"files of\", a "
    "size of at most 16TiB";
constexpr std::string_view kFilesPattern =
    "^[0-9]+ files? of (0[xX][0-9a-fA-F]+|[0-9]+([kKmMgGtTpP](iB)?|B)?)$";

std::optional<NewFiles> ParseFiles(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(space + 1);
  for (const std::string_view words : {"files of ", "file of "}) {
    if (!rest.starts_with(words)) continue;
    rest.remove_prefix(words.size());
    const auto count = ParseUint64(text.substr(0, space));
    const auto bytes = ParseSize(rest);
    if (!count.ok() || !bytes.ok() || *count == 0 || *count > kMaxFiles ||
        *bytes > kMaxFileBytes) {
      return std::nullopt;
    }
    return NewFiles{.count = *count, .bytes = *bytes};
  }
  return std::nullopt;
}

}  // namespace

ValueType<NewFiles> NewFilesType() {
  TypeInfo info{.expected = std::string(kFilesForm),
                .markdown = std::string(kFilesForm),
                .schema = JsonValue::Object(
                    {{"type", JsonValue::String("string")},
                     {"pattern", JsonValue::String(kFilesPattern)}})};
  return ValueType<NewFiles>{
      std::move(info),
      [](const JsonValue& value, NewFiles& target, Reader& reader) {
        const auto files = value.is_string() ? ParseFiles(value.text())
                                             : std::optional<NewFiles>();
        if (!files.has_value()) {
          reader.ErrorExpected(value, kFilesForm);
          return;
        }
        target = *files;
      }};
}

ValueType<uint64_t> FileSizeType() {
  ValueType<uint64_t> type = SizeType();
  type.read = [read = type.read](const JsonValue& value, uint64_t& target,
                                 Reader& reader) {
    uint64_t bytes = 0;
    read(value, bytes, reader);
    if (bytes > kMaxFileBytes) {
      reader.ErrorExpected(value, "at most 16TiB, as a file is");
      return;
    }
    target = bytes;
  };
  return type;
}

ValueType<std::string> FileNameType() { return NameType("the name of files"); }

absl::StatusOr<std::vector<InodePtr>*> FindFiles(const StepActor& actor,
                                                 const std::string& name) {
  std::vector<InodePtr>* files = actor.world.files().FindGroup(name);
  if (files != nullptr) return files;
  return InvalidInput("there are no files \"" + name +
                      "\": \"write_file\" with \"as\" makes some");
}

FileStep::Piece FileStep::StretchOf(const Inode& inode) const {
  const uint64_t end =
      choice.bytes.has_value() ? choice.offset + *choice.bytes : inode.size;
  return {.begin = std::min(choice.offset, end), .end = end};
}

uint64_t FileStep::NrPieces(const Piece& stretch) const {
  return (stretch.end - stretch.begin + choice.chunk - 1) / choice.chunk;
}

absl::StatusOr<uint64_t> FileStep::Operations(StepActor& actor) const {
  FilePosition& position = actor.world.files().PositionOf(actor.process, this);
  position = FilePosition();
  if (choice.makes_files()) {
    const NewFiles files = choice.new_files();
    const uint64_t pieces = NrPieces({.end = files.bytes});
    return files.count * std::max<uint64_t>(pieces, 1);
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<InodePtr>* files,
                           FindFiles(actor, choice.file));
  uint64_t pieces = 0;
  for (const InodePtr& inode : *files) {
    const uint64_t of_file = NrPieces(StretchOf(*inode));
    if (of_file == 0) continue;
    position.files.push_back(inode);
    pieces += of_file;
  }
  return pieces;
}

std::optional<FileStep::Piece> FileStep::NextPiece(
    StepActor& actor, FilePosition& position) const {
  // A reader's new files are there already.
  const bool makes = choice.makes_files() && position.files.empty();
  if (position.open == nullptr) {
    if (makes) {
      position.open = actor.world.CreateFile(actor.process, choice.fs);
      actor.world.files().group(choice.as).push_back(position.open);
    } else {
      if (position.file == position.files.size()) return std::nullopt;
      position.open = position.files[position.file++];
    }
    position.readahead = Readahead();
    position.offset = choice.offset;
  }
  const Piece stretch =
      makes ? Piece{.begin = 0, .end = choice.new_files().bytes, .last = false}
            : StretchOf(*position.open);
  Piece piece;
  piece.begin = position.offset;
  piece.end = std::min(piece.begin + choice.chunk, stretch.end);
  piece.last = piece.end >= stretch.end;
  position.offset = piece.end;
  if (!position.open->linked || piece.end < piece.begin) {
    piece.end = piece.begin;
  }
  return piece;
}

std::optional<FileStep::Piece> FileStep::RandomPiece(
    StepActor& actor, FilePosition& position) const {
  if (position.files.empty()) return std::nullopt;
  const InodePtr& inode =
      position.files[actor.random.Uniform(position.files.size())];
  const Piece stretch = StretchOf(*inode);
  const uint64_t pieces = NrPieces(stretch);
  if (!inode->linked || pieces == 0) return std::nullopt;
  if (position.open != inode) position.readahead = Readahead();
  position.open = inode;
  Piece piece;
  piece.begin = stretch.begin + actor.random.Uniform(pieces) * choice.chunk;
  piece.end = std::min(piece.begin + choice.chunk, stretch.end);
  return piece;
}

void CheckFileChoice(const JsonValue& object, const FileChoice& choice,
                     Reader& reader) {
  const auto both = [&](std::string_view a, std::string_view b) {
    if (object.Find(a) == nullptr || object.Find(b) == nullptr) return false;
    reader.Error(PositionOf(object, b),
                 QuoteJson(a) + " and " + QuoteJson(b) + " exclude each other");
    return true;
  };
  if (both("as", "file") || both("file", "files") || both("files", "size")) {
    return;
  }
  if (choice.as.empty() && choice.file.empty()) {
    reader.Error(object, "needs \"as\" for new files or \"file\" for existing");
    return;
  }
  if (choice.as.empty()) return;
  if (both("as", "offset")) return;
  if (object.Find("files") == nullptr && object.Find("size") == nullptr) {
    reader.Error(object,
                 "new files need \"files\", as in \"10 files of 4k\", or the "
                 "\"size\" of one");
  }
}

}  // namespace pagelab
