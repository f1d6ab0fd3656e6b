#include "pagelab/owner/own_frame.h"

#include <algorithm>
#include <iterator>

#include "pagelab/owner/dump/line_cursor.h"

namespace pagelab {
namespace {

// Beginnings of the names of functions that allocate for their callers.
constexpr std::string_view kHelpers[] = {
    "post_alloc_hook",
    "save_stack",
    "__set_page_owner",
    "prep_new_page",
    "get_page_from_freelist",
    "__alloc_pages",
    "alloc_pages",
    "alloc_contig",
    "get_free_pages",
    "__get_free_pages",
    "get_zeroed_page",
    "folio_alloc",
    "__folio_alloc",
    "vma_alloc_folio",
    "vma_alloc_zeroed",
    "filemap_alloc_folio",
    "__filemap_get_folio",
    "new_slab",
    "allocate_slab",
    "___slab_alloc",
    "__slab_alloc",
    "kmem_cache_alloc",
    "__kmalloc",
    "___kmalloc",
    "kmalloc",
    "__kvmalloc",
    "kvmalloc",
    "__vmalloc",
    "vmalloc",
    "vzalloc",
    "__page_frag_alloc",
    "page_frag_alloc",
    "__alloc_skb",
    "alloc_skb",
    "__napi_alloc_skb",
    "__netdev_alloc_skb",
};

bool IsHelper(std::string_view frame) {
  return std::any_of(
      std::begin(kHelpers), std::end(kHelpers),
      [frame](std::string_view helper) { return frame.starts_with(helper); });
}

// Stands in place of frames that are in another file.
bool IsHandle(std::string_view frame) { return frame.starts_with("handle: "); }

}  // namespace

FrameList FramesOf(std::string_view lines) {
  FrameList frames;
  while (!lines.empty()) {
    std::string_view frame = TakeLine(lines);
    const size_t begin = frame.find_first_not_of(" \t");
    if (begin == std::string_view::npos) continue;
    frames.push_back(WithoutAddress(frame.substr(begin)));
  }
  return frames;
}

std::string_view WithoutAddress(std::string_view frame) {
  constexpr std::string_view kEnd = ">] ";
  const size_t end =
      frame.starts_with("[<") ? frame.find(kEnd) : std::string_view::npos;
  return end == std::string_view::npos ? frame
                                       : frame.substr(end + kEnd.size());
}

std::string_view SymbolOf(std::string_view frame) {
  return frame.substr(0, std::min(frame.find('+'), frame.find(' ')));
}

std::string_view ModuleOf(std::string_view frame) {
  const size_t begin = frame.find(" [");
  if (begin == std::string_view::npos || !frame.ends_with(']')) return {};
  const std::string_view name = frame.substr(begin + 2);
  // A build id may follow the name.
  return name.substr(0, std::min(name.find(' '), name.size() - 1));
}

std::string FunctionOf(std::string_view frame) {
  std::string function(SymbolOf(frame));
  const size_t module = frame.find(" [");
  if (module != std::string_view::npos) function += frame.substr(module);
  return function;
}

std::string_view OwnFrame(absl::Span<const std::string_view> frames) {
  for (const std::string_view frame : frames) {
    if (frame.ends_with(']')) return frame;
  }
  for (const std::string_view frame : frames) {
    if (!IsHelper(frame)) return frame;
  }
  return frames.empty() ? "-" : frames.front();
}

std::string_view SpecialStack(absl::Span<const std::string_view> frames) {
  for (const std::string_view frame : frames) {
    const std::string_view symbol = SymbolOf(frame);
    if (symbol == "register_dummy_stack") return "(page_owner itself)";
    if (symbol == "register_early_stack") {
      return "(before page_owner started)";
    }
    if (symbol == "register_failure_stack") {
      return "(unknown: the stack depot was full)";
    }
  }
  return {};
}

std::string OwnerName(absl::Span<const std::string_view> frames) {
  const std::string_view special = SpecialStack(frames);
  if (!special.empty()) return std::string(special);
  const std::string_view own = OwnFrame(frames);
  return IsHandle(own) ? std::string(own) : FunctionOf(own);
}

std::string OwnerModule(absl::Span<const std::string_view> frames) {
  const std::string_view own = OwnFrame(frames);
  if (IsHandle(own)) return std::string(own);
  const std::string_view module = ModuleOf(own);
  return std::string(module.empty() ? "kernel" : module);
}

}  // namespace pagelab
