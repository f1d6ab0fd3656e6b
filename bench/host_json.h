#ifndef PAGELAB_BENCH_HOST_JSON_H_
#define PAGELAB_BENCH_HOST_JSON_H_

#include <string>

namespace pagelab {

// DescribeHost() as the member "host" of a measured document.
std::string HostJson();

}  // namespace pagelab

#endif  // PAGELAB_BENCH_HOST_JSON_H_
