#include "pagelab/base/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <initializer_list>

namespace pagelab {

void OccupyStandardDescriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // A path can be neither read nor written. /dev/null in the wrong mode
    // could not either, but opens again, as /dev/stdin, in the right one. The
    // lowest free descriptor is this one. If even that fails nothing else
    // will open.
    if (open("/", O_PATH) < 0) return;
  }
}

}  // namespace pagelab
