// The data of a page; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_PAGE_SECTIONS_H_
#define PAGELAB_REPORT_PAGE_PAGE_SECTIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/output_stream.h"

namespace pagelab {

// Named pieces of data, compressed as they come: gzip in base64 in elements
// that no browser runs. Nothing of a dump's text can be read as HTML.
class PageSections {
 public:
  // `name` is of letters, digits, '-' and '.'.
  void Add(std::string name, std::string_view bytes);
  void WriteTo(OutputStream& out) const;

 private:
  struct Section {
    std::string name;
    std::string gzip;
  };
  std::vector<Section> sections_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_PAGE_SECTIONS_H_
