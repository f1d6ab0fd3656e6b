#ifndef PAGELAB_BASE_GZIP_TEXT_H_
#define PAGELAB_BASE_GZIP_TEXT_H_

#include <string>
#include <string_view>

namespace pagelab {

// `bytes` as a gzip file without name and time: the same bytes give the same
// file. For texts that are in memory as a whole.
std::string GzipText(std::string_view bytes);

}  // namespace pagelab

#endif  // PAGELAB_BASE_GZIP_TEXT_H_
