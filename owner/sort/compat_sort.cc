#include "pagelab/owner/sort/compat_sort.h"

#include <sys/stat.h>

#include <atomic>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/plain_file.h"
#include "pagelab/base/status.h"
#include "pagelab/owner/dump/scan_dump.h"
#include "pagelab/owner/sort/compat_reader.h"
#include "pagelab/owner/sort/group_order.h"
#include "pagelab/owner/sort/group_text.h"
#include "pagelab/owner/sort/group_writer.h"
#include "pagelab/owner/sort/ordered_reader.h"

namespace pagelab {
namespace {

// The tool has room for a block every so many bytes.
constexpr uint64_t kBytesPerBlock = 100;
constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

struct Loaded {
  CompatSortResult result;
  std::unique_ptr<OrderedReader> ordered;
  std::vector<std::unique_ptr<CompatReader>> parallel;

  GroupTable& table() {
    return ordered != nullptr ? ordered->table() : parallel[0]->table();
  }
};

absl::StatusOr<uint64_t> CapacityFor(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<PlainFile> plain,
                           PlainFile::OpenIfPlain(path));
  if (plain != nullptr) return plain->size() / kBytesPerBlock;
  struct stat status;
  // A compressed file, or one that does not tell its size.
  const bool compressed = stat(path.c_str(), &status) == 0 &&
                          S_ISREG(status.st_mode) && status.st_size > 0;
  return compressed ? kNoLimit : 0;
}

absl::Status LoadInOrder(const CompatSortRequest& request, uint64_t capacity,
                         Loaded& loaded) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(request.input));
  loaded.ordered = std::make_unique<OrderedReader>(
      request.plan,
      OrderedReader::Options{
          .capacity = capacity, .debug = request.debug, .progress = nullptr});
  PAGELAB_RETURN_IF_ERROR(loaded.ordered->Read(*input));
  loaded.result = {.loaded = loaded.ordered->stored(),
                   .too_many = loaded.ordered->too_many()};
  return absl::OkStatus();
}

// Whether another block came when the last one that fits had been stored.
bool TooMany(const std::vector<std::unique_ptr<CompatReader>>& readers,
             uint64_t stored, uint64_t capacity) {
  if (stored != capacity) return stored > capacity;
  uint64_t last = 0;
  uint64_t last_stored = 0;
  bool any = false;
  for (const auto& reader : readers) {
    const CompatCounts& counts = reader->counts();
    any = any || counts.any;
    last = std::max(last, counts.last_position);
    last_stored = std::max(last_stored, counts.last_stored_position);
  }
  return any && (stored == 0 || last > last_stored);
}

// False if the tool's limits may show: then all must be read in order.
absl::StatusOr<bool> LoadInParallel(const CompatSortRequest& request,
                                    uint64_t capacity, Loaded& loaded) {
  std::atomic<bool> gave_up = false;
  std::vector<PieceReader*> readers;
  for (int i = 0; i < ScanThreads(); ++i) {
    loaded.parallel.push_back(
        std::make_unique<CompatReader>(request.plan, gave_up));
    readers.push_back(loaded.parallel.back().get());
  }
  PAGELAB_RETURN_IF_ERROR(ScanDump(request.input, readers, {}).status());
  if (gave_up) return false;
  uint64_t stored = 0;
  for (const auto& reader : loaded.parallel) stored += reader->counts().stored;
  loaded.result.too_many = TooMany(loaded.parallel, stored, capacity);
  loaded.result.loaded = loaded.result.too_many ? capacity : stored;
  if (loaded.result.too_many) return true;
  for (size_t i = 1; i < loaded.parallel.size(); ++i) {
    loaded.parallel[0]->table().Absorb(loaded.parallel[i]->table());
  }
  loaded.parallel.resize(1);
  return true;
}

}  // namespace

absl::StatusOr<CompatSortResult> CompatSort(const CompatSortRequest& request,
                                            OutputStream& out) {
  struct stat status;
  if (stat(request.input.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    // It opens, and gives nothing to read.
    return CompatSortResult();
  }
  PAGELAB_ASSIGN_OR_RETURN(const uint64_t capacity, CapacityFor(request.input));
  Loaded loaded;
  bool done = false;
  // What has no room for a block can perhaps be read only once. The older tools
  // compare a block with the one before it.
  if (request.debug == nullptr && capacity != 0 &&
      request.plan.generation == SortGeneration::kLinux612) {
    PAGELAB_ASSIGN_OR_RETURN(done, LoadInParallel(request, capacity, loaded));
  }
  if (!done) {
    loaded.parallel.clear();
    PAGELAB_RETURN_IF_ERROR(LoadInOrder(request, capacity, loaded));
  }
  if (loaded.result.too_many) return loaded.result;
  GroupTable& table = loaded.table();
  const GroupText text(table);
  std::vector<const Group*> groups = SortGroups(table, text);
  // 5.17 looks only at the first block of a group.
  if (request.plan.generation == SortGeneration::kLinux517 &&
      request.plan.filters.in_use_only) {
    std::erase_if(groups, [](const Group* group) { return group->released; });
  }
  WriteGroups(table, text, groups, out);
  return loaded.result;
}

}  // namespace pagelab
