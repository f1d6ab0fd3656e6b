#include "pagelab/report/page/page_template.h"

// The assembler reads the file: a compiler takes long over a literal of that
// size.
asm(".pushsection .rodata\n"
    ".balign 16\n"
    ".hidden pagelab_page_template\n"
    ".globl pagelab_page_template\n"
    "pagelab_page_template:\n"
    ".incbin \"" PAGELAB_PAGE_TEMPLATE
    "\"\n"
    ".hidden pagelab_page_template_end\n"
    ".globl pagelab_page_template_end\n"
    "pagelab_page_template_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const char pagelab_page_template[];
extern const char pagelab_page_template_end[];
}

namespace pagelab {

std::string_view PageTemplate() {
  return std::string_view(
      pagelab_page_template,
      static_cast<size_t>(pagelab_page_template_end - pagelab_page_template));
}

}  // namespace pagelab
