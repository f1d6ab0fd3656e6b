#include "pagelab/owner/memcg_line.h"

namespace pagelab {

void AppendMemcgLine(std::string& out, MemcgWord word,
                     const MemcgSource& memcgs) {
  if (!word.charged()) return;
  if (word.is_slab()) {
    out += "Slab cache page\n";
    return;
  }
  const MemcgView memcg = memcgs.Memcg(word.memcg());
  out += "Charged ";
  if (word.is_kernel()) out += "(via objcg) ";
  out += "to ";
  if (!memcg.online) out += "offline ";
  out += "memcg ";
  out += memcg.name.substr(0, kMaxMemcgName);
  out += '\n';
}

}  // namespace pagelab
