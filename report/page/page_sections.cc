#include "pagelab/report/page/page_sections.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "pagelab/base/gzip_text.h"
#include "pagelab/base/text.h"

namespace pagelab {

void PageSections::Add(std::string name, std::string_view bytes) {
  sections_.push_back({std::move(name), GzipText(bytes)});
}

void PageSections::WriteTo(OutputStream& out) const {
  // A multiple of 3: only the last piece is padded.
  constexpr size_t kPiece = 3 << 14;
  std::string base64;
  for (const Section& section : sections_) {
    out.Append("<script type=\"application/octet-stream\" data-name=\"");
    out.Append(section.name);
    out.Append("\">");
    const std::string_view all = section.gzip;
    for (size_t at = 0; at < all.size() && out.ok(); at += kPiece) {
      absl::Base64Escape(ToAbsl(all.substr(at, kPiece)), &base64);
      out.Append(base64);
    }
    out.Append("</script>\n");
  }
}

}  // namespace pagelab
