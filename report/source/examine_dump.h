#ifndef PAGELAB_REPORT_SOURCE_EXAMINE_DUMP_H_
#define PAGELAB_REPORT_SOURCE_EXAMINE_DUMP_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/report/source/memory_picture.h"

namespace pagelab {

// Reads a dump once and puts it into the picture, with sentences on what of it
// is missing. Of an input that ends in the middle or is damaged there, what
// came before is kept. An error where no record is whole: NotFound if there is
// none at all.
absl::Status AddDump(std::shared_ptr<const RereadableText> dump,
                     const PictureNeeds& needs, MemoryPicture& picture);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_EXAMINE_DUMP_H_
