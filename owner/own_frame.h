#ifndef PAGELAB_OWNER_OWN_FRAME_H_
#define PAGELAB_OWNER_OWN_FRAME_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace pagelab {

// The frames of a stack, innermost first: "name+0x1f/0x90",
// "name+0x1f/0x90 [module]".
using FrameList = std::vector<std::string_view>;

// Those of a text with a line for each, without the blanks around them and
// without the address that old kernels print in front.
FrameList FramesOf(std::string_view lines);

// "[<ffffffff81000523>] name+0x.../0x..." without the address.
std::string_view WithoutAddress(std::string_view frame);

// "name" of a frame.
std::string_view SymbolOf(std::string_view frame);

// "module" of a frame; empty for the kernel itself.
std::string_view ModuleOf(std::string_view frame);

// "name" or "name [module]" of a frame.
std::string FunctionOf(std::string_view frame);

// Who wanted the memory: the first frame of a module, or else the first that is
// no helper which allocates on behalf of others (page allocator, slab, vmalloc,
// folio and skb allocation), or else the first one. "-" without frames.
std::string_view OwnFrame(absl::Span<const std::string_view> frames);

// What a stack is called: the function of its own frame; its handle, where only
// that is known; words in parentheses for one of page_owner's own.
std::string OwnerName(absl::Span<const std::string_view> frames);

// The module of its own frame, "kernel" for none; its handle, where only that
// is known.
std::string OwnerModule(absl::Span<const std::string_view> frames);

// What a stack that page_owner made up for itself stands for, as words in
// parentheses: its own memory, pages from before it started, stacks that could
// not be stored. Empty for any other.
std::string_view SpecialStack(absl::Span<const std::string_view> frames);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_OWN_FRAME_H_
