#include "pagelab/bench/host_json.h"

#include <nlohmann/json.hpp>

#include "pagelab/bench/host_description.h"

namespace pagelab {

std::string HostJson() {
  const HostDescription host = DescribeHost();
  const nlohmann::ordered_json json = {{"cpu", host.cpu},
                                       {"cpus", host.cpus},
                                       {"os", host.os},
                                       {"compiler", host.compiler},
                                       {"build_type", host.build_type},
                                       {"flags", host.flags}};
  // A name of the host's may be in any encoding.
  return json.dump(-1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace pagelab
