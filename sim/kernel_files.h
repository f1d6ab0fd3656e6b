#ifndef PAGELAB_SIM_KERNEL_FILES_H_
#define PAGELAB_SIM_KERNEL_FILES_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "pagelab/sim/sim_file.h"

namespace pagelab {

// Files of the simulated kernel that belong to parts of it which sim/ does not
// know: each part adds its own when it starts, and takes them back when it
// ends.
class KernelFiles {
 public:
  using Opener = std::function<std::unique_ptr<SimFile>()>;

  // `open` makes files that do not outlive the part. Takes the place of an
  // earlier file of that path.
  void Add(std::string_view path, Opener open) {
    openers_.insert_or_assign(std::string(path), std::move(open));
  }
  void Remove(std::string_view path) {
    const auto found = openers_.find(path);
    if (found != openers_.end()) openers_.erase(found);
  }

  // By path.
  using Openers = std::map<std::string, Opener, std::less<>>;
  const Openers& openers() const { return openers_; }

 private:
  Openers openers_;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_KERNEL_FILES_H_
