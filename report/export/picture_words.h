#ifndef PAGELAB_REPORT_EXPORT_PICTURE_WORDS_H_
#define PAGELAB_REPORT_EXPORT_PICTURE_WORDS_H_

#include <string>
#include <vector>

#include "pagelab/report/export/redactor.h"
#include "pagelab/report/source/memory_picture.h"

namespace pagelab {

// What a picture says of itself; redacted, no name of a file is in it, and no
// command.
std::string TitleOf(const MemoryPicture& picture, Redaction redaction);
std::vector<std::string> CommandsOf(const MemoryPicture& picture,
                                    Redaction redaction);
std::vector<std::string> MissingOf(const MemoryPicture& picture,
                                   Redaction redaction);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPORT_PICTURE_WORDS_H_
