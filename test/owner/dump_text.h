// Dumps for tests, made of a few words.

#ifndef PAGELAB_TEST_OWNER_DUMP_TEXT_H_
#define PAGELAB_TEST_OWNER_DUMP_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "pagelab/base/text.h"

namespace pagelab {

// A record as Linux 6.12 prints it.
struct RecordWords {
  int order = 0;
  std::string_view mask = "0xcc0(GFP_KERNEL)";
  int pid = 1;
  std::string_view comm = "init";
  uint64_t ts = 100;
  uint64_t pfn = 0x1000;
  std::string_view type = "Unmovable";
  std::string_view block_type = "Unmovable";
  std::string_view flags = "0x0(node=0|zone=1|lastcpupid=0x3fff)";
  // Lines, each with a blank in front.
  std::string_view frames = " alloc_pages+0x1/0x2\n caller+0x3/0x4\n";
  std::string_view notes = "";
};

inline std::string RecordOf(const RecordWords& words) {
  std::string text = "Page allocated via order ";
  AppendDecimal(text, static_cast<uint64_t>(words.order));
  text += ", mask " + std::string(words.mask) + ", pid ";
  AppendSigned(text, words.pid);
  text += ", tgid ";
  AppendSigned(text, words.pid);
  text += " (" + std::string(words.comm) + "), ts ";
  AppendDecimal(text, words.ts);
  text += " ns\nPFN 0x";
  AppendHex(text, words.pfn);
  text += " type " + std::string(words.type) + " Block ";
  AppendDecimal(text, words.pfn >> 9);
  text += " type " + std::string(words.block_type) + " Flags " +
          std::string(words.flags) + "\n";
  return text + std::string(words.frames) + std::string(words.notes) + "\n";
}

}  // namespace pagelab

#endif  // PAGELAB_TEST_OWNER_DUMP_TEXT_H_
